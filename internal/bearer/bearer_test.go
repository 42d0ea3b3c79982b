package bearer_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

var origin = access.Origin{IP: "192.0.2.1", UserAgent: "agent/1", RequestID: "r"}

// clock is a time that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// process is one process on a database.
type process struct {
	*bearer.Service
	db     *store.DB
	clock  *clock
	issuer *token.Issuer
}

func start(t *testing.T, url string, c *clock) *process {
	t.Helper()
	p := &process{db: storetest.Open(t, url), clock: c}
	root, err := secret.NewRoot(bytes.Repeat([]byte{1}, 32))
	must(t, err)
	cache, err := snapshot.New(p.db, 100, c.now)
	must(t, err)
	log := &event.Log{
		Store: p.db, Key: root.Derive(secret.LabelEventChain, nil), Revocations: verify.NewRevocations(), Now: c.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Poll: time.Second, MaxStaleness: 5 * time.Second,
		Heard: cache.Heard, Forgot: cache.Forget,
	}
	p.db.OnCommit(log.Committed)
	must(t, log.Start(t.Context()))
	keys := &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: root, Now: c.now,
		Algorithm: verify.EdDSA, MaxAge: time.Minute, Overlap: time.Hour,
	}
	must(t, keys.Load(t.Context()))
	p.issuer = &token.Issuer{
		Keys: keys, Root: root, Now: c.now, Name: "https://id.example.org", Audience: []string{"https://id.example.org"},
		Type: "JWT", Lifetime: 5 * time.Minute, PermissionsBudget: 1000,
	}
	cfg := p.issuer.VerifierConfig()
	cfg.Revocations = log.Revocations
	v, err := verify.New(cfg)
	must(t, err)
	p.Service = &bearer.Service{Verifier: v, Snapshots: cache, Log: log}
	return p
}

func alone(t *testing.T) *process {
	t.Helper()
	return start(t, storetest.URL(t, "sqlite"), &clock{at: begin})
}

// account is somebody who is signed in.
type account struct {
	user    user.User
	session session.Session
	access  string
}

// add makes an account with a session and a token that claims more than it holds.
func (p *process) add(t *testing.T, name string) account {
	t.Helper()
	u := user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: name, Password: secret.New("!"), Active: true, RightsVersion: 4, JoinedAt: begin,
	}
	must(t, p.db.InsertUser(t.Context(), u))
	_, err := p.db.GrantPermission(t.Context(), u.ID, access.ViewKey, time.Time{})
	must(t, err)
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: begin, Salt: secret.Bytes(session.SaltBytes), CreatedAt: begin,
		IdleExpiresAt: begin.Add(time.Hour), ExpiresAt: begin.Add(time.Hour),
	}
	must(t, p.db.InsertSession(t.Context(), s))
	raw, _, err := p.issuer.Access(token.Subject{
		ID: u.ID, Username: "a name of the past", RightsVersion: u.RightsVersion,
		Rights: access.Rights{Superuser: true, Staff: true, Roles: []string{"Editors"}, Permissions: []access.Permission{"old.right"}},
	}, s)
	must(t, err)
	return account{u, s, raw.Reveal()}
}

// administration is what an administrator's change of an account needs.
type administration interface {
	user.Store
	session.Store
}

// change does something to an account in one transaction with an event, which may
// revoke what the account was issued.
func (p *process) change(t *testing.T, id ident.UserID, cut bool, do func(administration) error) {
	t.Helper()
	must(t, store.TxFunc[administration](p.db)(t.Context(), func(tx administration) error {
		least, err := tx.RaiseRightsVersion(t.Context(), id)
		if err != nil {
			return err
		}
		e := event.New(access.Command("test"), p.clock.now(), event.UserUpdated, event.User(id, ""))
		if cut {
			e = e.Revoking(session.UserCutOff(id, least, begin.Add(time.Hour), "test"))
		}
		return errors.Join(tx.AppendEvent(t.Context(), e), do(tx))
	}))
}

func (p *process) authenticate(t *testing.T, raw string) (*bearer.Principal, error) {
	t.Helper()
	return p.Authenticate(t.Context(), raw, origin)
}

// refused presents a token and wants an error, and nobody.
func (p *process) refused(t *testing.T, what, raw string, want error) {
	t.Helper()
	who, err := p.authenticate(t, raw)
	if !errors.Is(err, want) || who != nil {
		t.Errorf("%s: %+v, %v, want %v", what, who, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What somebody may do is what they hold now, and not what their token says.
func TestLiveRights(t *testing.T) {
	t.Parallel()
	p := alone(t)
	a := p.add(t, "ann")
	who, err := p.authenticate(t, a.access)
	must(t, err)
	c := who.Caller
	if c.Kind != access.Person || c.UserID != a.user.ID || c.Name != "ann" || c.Session != a.session.ID || c.Origin != origin || who.User.ID != a.user.ID {
		t.Errorf("principal %+v", who)
	}
	if c.Rights.Superuser || c.Rights.Staff || !slices.Equal(c.Rights.Permissions, []access.Permission{access.ViewKey}) || len(c.Rights.Roles) > 0 {
		t.Errorf("rights %+v, want those that are held", c.Rights)
	}
	if !who.Claims.Superuser { // which the caller is not
		t.Error("the claims are not those of the token")
	}
}

// Case E30: a right that is taken away is gone at the next request, with the very
// same token; in another process when it has read the log.
func TestRightsAreTakenAway(t *testing.T) {
	t.Parallel()
	url, c := storetest.URL(t, "sqlite"), &clock{at: begin}
	one, two := start(t, url, c), start(t, url, c)
	a := one.add(t, "ann")
	for _, p := range []*process{one, two} {
		who, err := p.authenticate(t, a.access)
		must(t, err)
		must(t, who.Caller.Require(access.ViewKey))
	}
	_, err := one.db.RevokePermission(t.Context(), a.user.ID, access.ViewKey)
	must(t, err)
	one.change(t, a.user.ID, false, func(administration) error { return nil })
	must(t, two.Log.Sync(t.Context()))
	for _, p := range []*process{one, two} {
		who, err := p.authenticate(t, a.access)
		must(t, err)
		if err := who.Caller.Require(access.ViewKey); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("Require: %v, want %v", err, access.ErrForbidden)
		}
	}
}

// Case E17: no state in which an account or a session is over lets anybody in.
func TestWhoIsRefused(t *testing.T) {
	t.Parallel()
	disable := func(t *testing.T, id ident.UserID) func(administration) error {
		return func(tx administration) error {
			_, err := tx.SetActive(t.Context(), id, false)
			return err
		}
	}
	for name, c := range map[string]struct {
		do   func(t *testing.T, p *process, a account)
		want error
	}{
		"disabled": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, true, disable(t, a.user.ID))
		}, bearer.ErrUserInactive},
		"disabled_without_a_cut-off": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, false, disable(t, a.user.ID))
		}, bearer.ErrUserInactive},
		"deleted": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, true, func(tx administration) error { return tx.DeleteUser(t.Context(), a.user.ID) })
		}, bearer.ErrUserGone},
		"deleted_and_the_name_registered_again_(E19)": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, true, func(tx administration) error { return tx.DeleteUser(t.Context(), a.user.ID) })
			p.add(t, "ann")
		}, bearer.ErrUserGone},
		"signed_out_everywhere": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, true, func(administration) error { return nil })
		}, verify.ErrRevoked},
		"session_ended": {func(t *testing.T, p *process, a account) { p.end(t, a) }, verify.ErrRevoked},
		"session_ended_then_disabled": {func(t *testing.T, p *process, a account) {
			p.end(t, a)
			p.change(t, a.user.ID, true, disable(t, a.user.ID))
		}, bearer.ErrUserInactive},
		"disabled_and_enabled_(E20)": {func(t *testing.T, p *process, a account) {
			p.change(t, a.user.ID, true, disable(t, a.user.ID))
			p.change(t, a.user.ID, false, func(tx administration) error {
				_, err := tx.SetActive(t.Context(), a.user.ID, true)
				return err
			})
		}, verify.ErrRevoked},
		"expired": {func(t *testing.T, p *process, _ account) {
			p.clock.move(5 * time.Minute)
			must(t, p.Log.Sync(t.Context()))
		}, verify.ErrExpired},
		"stale":            {func(_ *testing.T, p *process, _ account) { p.clock.move(5*time.Second + 1) }, event.ErrStale},
		"stale_but_synced": {func(t *testing.T, p *process, _ account) { p.clock.move(time.Minute); must(t, p.Log.Sync(t.Context())) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := alone(t)
			a, other := p.add(t, "ann"), p.add(t, "bob")
			for _, raw := range []string{a.access, other.access} {
				_, err := p.authenticate(t, raw)
				must(t, err)
			}
			c.do(t, p, a)
			if c.want == nil {
				_, err := p.authenticate(t, a.access)
				must(t, err)
				return
			}
			p.refused(t, "the token", a.access, c.want)
			p.refused(t, "the token again", a.access, c.want)
			if name != "expired" && name != "stale" {
				_, err := p.authenticate(t, other.access)
				must(t, err) // nobody else is concerned
			}
		})
	}
}

// end ends the session of an account.
func (p *process) end(t *testing.T, a account) {
	t.Helper()
	s := &session.Service{Store: p.db, InTx: store.TxFunc[session.Administration](p.db), Now: p.clock.now, Horizon: time.Hour}
	who := access.Caller{Kind: access.Person, UserID: a.user.ID, Session: a.session.ID}
	must(t, s.SignOut(t.Context(), who))
}

// Cases D01-D03: only an access token of ours is one.
func TestOtherTexts(t *testing.T) {
	t.Parallel()
	p, foreign := alone(t), alone(t)
	a, b := p.add(t, "ann"), foreign.add(t, "ann")
	refresh, err := p.issuer.Refresh(a.session, token.Subject{})
	must(t, err)
	for what, raw := range map[string]string{
		"nothing": "", "a refresh token": refresh.Reveal(), "another installation's": b.access,
		"a letter more": a.access + "A", "a scheme": "Bearer " + a.access, "much": strings.Repeat("a", 1<<20),
	} {
		who, err := p.authenticate(t, raw)
		if _, ours := errors.AsType[*verify.Error](err); !ours || who != nil {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}

// A database that is away lets nobody in whom it has not seen, and blames nobody.
func TestWithoutADatabase(t *testing.T) {
	t.Parallel()
	p := alone(t)
	a := p.add(t, "ann")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	who, err := p.Authenticate(gone, a.access, origin)
	if err == nil || who != nil || errors.Is(err, bearer.ErrUserGone) || errors.Is(err, bearer.ErrUserInactive) {
		t.Errorf("Authenticate = %+v, %v", who, err)
	}
}
