package verify

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func apply(t testing.TB, r *Revocations, cutoffs ...Cutoff) {
	t.Helper()
	if err := r.Apply(testNow, cutoffs...); err != nil {
		t.Error(err)
	}
}

var rolesChanged = Cutoff{Kind: CutoffUser, ID: testUser, Min: 8, Reason: ReasonRolesChanged}

// cutoffCases are cut-offs, changes to a good payload with rv 7 and av 3, and
// what they lead to, without and with LiveRoles.
var cutoffCases = map[string]struct {
	cutoffs []Cutoff
	changes []string
	want    error
	live    error
}{
	"none":                       {nil, nil, nil, nil},
	"session":                    {[]Cutoff{{Kind: CutoffSession, ID: testSession}}, nil, ErrRevoked, ErrRevoked},
	"session, min is not used":   {[]Cutoff{{Kind: CutoffSession, ID: testSession, Min: -5}}, nil, ErrRevoked, ErrRevoked},
	"another session":            {[]Cutoff{{Kind: CutoffSession, ID: "x"}}, nil, nil, nil},
	"session, token without sid": {[]Cutoff{{Kind: CutoffSession, ID: testSession}}, []string{"sid", ""}, nil, nil},
	"user above":                 {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 8}}, nil, ErrRevoked, ErrRevoked},
	"user equal":                 {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 7}}, nil, nil, nil},
	"user below":                 {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 6}}, nil, nil, nil},
	"user, token without rv":     {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 0}}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"user, token without sub":    {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 8}}, []string{"sub", ""}, ErrRevoked, ErrRevoked},
	"user, without user_id":      {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 8}}, []string{"user_id", ""}, ErrRevoked, ErrRevoked},
	"user by number":             {[]Cutoff{{Kind: CutoffUser, ID: "42", Min: 8}}, []string{"user_id", "42", "sub", ""}, ErrRevoked, ErrRevoked},
	"another user":               {[]Cutoff{{Kind: CutoffUser, ID: "x", Min: 8}}, nil, nil, nil},
	"roles changed":              {[]Cutoff{rolesChanged}, nil, ErrStaleClaims, nil},
	"roles changed long ago":     {[]Cutoff{rolesChanged}, []string{"rv", "8"}, nil, nil},
	"roles changed, no rv":       {[]Cutoff{rolesChanged}, []string{"rv", ""}, ErrStaleClaims, nil},
	"revoked before roles":       {[]Cutoff{rolesChanged, {Kind: CutoffUser, ID: testUser, Min: 7}}, nil, ErrStaleClaims, nil},
	"revoked after roles":        {[]Cutoff{rolesChanged, {Kind: CutoffUser, ID: testUser, Min: 9}}, []string{"rv", "8"}, ErrRevoked, ErrRevoked},
	"revoked beats stale":        {[]Cutoff{rolesChanged, {Kind: CutoffSession, ID: testSession}}, nil, ErrRevoked, ErrRevoked},
	"client by sub":              {[]Cutoff{{Kind: CutoffClient, ID: "c1", Min: 8}}, []string{"sub", `"client:c1"`, "user_id", ""}, ErrRevoked, ErrRevoked},
	"client by sid":              {[]Cutoff{{Kind: CutoffClient, ID: "c1", Min: 8}}, []string{"sid", `"c1"`}, ErrRevoked, ErrRevoked},
	"client equal":               {[]Cutoff{{Kind: CutoffClient, ID: "c1", Min: 7}}, []string{"sid", `"c1"`}, nil, nil},
	"client without rv":          {[]Cutoff{{Kind: CutoffClient, ID: "c1"}}, []string{"sid", `"c1"`, "rv", ""}, ErrRevoked, ErrRevoked},
	"another client":             {[]Cutoff{{Kind: CutoffClient, ID: "c1", Min: 8}}, []string{"sub", `"client:c2"`, "user_id", ""}, nil, nil},
	"client named like a user":   {[]Cutoff{{Kind: CutoffClient, ID: testUser, Min: 8}}, nil, nil, nil},
	"role":                       {[]Cutoff{{Kind: CutoffRole, ID: "viewer", Min: 4}}, nil, ErrStaleClaims, nil},
	"role equal":                 {[]Cutoff{{Kind: CutoffRole, ID: "viewer", Min: 3}}, nil, nil, nil},
	"role, token without av":     {[]Cutoff{{Kind: CutoffRole, ID: "viewer", Min: 0}}, []string{"av", ""}, ErrStaleClaims, nil},
	"role not listed":            {[]Cutoff{{Kind: CutoffRole, ID: "admin", Min: 4}}, nil, nil, nil},
	"role in another case":       {[]Cutoff{{Kind: CutoffRole, ID: "Viewer", Min: 4}}, nil, nil, nil},
	"signing key":                {[]Cutoff{{Kind: CutoffSigningKey, ID: "key-es"}}, nil, ErrRevoked, ErrRevoked},
	"another signing key":        {[]Cutoff{{Kind: CutoffSigningKey, ID: "key-rs"}}, nil, nil, nil},
	"all":                        {[]Cutoff{{Kind: CutoffAll, ID: "key-rs"}, {Kind: CutoffAll, ID: "key-es"}}, nil, ErrRevoked, ErrRevoked},
	"all before this key":        {[]Cutoff{{Kind: CutoffAll, ID: "key-rs"}}, nil, nil, nil},

	// Tokens without rv are told by iat, which is 1799999990 here.
	"no rv, an unknown time":       {[]Cutoff{{Kind: CutoffUser, ID: testUser}}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, a second before":       {[]Cutoff{userAt(1_799_999_991, 0)}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, in the same second":    {[]Cutoff{userAt(1_799_999_990, 0)}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, rounded up":            {[]Cutoff{userAt(1_799_999_989, 1)}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, a second later":        {[]Cutoff{userAt(1_799_999_989, 0)}, []string{"rv", ""}, nil, nil},
	"no rv, iat with a fraction":   {[]Cutoff{userAt(1_799_999_990, 0)}, []string{"rv", "", "iat", "1799999990.999"}, ErrRevoked, ErrRevoked},
	"no rv, no iat":                {[]Cutoff{userAt(1, 0)}, []string{"rv", "", "iat", ""}, ErrRevoked, ErrRevoked},
	"no rv, iat 0":                 {[]Cutoff{userAt(-9, 0)}, []string{"rv", "", "iat", "0", "exp", "1800000001"}, ErrRevoked, ErrRevoked},
	"no rv, another user":          {[]Cutoff{{Kind: CutoffUser, ID: "x"}}, []string{"rv", ""}, nil, nil},
	"no rv, the later of two":      {[]Cutoff{userAt(1_799_999_990, 0), userAt(1, 0)}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, one at unknown time":   {[]Cutoff{userAt(1, 0), {Kind: CutoffUser, ID: testUser}}, []string{"rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, roles changed earlier": {[]Cutoff{{Kind: CutoffUser, ID: testUser, At: time.Unix(1, 0), Reason: ReasonRolesChanged}}, []string{"rv", ""}, ErrStaleClaims, nil},
	"no rv, roles and a cut-off":   {[]Cutoff{rolesChanged, userAt(1, 0)}, []string{"rv", ""}, ErrStaleClaims, nil},
	"no rv, client in the second":  {[]Cutoff{{Kind: CutoffClient, ID: "c1", At: time.Unix(1_799_999_990, 0)}}, []string{"sid", `"c1"`, "rv", ""}, ErrRevoked, ErrRevoked},
	"no rv, client later":          {[]Cutoff{{Kind: CutoffClient, ID: "c1", At: time.Unix(1_799_999_989, 0)}}, []string{"sid", `"c1"`, "rv", ""}, nil, nil},
	"rv counts, not the time":      {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 7, At: time.Unix(1_800_000_000, 0)}}, nil, nil, nil},
	"rv counts, not the iat":       {[]Cutoff{{Kind: CutoffUser, ID: testUser, Min: 8, At: time.Unix(1, 0)}}, nil, ErrRevoked, ErrRevoked},
}

// userAt is a cut-off of everything that the user was issued until a time.
func userAt(seconds, nanoseconds int64) Cutoff {
	return Cutoff{Kind: CutoffUser, ID: testUser, At: time.Unix(seconds, nanoseconds)}
}

func TestCutoffs(t *testing.T) {
	t.Parallel()
	s := es()
	for name, tc := range cutoffCases {
		token := s.token(claims(tc.changes...))
		for live, want := range map[bool]error{false: tc.want, true: tc.live} {
			cfg := configFor(t, s)
			cfg.LiveRoles, cfg.Revocations, cfg.MaxLifetime = live, NewRevocations(), -1
			v := newVerifier(t, cfg)
			before := wantAccepted(t, v, token)
			apply(t, cfg.Revocations, tc.cutoffs...)
			c, err := v.Verify(token)
			if !errors.Is(err, want) || (c == nil) != (want != nil) {
				t.Errorf("%s, live %v: Verify = %v, %v, want %v", name, live, c, err, want)
			}
			if of, ok := ClaimsOf(err); ok != (want != nil) || ok && of.ID != before.ID {
				t.Errorf("%s, live %v: ClaimsOf = %v, %v", name, live, of, ok)
			}
		}
	}
}

// Any order, any grouping and any repetition of the same cut-offs gives the same
// set, and nothing that an earlier cut-off refused becomes good by a later one.
func TestOrderOfCutoffs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	kinds := []CutoffKind{CutoffSession, CutoffUser, CutoffUser, CutoffClient, CutoffRole, CutoffSigningKey, CutoffAll}
	for range 100 {
		cutoffs := make([]Cutoff, 30)
		for i := range cutoffs {
			cutoffs[i] = Cutoff{
				Seq: int64(i), Kind: kinds[random.IntN(len(kinds))], ID: fmt.Sprint("id", random.IntN(3)), Min: random.Int64N(6),
				Reason: []string{"", ReasonRolesChanged}[random.IntN(2)], Until: testNow.Add(time.Duration(random.IntN(5)) * time.Second),
			}
			if random.IntN(5) == 0 {
				cutoffs[i].Until = time.Time{}
			}
			if random.IntN(9) > 0 {
				cutoffs[i].At = time.Unix(random.Int64N(6), 5e8*random.Int64N(2))
			}
		}
		reference := NewRevocations()
		apply(t, reference, cutoffs...)
		shuffled := NewRevocations()
		for _, i := range append(random.Perm(len(cutoffs)), random.Perm(len(cutoffs))...) {
			apply(t, shuffled, cutoffs[i])
		}
		if shuffled.Len() != reference.Len() {
			t.Fatalf("Len = %d, want %d", shuffled.Len(), reference.Len())
		}
		for kind := range slices.Values(kinds) {
			for id := range 3 {
				want, _ := reference.find(kind, fmt.Sprint("id", id))
				if got, _ := shuffled.find(kind, fmt.Sprint("id", id)); got != want {
					t.Fatalf("%s id%d: %+v, want %+v", kind, id, got, want)
				}
			}
		}
		for range 50 {
			c := &Claims{
				KeyID: fmt.Sprint("id", random.IntN(5)), SessionID: fmt.Sprint("id", random.IntN(5)), Subject: fmt.Sprint("id", random.IntN(5)),
				Roles: []string{fmt.Sprint("id", random.IntN(5))}, RightsVersion: random.Int64N(7), AccessVersion: random.Int64N(7),
				HasRightsVersion: random.IntN(2) > 0, HasAccessVersion: random.IntN(4) > 0,
			}
			if random.IntN(4) > 0 {
				c.IssuedAt = time.Unix(random.Int64N(8), 0)
			}
			for _, live := range []bool{false, true} {
				got, want := reference.check(c, live), naive(cutoffs, c, live)
				if (got == nil) != (want == nil) || !errors.Is(got, want) {
					t.Fatalf("check(%+v) = %v, want %v", c, got, want)
				}
				alone := &Claims{Subject: "id1", RightsVersion: c.RightsVersion, HasRightsVersion: c.HasRightsVersion, IssuedAt: c.IssuedAt}
				got, want = reference.checkSubject(c, "id1", live), naive(cutoffs, alone, live)
				if (got == nil) != (want == nil) || !errors.Is(got, want) {
					t.Fatalf("checkSubject(%+v) = %v, want %v", c, got, want)
				}
			}
		}
	}
}

// naive says what cut-offs mean one by one: the strictest verdict wins.
func naive(cutoffs []Cutoff, c *Claims, live bool) error {
	var verdict error
	for _, cut := range cutoffs {
		old := !c.HasRightsVersion || c.RightsVersion < cut.Min
		ended := c.HasRightsVersion && old ||
			!c.HasRightsVersion && (cut.At.IsZero() || c.IssuedAt.IsZero() || c.IssuedAt.Before(cut.At.Add(time.Nanosecond)) ||
				c.IssuedAt.Sub(cut.At) < time.Second && cut.At.Nanosecond() > 0)
		stale := false
		switch cut.Kind {
		case CutoffSession:
			if c.SessionID == cut.ID {
				return ErrRevoked
			}
		case CutoffSigningKey, CutoffAll:
			if c.KeyID == cut.ID {
				return ErrRevoked
			}
		case CutoffClient:
			if ended && (c.SessionID == cut.ID || c.Subject == "client:"+cut.ID) {
				return ErrRevoked
			}
		case CutoffUser:
			if c.Subject == cut.ID && ended && cut.Reason != ReasonRolesChanged {
				return ErrRevoked
			}
			stale = c.Subject == cut.ID && old && cut.Reason == ReasonRolesChanged
		case CutoffRole:
			stale = slices.Contains(c.Roles, cut.ID) && (!c.HasAccessVersion || c.AccessVersion < cut.Min)
		}
		if stale && !live {
			verdict = ErrStaleClaims
		}
	}
	return verdict
}

func TestAsOf(t *testing.T) {
	t.Parallel()
	r := NewRevocations()
	if !r.AsOf().IsZero() || r.Age(testNow) != math.MaxInt64 {
		t.Errorf("before the first snapshot: AsOf = %v, Age = %v", r.AsOf(), r.Age(testNow))
	}
	steps := []struct {
		asOf    time.Time
		cutoff  Cutoff
		want    time.Time
		wantErr bool
	}{
		{time.Time{}, Cutoff{Kind: CutoffSession, ID: "a"}, time.Time{}, false},
		{testNow, Cutoff{Kind: CutoffSession, ID: "b"}, testNow, false},
		{testNow.Add(-time.Second), Cutoff{Kind: CutoffSession, ID: "b"}, testNow, false},
		{time.Time{}, Cutoff{Kind: CutoffSession, ID: "c"}, testNow, false},
		{testNow.Add(time.Second), Cutoff{Kind: "planet", ID: "b"}, testNow, true},
		{testNow.Add(time.Second), Cutoff{Kind: CutoffUser}, testNow, true},
		{testNow.Add(time.Second), Cutoff{Kind: CutoffRole, ID: "r"}, testNow.Add(time.Second), false},
	}
	for i, step := range steps {
		err := r.Apply(step.asOf, step.cutoff, Cutoff{Kind: CutoffSession, ID: fmt.Sprint(i)})
		if (err != nil) != step.wantErr || !r.AsOf().Equal(step.want) {
			t.Errorf("step %d: Apply = %v, AsOf = %v, want %v", i, err, r.AsOf(), step.want)
		}
		if _, ok := r.find(CutoffSession, fmt.Sprint(i)); !ok {
			t.Errorf("step %d: the good cut-off was not applied", i)
		}
	}
	if got := r.Age(testNow.Add(3 * time.Second)); got != 2*time.Second {
		t.Errorf("Age = %v, want 2s", got)
	}
	if got := r.Age(testNow.Add(-time.Hour)); got != 0 {
		t.Errorf("Age of a set from the future = %v, want 0", got)
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	r := NewRevocations()
	until := testNow.Add(time.Minute)
	apply(t, r,
		Cutoff{Kind: CutoffSession, ID: "a", Until: until},
		Cutoff{Kind: CutoffSession, ID: "never"},
		Cutoff{Kind: CutoffUser, ID: "u", Min: 9, Until: until},
		Cutoff{Kind: CutoffUser, ID: "u", Min: 3, Until: until.Add(time.Minute)},
		Cutoff{Kind: CutoffRole, ID: "r", Min: 3, Until: until})
	if r.Len() != 4 {
		t.Errorf("Len = %d, want 4", r.Len())
	}
	r.Drop(until)
	if r.Len() != 4 {
		t.Errorf("Len = %d after a Drop at Until, want 4", r.Len())
	}
	r.Drop(until.Add(1))
	if b, ok := r.find(CutoffUser, "u"); r.Len() != 2 || !ok || b.revoked != 9 {
		t.Errorf("Len = %d, user = %+v; want the user with the strictest bound and the later end", r.Len(), b)
	}
	r.Drop(until.Add(1000 * time.Hour))
	if _, ok := r.find(CutoffSession, "never"); r.Len() != 1 || !ok {
		t.Errorf("Len = %d, want the cut-off without end", r.Len())
	}
	if r.roles.Load() != 0 {
		t.Errorf("%d roles counted, want 0", r.roles.Load())
	}
}

func TestManyCutoffs(t *testing.T) {
	t.Parallel()
	r := NewRevocations()
	cutoffs := make([]Cutoff, 100_000)
	for i := range cutoffs {
		cutoffs[i] = Cutoff{Kind: CutoffSession, ID: fmt.Sprint("session-", i), Until: testNow}
	}
	apply(t, r, cutoffs...)
	for i := range 1000 {
		apply(t, r, Cutoff{Kind: CutoffSession, ID: fmt.Sprint("late-", i)})
	}
	if r.Len() != 101_000 {
		t.Errorf("Len = %d", r.Len())
	}
	for _, id := range []string{"session-0", "session-99999", "late-0", "late-999"} {
		if _, ok := r.find(CutoffSession, id); !ok {
			t.Errorf("%s is lost", id)
		}
	}
	r.Drop(testNow.Add(1))
	if r.Len() != 1000 {
		t.Errorf("Len = %d after Drop", r.Len())
	}
}
