package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

var noon = time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)

func TestCheckUntil(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		until, kept time.Time
		want        error
	}{
		"for ever":        {time.Time{}, time.Time{}, nil},
		"now":             {noon, time.Time{}, access.ErrUntilPast},
		"before":          {noon.Add(-time.Hour), time.Time{}, access.ErrUntilPast},
		"less than kept":  {noon.Add(time.Millisecond - 1), time.Time{}, access.ErrUntilPast},
		"a millisecond":   {noon.Add(time.Millisecond), noon.Add(time.Millisecond), nil},
		"rounded down":    {noon.Add(2*time.Millisecond - 1), noon.Add(time.Millisecond), nil},
		"another zone":    {noon.Add(time.Hour).In(time.FixedZone("", 3600)), noon.Add(time.Hour), nil},
		"the last moment": {noon.Add(access.MaxUntil), noon.Add(access.MaxUntil), nil},
		"after it":        {noon.Add(access.MaxUntil + time.Millisecond), time.Time{}, access.ErrUntilFar},
		"the year 9999":   {time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Time{}, access.ErrUntilFar},
		"the year 1":      {time.Time{}.Add(1), time.Time{}, access.ErrUntilPast},
	} {
		kept, err := access.CheckUntil(c.until, noon)
		if !errors.Is(err, c.want) || kept != c.kept {
			t.Errorf("%s: %v %v, want %v %v", name, kept, err, c.kept, c.want)
		}
	}
}

// Case H22: nobody gives for longer than they hold.
func TestRequireGives_until(t *testing.T) {
	t.Parallel()
	mine := access.Rights{
		Permissions: []access.Permission{"shop.read", "shop.write"},
		Limited:     map[access.Permission]time.Time{"shop.write": noon},
	}
	write := []access.Permission{"shop.read", "shop.write"}
	for name, c := range map[string]struct {
		rights access.Rights
		all    []access.Permission
		until  time.Time
		want   error
	}{
		"without an end":      {mine, []access.Permission{"shop.read"}, time.Time{}, nil},
		"limited, for ever":   {mine, write, time.Time{}, access.ErrGivesLonger},
		"limited, as long":    {mine, write, noon, nil},
		"limited, shorter":    {mine, write, noon.Add(-1), nil},
		"limited, longer":     {mine, write, noon.Add(1), access.ErrGivesLonger},
		"not held":            {mine, []access.Permission{"shop.sell"}, noon, access.ErrGivesMore},
		"superuser, for ever": {access.Rights{Superuser: true, Limited: mine.Limited}, write, time.Time{}, nil},
	} {
		if err := person(c.rights).RequireGives(c.all, c.until); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// ending is a diamond of which two parts end.
func ending() access.Holding {
	h := diamond()
	h.Direct = []access.Grant{{Permission: "shop.read", Until: noon.Add(3 * time.Hour)}}
	h.Held = []access.GivenRole{{ID: "a", Until: noon.Add(2 * time.Hour)}, {ID: "b", Until: noon.Add(time.Hour)}}
	return h
}

func TestHolding_until(t *testing.T) {
	t.Parallel()
	at1, at2, at3 := noon.Add(time.Hour), noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	got := ending().Rights()
	want := access.Rights{
		Roles: []string{"A", "B", "C"}, Permissions: []access.Permission{"shop.read", "shop.sell", "shop.write"},
		Until:        at1,
		Limited:      map[access.Permission]time.Time{"shop.read": at3, "shop.sell": at2, "shop.write": at2},
		LimitedRoles: map[string]time.Time{"A": at2, "B": at2, "C": at2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Rights (-want +got):\n%s", diff)
	}
	ends := map[ident.RoleID]time.Time{"a": at2, "b": at1}
	for _, e := range ending().Explain([]access.Permission{"shop.read"}) {
		for _, p := range e.Paths {
			want := at3
			if p.Kind == access.ByRole {
				want = ends[p.Roles[0].ID]
			}
			if p.Until != want {
				t.Errorf("%v until %v, want %v", p, p.Until, want)
			}
		}
	}
	h := ending()
	h.Held = append(h.Held, access.GivenRole{ID: "c"})
	if r := h.Rights(); !r.Limited["shop.sell"].IsZero() || !r.HoldsUntil("shop.sell", time.Time{}) || r.HoldsUntil("shop.write", time.Time{}) {
		t.Errorf("a way without an end is the longest: %v", r.Limited)
	}
}

func TestRights_at(t *testing.T) {
	t.Parallel()
	r := ending().Rights()
	r.Staff = true
	for _, c := range []struct {
		after time.Duration
		ended bool
		left  []access.Permission
		until time.Duration
	}{
		{time.Hour - 1, false, r.Permissions, time.Hour},
		{time.Hour, true, r.Permissions, 2 * time.Hour},
		{2 * time.Hour, true, []access.Permission{"shop.read"}, 3 * time.Hour},
		{3 * time.Hour, true, nil, 0},
	} {
		at := noon.Add(c.after)
		left := r.At(at)
		if r.Ended(at) != c.ended || !left.Staff || left.Ended(at) {
			t.Errorf("after %v: %+v", c.after, left)
		}
		if diff := cmp.Diff(c.left, left.Permissions); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", c.after, diff)
		}
		if c.until == 0 != left.Until.IsZero() || c.until > 0 && left.Until != noon.Add(c.until) {
			t.Errorf("after %v: until %v", c.after, left.Until)
		}
	}
	if forever := (access.Rights{Roles: []string{"A"}}); forever.Ended(noon.Add(access.MaxUntil)) {
		t.Error("what has no end has ended")
	}
}
