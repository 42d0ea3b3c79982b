package account_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// What was read before somebody else's change is not written over it: nothing of the
// change is kept, neither session nor event.
func TestIfVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		root := operator
		for name, change := range map[string]func(*account.Service, user.User) error{
			"update": func(s *account.Service, u user.User) error {
				_, err := s.Update(t.Context(), root, u.ID, account.Change{FirstName: new("Mine")})
				return err
			},
			"update to what it is": func(s *account.Service, u user.User) error {
				_, err := s.Update(t.Context(), root, u.ID, account.Change{Username: &u.Username})
				return err
			},
			"disable": func(s *account.Service, u user.User) error { return s.Disable(t.Context(), root, u.ID) },
			"enable":  func(s *account.Service, u user.User) error { return s.Enable(t.Context(), root, u.ID) },
			"password": func(s *account.Service, u user.User) error {
				return s.SetPassword(t.Context(), root, u.ID, secret.New(other))
			},
			"delete": func(s *account.Service, u user.User) error { return s.Delete(t.Context(), root, u.ID) },
		} {
			seen := f.add("on." + strings.ReplaceAll(name, " ", "."))
			must(f.Update(t.Context(), root, seen.ID, account.Change{LastName: new("Theirs")}))(t)
			now, device, events := f.kept(seen.ID), f.signIn(seen), len(f.events(""))
			for what, s := range map[string]*account.Service{"an older version": f.IfVersion(seen.Version), "no version": f.IfVersion()} {
				fails(t, name+" with "+what, change(s, now), user.ErrVersion)
				equal(t, name+": the account", f.kept(seen.ID), now)
			}
			if !f.live(device) || len(f.events("")) != events {
				t.Errorf("%s: a refused change ended the session or was recorded", name)
			}
			ok(t, change(f.IfVersion(seen.Version, now.Version), now))
		}
	})
}

// Who may not change an account is told so, and nothing of its version.
func TestIfVersion_permission_first(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, root := f.add("alice"), f.add("root")
	must(f.Update(t.Context(), operator, root.ID, account.Change{Superuser: new(true)}))(t)
	changer := f.as(f.add("changer", access.ChangeUser))
	fails(t, "without the permission", f.IfVersion(99).Disable(t.Context(), f.as(alice), root.ID), access.ErrForbidden)
	fails(t, "over who holds more", f.IfVersion(99).Disable(t.Context(), changer, root.ID), access.ErrHoldsMore)
	fails(t, "nobody", f.IfVersion(99).Disable(t.Context(), changer, "nobody"), user.ErrNotFound)
}

// Sixteen who read the same account change it: one does.
func TestIfVersion_race(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		alice := f.add("alice")
		errs := together(16, func(i int) error {
			_, err := f.IfVersion(alice.Version).Update(t.Context(), operator, alice.ID, account.Change{FirstName: new(string(rune('a' + i)))})
			return err
		})
		winners(t, errs, user.ErrVersion)
		equal(t, "recorded", len(f.events(event.UserUpdated)), 1)
	})
}
