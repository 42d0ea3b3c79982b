package session_test

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

const horizon = 6 * time.Minute

// began is when every test begins.
var began = time.UnixMilli(1_800_000_000_000).UTC()

var operator = access.Command("root")

// fixture is the service on a database of its own, at a time that stands still.
type fixture struct {
	*session.Service
	t   *testing.T
	db  *store.DB
	now time.Time
}

func newFixture(t *testing.T) *fixture { return fixtureOn(t, storetest.New(t)) }

func fixtureOn(t *testing.T, db *store.DB) *fixture {
	f := &fixture{t: t, db: db, now: began}
	f.Service = &session.Service{
		Store: db, InTx: store.TxFunc[session.Administration](db), Now: func() time.Time { return f.now }, Horizon: horizon,
	}
	return f
}

// add makes an account that holds the permissions, and returns it asking.
func (f *fixture) add(name string, holds ...access.Permission) access.Caller {
	f.t.Helper()
	u := user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: name,
		Password: secret.New("!"), Active: true, RightsVersion: 5, JoinedAt: began,
	}
	ok(f.t, f.db.InsertUser(f.t.Context(), u))
	for _, p := range holds {
		_, err := f.db.GrantPermission(f.t.Context(), u.ID, p, time.Time{})
		ok(f.t, err)
	}
	rights, err := f.db.Rights(f.t.Context(), u.ID, time.Time{})
	ok(f.t, err)
	return access.Caller{
		Kind: access.Person, UserID: u.ID, Name: name, Rights: rights,
		Origin: access.Origin{IP: "192.0.2.7", UserAgent: "test/1", RequestID: "request"},
	}
}

// signIn starts a session of the account that lives for an hour.
func (f *fixture) signIn(of access.Caller) ident.SessionID {
	f.t.Helper()
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: of.UserID, RotatedAt: f.now, Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: f.now, IdleExpiresAt: f.now.Add(time.Hour), ExpiresAt: f.now.Add(time.Hour),
	}
	ok(f.t, f.db.InsertSession(f.t.Context(), s))
	return s.ID
}

// ended checks when and why a session ended: at the zero time it lives.
func (f *fixture) ended(id ident.SessionID, at time.Time, why session.Reason) {
	f.t.Helper()
	s, err := f.db.Session(f.t.Context(), id)
	ok(f.t, err)
	if !s.EndedAt.Equal(at) || s.EndReason != why {
		f.t.Errorf("the session ended at %v for %q, want %v for %q", s.EndedAt, s.EndReason, at, why)
	}
}

func (f *fixture) events(what event.Action) []event.Event {
	f.t.Helper()
	found, err := f.db.Events(f.t.Context(), event.Filter{Action: what}, page.Request{Limit: page.MaxLimit})
	ok(f.t, err)
	return found.Items
}

// only is the one event with the action, by who, on the subject, with the detail
// and the cut-off.
func (f *fixture) only(what event.Action, who access.Caller, on event.Subject, detail map[string]any, c verify.Cutoff) {
	f.t.Helper()
	found := f.events(what)
	if len(found) != 1 {
		f.t.Fatalf("%d events %s, want one", len(found), what)
	}
	e := found[0]
	var says map[string]any
	ok(f.t, json.Unmarshal([]byte(e.Detail), &says))
	delete(says, "cutoff")
	c.Until = f.now.Add(horizon)
	diff := cmp.Diff(
		[]any{f.now, event.Actor{Kind: who.Kind, ID: who.UserID, Name: who.Name}, who.Origin, on, detail, &c},
		[]any{e.At, e.Actor, e.Origin, e.Subject, says, e.Cutoff})
	if diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

// ids are those of a list, sorted.
func ids(t *testing.T) func(page.Page[session.Session], error) []ident.SessionID {
	return func(p page.Page[session.Session], err error) []ident.SessionID {
		t.Helper()
		ok(t, err)
		var all []ident.SessionID
		for _, s := range p.Items {
			all = append(all, s.ID)
		}
		return slices.Sorted(slices.Values(all))
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	alice, bob := f.add("alice"), f.add("bob")
	one, two, bobs := f.signIn(alice), f.signIn(alice), f.signIn(bob)
	over := f.signIn(alice)
	ok(t, f.EndOwn(ctx, alice, over))
	viewer := f.add("viewer", access.ViewSession)
	for name, c := range map[string]struct {
		got, want []ident.SessionID
	}{
		"own":       {ids(t)(f.Own(ctx, alice, page.Request{})), []ident.SessionID{one, two}},
		"own, none": {ids(t)(f.Own(ctx, viewer, page.Request{})), nil},
		"of bob":    {ids(t)(f.List(ctx, viewer, bob.UserID, page.Request{})), []ident.SessionID{bobs}},
		"all":       {ids(t)(f.List(ctx, operator, "", page.Request{})), []ident.SessionID{one, two, bobs}},
	} {
		if !slices.Equal(c.got, slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	f.now = began.Add(time.Hour)
	if got := ids(t)(f.Own(ctx, alice, page.Request{})); got != nil {
		t.Errorf("an expired session is listed: %v", got)
	}
	_, err := f.Own(ctx, access.Caller{}, page.Request{})
	fails(t, "nobody", err, access.ErrAnonymous)
	if p, err := f.Own(ctx, operator, page.Request{}); err == nil || len(p.Items) > 0 {
		t.Errorf("the command line has no sessions of its own, and got %v, %v", p.Items, err)
	}
	_, err = f.List(ctx, alice, alice.UserID, page.Request{})
	fails(t, "List without the permission", err, access.ErrForbidden)
	_, err = f.List(ctx, access.Caller{}, "", page.Request{})
	fails(t, "List by nobody", err, access.ErrAnonymous)
}

// Case E28: a foreign session is one that does not exist; one's own dies.
func TestEndOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob", access.EndSession, access.ViewSession)
	mine, other := f.signIn(alice), f.signIn(alice)
	fails(t, "foreign", f.EndOwn(t.Context(), bob, mine), session.ErrNotFound)
	fails(t, "none", f.EndOwn(t.Context(), bob, "nothing"), session.ErrNotFound)
	fails(t, "no id", f.EndOwn(t.Context(), bob, "a\x00"), session.ErrNotFound)
	fails(t, "by nobody", f.EndOwn(t.Context(), access.Caller{}, mine), access.ErrAnonymous)
	fails(t, "by the command line", f.EndOwn(t.Context(), operator, mine), session.ErrNotFound)
	f.ended(mine, time.Time{}, "")

	ok(t, f.EndOwn(t.Context(), alice, mine))
	fails(t, "twice", f.EndOwn(t.Context(), alice, mine), session.ErrNotFound)
	f.ended(mine, began, session.SignedOut)
	f.ended(other, time.Time{}, "")
	f.only(event.SessionEnded, alice, event.Session(mine),
		map[string]any{"user": string(alice.UserID), "reason": "signed_out"},
		verify.Cutoff{Kind: verify.CutoffSession, ID: string(mine), Reason: "signed_out"})
}

func TestEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, big := f.add("alice"), f.add("big", access.ChangeUser)
	hers, bigs := f.signIn(alice), f.signIn(big)
	ender := f.add("ender", access.EndSession)
	for name, c := range map[string]struct {
		who  access.Caller
		id   ident.SessionID
		want error
	}{
		"nobody":             {access.Caller{}, hers, access.ErrAnonymous},
		"without permission": {alice, hers, access.ErrForbidden},
		"of who holds more":  {ender, bigs, access.ErrHoldsMore}, // case H22
		"none":               {ender, "nothing", session.ErrNotFound},
	} {
		fails(t, name, f.End(t.Context(), c.who, c.id), c.want)
	}
	f.ended(bigs, time.Time{}, "")
	ok(t, f.End(t.Context(), ender, hers))
	fails(t, "twice", f.End(t.Context(), ender, hers), session.ErrNotFound)
	f.ended(hers, began, session.EndedByAdmin)
	f.only(event.SessionEnded, ender, event.Session(hers),
		map[string]any{"user": string(alice.UserID), "reason": "ended_by_administrator"},
		verify.Cutoff{Kind: verify.CutoffSession, ID: string(hers), Reason: "ended_by_administrator"})
	fails(t, "by the command line", f.End(t.Context(), operator, bigs), nil)
}

// Case E17: signing out twice is no error, and is recorded once.
func TestSignOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	alice.Session = f.signIn(alice)
	other := f.signIn(alice)
	for range 2 {
		ok(t, f.SignOut(t.Context(), alice))
	}
	f.ended(alice.Session, began, session.SignedOut)
	f.ended(other, time.Time{}, "")
	f.only(event.SessionEnded, alice, event.Session(alice.Session),
		map[string]any{"user": string(alice.UserID), "reason": "signed_out"},
		verify.Cutoff{Kind: verify.CutoffSession, ID: string(alice.Session), Reason: "signed_out"})

	fails(t, "by nobody", f.SignOut(t.Context(), access.Caller{Session: other}), access.ErrAnonymous)
	fails(t, "by the command line, which has no session", f.SignOut(t.Context(), operator), session.ErrNoSession)
	foreign := alice // a token that another issuer signed has no session
	foreign.Session = ""
	fails(t, "with a token of no session", f.SignOut(t.Context(), foreign), session.ErrNoSession)
}

func TestSignOut_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		alice := f.add("alice")
		alice.Session = f.signIn(alice)
		errs := make([]error, 16)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				if errs[i] = f.SignOut(t.Context(), alice); i%2 == 0 {
					errs[i] = f.SignOutSession(t.Context(), alice, session.Session{ID: alice.Session, UserID: alice.UserID}, session.SignedOut)
				}
			})
		}
		wg.Wait()
		ok(t, errors.Join(errs...))
		if n := len(f.events(event.SessionEnded)); n != 1 {
			t.Errorf("%d events, want one", n)
		}
	})
}

// Cases E22 and E23: everything that was issued to the account is refused.
func TestEverywhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by  func(f *fixture, alice access.Caller) (access.Caller, error)
		why session.Reason
	}{
		"by oneself": {func(f *fixture, alice access.Caller) (access.Caller, error) {
			return alice, f.SignOutEverywhere(t.Context(), alice)
		}, session.SignedOutEverywhere},
		"by an administrator": {func(f *fixture, alice access.Caller) (access.Caller, error) {
			ender := f.add("ender", access.EndSession)
			return ender, f.EndAll(t.Context(), ender, alice.UserID)
		}, session.EndedByAdmin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			alice, bob := f.add("alice"), f.add("bob")
			devices := []ident.SessionID{f.signIn(alice), f.signIn(alice)}
			bobs := f.signIn(bob)
			who, err := c.by(f, alice)
			ok(t, err)
			for _, id := range devices {
				f.ended(id, began, c.why)
			}
			f.ended(bobs, time.Time{}, "")
			f.only(event.SessionsEnded, who, event.User(alice.UserID, ""),
				map[string]any{"sessions": 2.0, "reason": string(c.why)},
				verify.Cutoff{Kind: verify.CutoffUser, ID: string(alice.UserID), Min: 6, Reason: string(c.why)})
			u, err := f.db.User(t.Context(), alice.UserID)
			ok(t, err)
			if u.RightsVersion != 6 {
				t.Errorf("the rights version is %d, want the least that is good, 6", u.RightsVersion)
			}
		})
	}
}

func TestEverywhere_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, big, ender := f.add("alice"), f.add("big", access.ViewKey), f.add("ender", access.EndSession)
	fails(t, "nobody", f.SignOutEverywhere(t.Context(), access.Caller{UserID: alice.UserID}), access.ErrAnonymous)
	fails(t, "EndAll by nobody", f.EndAll(t.Context(), access.Caller{}, alice.UserID), access.ErrAnonymous)
	fails(t, "EndAll without permission", f.EndAll(t.Context(), alice, alice.UserID), access.ErrForbidden)
	fails(t, "EndAll of who holds more", f.EndAll(t.Context(), ender, big.UserID), access.ErrHoldsMore)
	fails(t, "EndAll of no account", f.EndAll(t.Context(), ender, "nobody"), user.ErrNotFound)
	fails(t, "the command line, which has no account", f.SignOutEverywhere(t.Context(), operator), session.ErrNoSession)
	if n := len(f.events(event.SessionsEnded)); n != 0 {
		t.Errorf("%d refused calls are recorded", n)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	s := session.Session{IdleExpiresAt: began.Add(time.Hour), ExpiresAt: began.Add(2 * time.Hour)}
	ended := s
	ended.EndedAt = began
	idle := s
	idle.IdleExpiresAt = began.Add(3 * time.Hour)
	for name, c := range map[string]struct {
		s    session.Session
		at   time.Time
		want bool
	}{
		"live":                  {s, began, true},
		"before the idle end":   {s, began.Add(time.Hour - time.Millisecond), true},
		"at the idle end":       {s, began.Add(time.Hour), false},
		"at the absolute end":   {idle, began.Add(2 * time.Hour), false},
		"before the absolute":   {idle, began.Add(2*time.Hour - time.Millisecond), true},
		"ended":                 {ended, began, false},
		"ended, by older clock": {ended, began.Add(-time.Hour), false},
	} {
		if c.s.Live(c.at) != c.want {
			t.Errorf("%s: live %v, want %v", name, !c.want, c.want)
		}
	}
}
