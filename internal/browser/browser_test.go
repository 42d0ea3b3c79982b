package browser_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// began is the first moment of the tests.
var began = time.UnixMilli(1_800_000_000_000).UTC()

var here = access.Origin{IP: "192.0.2.1", UserAgent: "agent/1", RequestID: "r-1"}

type fixture struct {
	*browser.Service
	t     *testing.T
	db    *store.DB
	at    time.Time
	stale error
}

func newRoot(t testing.TB, fill byte) secret.Root {
	t.Helper()
	root, err := secret.NewRoot(bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	return root
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, db: storetest.New(t), at: began}
	cache, err := snapshot.New(f.db, 100, func() time.Time { return f.at })
	must(t, err)
	f.Service = &browser.Service{
		Store: f.db, Root: newRoot(t, 1), Snapshots: cache,
		Now: func() time.Time { return f.at }, Fresh: func() error { return f.stale },
	}
	return f
}

// signIn makes an account with a session of a browser.
func (f *fixture) signIn(name string) session.Session {
	f.t.Helper()
	u := user.User{
		ID: ident.UserID(name), Username: name, UsernameKey: name, Password: secret.New("!"), Active: true, JoinedAt: began,
	}
	must(f.t, f.db.InsertUser(f.t.Context(), u))
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: f.at, Salt: secret.Bytes(session.SaltBytes), CreatedAt: f.at,
		IdleExpiresAt: f.at.Add(browser.Idle), ExpiresAt: f.at.Add(browser.Lifetime), IP: "192.0.2.7", RotatedIP: "192.0.2.7",
	}
	must(f.t, f.db.InsertSession(f.t.Context(), s))
	return s
}

func (f *fixture) visit(raw string) (*browser.Visitor, error) {
	return f.Visit(f.t.Context(), raw, here)
}

func (f *fixture) in(what, raw string, want bool) {
	f.t.Helper()
	v, err := f.visit(raw)
	if want && err != nil || !want && (v != nil || !errors.Is(err, browser.ErrSignedOut)) {
		f.t.Errorf("%s: %v, %v; want in: %v", what, v, err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestVisit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.signIn("ann")
	_, err := f.db.GrantPermission(t.Context(), "ann", access.ViewKey, time.Time{})
	must(t, err)
	v, err := f.visit(f.Cookie(s, f.at).Reveal())
	must(t, err)
	who := v.Caller
	if who.Kind != access.Person || who.UserID != "ann" || who.Name != "ann" || who.Session != s.ID || who.Origin != here ||
		!who.Rights.Holds(access.ViewKey) || who.Rights.Holds(access.ViewUser) {
		t.Errorf("the caller is %+v", who)
	}
	if v.User.ID != "ann" || v.Session.ID != s.ID || !v.ProvedAt.Equal(f.at) {
		t.Errorf("the visitor is %+v", v)
	}
}

// Case J18: nothing but what this installation made for that session, byte for byte,
// is a cookie.
func TestVisit_forged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ann, bob := f.signIn("ann"), f.signIn("bob")
	good := f.Cookie(ann, f.at).Reveal()
	parts := strings.Split(good, ".")
	of := func(sid, at, mac string) string { return sid + "." + at + "." + mac }
	bobs := strings.Split(f.Cookie(bob, f.at).Reveal(), ".")
	salted := ann
	salted.Salt = bob.Salt
	other := &browser.Service{Root: newRoot(t, 2)}
	for name, raw := range map[string]string{
		"nothing": "", "a word": "x", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x",
		"another session": of(bobs[0], parts[1], parts[2]), "another time": of(parts[0], "1800000000001", parts[2]),
		"another MAC": of(parts[0], parts[1], bobs[2]), "no MAC": of(parts[0], parts[1], ""),
		"a short MAC": good[:len(good)-4], "a longer MAC": good + "AAAA", "the same bits otherwise": good[:len(good)-1] + next(good[len(good)-1]),
		"line end": good + "\n", "line end inside": of(parts[0], parts[1], parts[2][:10]+"\r\n"+parts[2][10:]),
		"plus sign": of(parts[0], "+"+parts[1], parts[2]), "zero before": of(parts[0], "0"+parts[1], parts[2]),
		"padding": good + "=", "of no session": of("nothing", parts[1], parts[2]), "NUL": of("a\x00", parts[1], parts[2]),
		"long": strings.Repeat("a", 5000), "SQL": of("' OR 1=1 --", parts[1], parts[2]),
		"another salt": f.Cookie(salted, f.at).Reveal(), "another secret": other.Cookie(ann, f.at).Reveal(),
	} {
		f.in(name, raw, false)
	}
	f.in("the good one", good, true)
}

// next is the next letter of base64url, which differs in bits that do not count.
func next(c byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(letters[strings.IndexByte(letters, c)+1])
}

// A cookie is no refresh token's signature: the labels differ, so the keys do.
func TestCookie_has_a_key_of_its_own(t *testing.T) {
	t.Parallel()
	root := newRoot(t, 1)
	seen := map[string]secret.Label{}
	for _, label := range []secret.Label{secret.LabelBrowser, secret.LabelFlash, secret.LabelRefresh, secret.LabelCursor} {
		key := string(root.Derive(label, nil))
		if was, found := seen[key]; found {
			t.Errorf("%s and %s have one key", label, was)
		}
		seen[key] = label
	}
}

// Case J20: a session ends 30 minutes after the last request, and 12 hours after the
// sign-in. Requests within a minute write once.
func TestVisit_expiry(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.signIn("ann")
	raw := f.Cookie(s, f.at).Reveal()
	row := func() session.Session {
		t.Helper()
		found, err := f.db.Session(t.Context(), s.ID)
		must(t, err)
		return found
	}
	f.at = began.Add(time.Minute - time.Millisecond)
	f.in("within a minute", raw, true)
	if got := row(); got.Generation != 0 || !got.IdleExpiresAt.Equal(began.Add(browser.Idle)) {
		t.Errorf("a request within a minute wrote %+v", got)
	}
	f.at = began.Add(time.Minute)
	f.in("after a minute", raw, true)
	if got := row(); got.Generation != 1 || !got.IdleExpiresAt.Equal(f.at.Add(browser.Idle)) || !got.RotatedAt.Equal(f.at) ||
		got.RotatedIP != here.IP || got.RotatedAgent != here.UserAgent || got.IP != "192.0.2.7" {
		t.Errorf("a request after a minute wrote %+v", got)
	}
	f.at = f.at.Add(browser.Idle - time.Millisecond)
	f.in("just before the idle end", raw, true)
	for end := began.Add(browser.Lifetime - time.Millisecond); f.at.Before(end); {
		f.in("while it is used", raw, true)
		f.at = f.at.Add(min(20*time.Minute, end.Sub(f.at)))
	}
	f.in("the last moment", raw, true)
	f.at = began.Add(browser.Lifetime)
	f.in("after twelve hours", raw, false)

	idle := f.signIn("bob")
	raw = f.Cookie(idle, f.at).Reveal()
	f.at = f.at.Add(browser.Idle)
	f.in("after half an hour without a request", raw, false)
}

// Case J20: what ends a session ends it for the next request.
func TestVisit_ended(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fixture, session.Session) error{
		"the session": func(f *fixture, s session.Session) error {
			_, err := f.db.EndSession(f.t.Context(), s.ID, f.at, session.SignedOut)
			return err
		},
		"every session of the account": func(f *fixture, s session.Session) error {
			_, err := f.db.EndUserSessions(f.t.Context(), s.UserID, f.at, session.PasswordChanged)
			return err
		},
		"the account is disabled": func(f *fixture, s session.Session) error {
			_, err := f.db.SetActive(f.t.Context(), s.UserID, false)
			f.Snapshots.Heard(event.New(access.Command("test"), f.at, event.UserDisabled, event.User(s.UserID, "")))
			return err
		},
		"the account is disabled, and this process cannot hear of it": func(f *fixture, s session.Session) error {
			f.stale = event.ErrStale
			_, err := f.db.SetActive(f.t.Context(), s.UserID, false)
			return err
		},
		"the account is deleted": func(f *fixture, s session.Session) error {
			return f.db.DeleteUser(f.t.Context(), s.UserID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s, other := f.signIn("ann"), f.signIn("bob")
			raw := f.Cookie(s, f.at).Reveal()
			f.in("before", raw, true)
			must(t, end(f, s))
			f.in("after", raw, false)
			f.in("somebody else", f.Cookie(other, f.at).Reveal(), true)
		})
	}
}

// failing is a store that takes no writes, for this reason.
type failing struct {
	*store.DB
	why error
}

func (f failing) RotateSession(context.Context, session.Rotation) (bool, error) { return false, f.why }

// A database that is read-only still shows pages; any other failure is one.
func TestVisit_without_writes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.Cookie(f.signIn("ann"), f.at).Reveal()
	f.at = f.at.Add(2 * time.Minute)
	f.Store = failing{f.db, fault.New(fault.Unavailable, "full", "The disk is full.")}
	f.in("a full disk", raw, true)
	broken := errors.New("broken")
	f.Store = failing{f.db, broken}
	if _, err := f.visit(raw); !errors.Is(err, broken) {
		t.Errorf("a write that fails: %v", err)
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	v := &browser.Visitor{ProvedAt: began}
	for after, want := range map[time.Duration]bool{
		0: true, browser.Recent - time.Millisecond: true, browser.Recent: false, time.Hour: false, -time.Second: true,
	} {
		if v.Recent(began.Add(after)) != want {
			t.Errorf("%v after the proof: recent %v", after, !want)
		}
	}
}

func FuzzVisit(f *testing.F) {
	root := newRoot(f, 1)
	s := &browser.Service{Root: root, Store: none{}, Now: time.Now}
	of := session.Session{ID: "01a2094f-8bf6-7bab-81a7-935fb846babb", Salt: []byte("salt")}
	f.Add(s.Cookie(of, began).Reveal())
	f.Add("a.0.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := s.Visit(t.Context(), raw, here); !errors.Is(err, browser.ErrSignedOut) {
			t.Errorf("%q: %v", raw, err)
		}
	})
}

// none is a store without sessions.
type none struct{ browser.Store }

func (none) Session(context.Context, ident.SessionID) (session.Session, error) {
	return session.Session{}, session.ErrNotFound
}
