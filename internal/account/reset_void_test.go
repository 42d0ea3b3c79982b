package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// pair is who made a link, and for whom. Both have the role "clerks".
type pair struct {
	giver, on user.User
	clerks    role.Role
}

func (f *fixture) pair(name string) pair {
	f.t.Helper()
	p := pair{giver: f.add("giver."+name, access.ChangeUser), on: f.add("on." + name)}
	p.clerks = role.Role{ID: ident.RoleID(ident.New()), Name: "clerks " + name, CreatedAt: f.now}
	ok(f.t, f.db.InsertRole(f.t.Context(), p.clerks))
	for _, u := range []user.User{p.giver, p.on} {
		must(f.db.AssignRole(f.t.Context(), u.ID, p.clerks.ID, time.Time{}))(f.t)
	}
	return p
}

// voids are what ends a link before its time.
func voids(f *fixture) map[string]func(pair) error {
	ctx := f.t.Context()
	roles := f.roles()
	sessions := &session.Service{Store: f.db, InTx: store.TxFunc[session.Administration](f.db), Now: f.Now, Horizon: horizon}
	change := func(id ident.UserID, c account.Change) error {
		_, err := f.Update(ctx, operator, id, c)
		return err
	}
	return map[string]func(pair) error{
		"a changed password": func(p pair) error { return f.ChangePassword(ctx, f.as(p.on), secret.New(plain), secret.New(other)) },
		"a newer link":       func(p pair) error { _, err := f.MakeResetLink(ctx, operator, p.on.ID); return err },
		"its end":            func(pair) error { f.now = f.now.Add(account.ResetLifetime); return nil },
		"a set password":     func(p pair) error { return f.SetPassword(ctx, operator, p.on.ID, secret.New(other)) },
		"a sign-out":         func(p pair) error { return sessions.SignOutEverywhere(ctx, f.as(p.on)) },
		"disabling":          func(p pair) error { return f.Disable(ctx, operator, p.on.ID) },
		"deleting":           func(p pair) error { return f.Delete(ctx, operator, p.on.ID) },
		"a promotion":        func(p pair) error { return change(p.on.ID, account.Change{Superuser: new(true)}) },
		"a flag":             func(p pair) error { return change(p.on.ID, account.Change{Staff: new(true)}) },
		"a grant": func(p pair) error {
			return roles.GrantToUser(ctx, operator, role.Grant{To: p.on.ID, Permission: access.ViewKey})
		},
		"a role that grows":  func(p pair) error { return f.grow(p, p.giver) },
		"a disabled giver":   func(p pair) error { return f.Disable(ctx, operator, p.giver.ID) },
		"a deleted giver":    func(p pair) error { return f.Delete(ctx, operator, p.giver.ID) },
		"a giver's new one":  func(p pair) error { return f.SetPassword(ctx, operator, p.giver.ID, secret.New(other)) },
		"a giver's sign-out": func(p pair) error { return sessions.SignOutEverywhere(ctx, f.as(p.giver)) },
		"a giver without":    func(p pair) error { return roles.RevokeFromUser(ctx, operator, p.giver.ID, access.ChangeUser) },
		"the giver's flag":   func(p pair) error { return change(p.giver.ID, account.Change{Staff: new(true)}) },
		"disabled and enabled": func(p pair) error {
			return errorsOf(f.Disable(ctx, operator, p.on.ID), f.Enable(ctx, operator, p.on.ID))
		},
	}
}

// grow gives the role of both a permission and takes the role from one of them: of
// the account's rights versions, the other's stays what it is.
func (f *fixture) grow(p pair, without user.User) error {
	_, gone := f.db.RemoveRole(f.t.Context(), without.ID, p.clerks.ID)
	return errorsOf(gone, f.roles().GrantToRole(f.t.Context(), operator, p.clerks.ID, access.ViewKey))
}

// roles is what is done to roles, on the same database.
func (f *fixture) roles() *role.Service {
	return &role.Service{Store: f.db, InTx: store.TxFunc[role.Store](f.db), Now: f.Now, Horizon: horizon}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// Case H22 for links: what takes the trust from a link, from the account or from who
// made it, ends it, whether it happened before the form was sent or while it was.
func TestResetLink_void(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		for name, happens := range voids(f) {
			for _, meanwhile := range []bool{false, true} {
				p := f.pair(strings.ReplaceAll(strings.ReplaceAll(name, " ", "."), "'", "") + map[bool]string{true: "2"}[meanwhile])
				token := f.resetLink(f.as(p.giver), p.on)
				inTx := f.InTx
				if meanwhile {
					f.InTx = func(ctx context.Context, do func(account.Store) error) error {
						f.InTx = inTx
						ok(t, happens(p))
						return inTx(ctx, do)
					}
				} else {
					ok(t, happens(p))
					equal(t, name, f.resets(token), false)
				}
				fails(t, name, f.reset(token, "Th1rd-pass-44"), account.ErrResetLink)
				f.InTx = inTx
				if kept, err := db.User(t.Context(), p.on.ID); err == nil && f.opens(kept.ID, "Th1rd-pass-44") {
					t.Errorf("%s: the password was set", name)
				}
			}
		}
		for _, e := range f.events(event.UserPasswordChanged) {
			if e.Actor.Kind == access.Anonymous {
				t.Errorf("a reset is recorded: %+v", e)
			}
		}
	})
}

// What concerns neither the account's trust nor the giver's leaves a link as it is.
func TestResetLink_stays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	for name, happens := range map[string]func(pair) error{
		"nothing": func(pair) error { return nil },
		"a profile": func(p pair) error {
			_, err := f.Update(ctx, operator, p.on.ID, account.Change{FirstName: new("Alice")})
			return err
		},
		"a sign-in": func(p pair) error {
			_, err := f.db.ConfirmSignIn(ctx, p.on.ID, p.on.RightsVersion, f.now)
			return err
		},
		"a rehash": func(p pair) error {
			_, err := f.db.ReplacePassword(ctx, p.on.ID, p.on.Password, secret.New("$argon2id$other"))
			return err
		},
		"a role that grows for both": func(p pair) error { return f.grow(p, user.User{ID: "nobody"}) },
		"another's disabling":        func(p pair) error { return f.Disable(ctx, operator, f.add("another").ID) },
	} {
		p := f.pair(strings.ReplaceAll(strings.ReplaceAll(name, " ", "."), "'", ""))
		token := f.resetLink(f.as(p.giver), p.on)
		ok(t, happens(p))
		equal(t, name, f.resets(token), true)
		ok(t, f.reset(token, other))
	}
}

// A right that ends takes the links with it that were made by it.
func TestResetLink_of_a_right_that_ends(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	giver, on := f.add("giver"), f.add("on")
	must(f.db.GrantPermission(t.Context(), giver.ID, access.ChangeUser, f.now.Add(10*time.Minute)))(t)
	token := f.resetLink(f.as(giver), on)
	f.now = began.Add(10*time.Minute - time.Millisecond)
	equal(t, "before", f.resets(token), true)
	f.now = began.Add(10 * time.Minute)
	equal(t, "after", f.resets(token), false)
	fails(t, "after", f.reset(token, other), account.ErrResetLink)
}
