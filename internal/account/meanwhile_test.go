package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// Case H22, in between: an account that was given more after the caller's rights
// over it were looked at, and before the change is written, is left alone.
func TestHoldsMore_meanwhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		for _, c := range useCases {
			if c.needs != access.ChangeUser && c.needs != access.DeleteUser {
				continue
			}
			for how, give := range map[string]func(user.User) error{
				"promoted": func(on user.User) error {
					_, err := f.Update(t.Context(), operator, on.ID, account.Change{Superuser: new(true)})
					return err
				},
				"granted": func(on user.User) error {
					err := f.InTx(t.Context(), func(tx account.Store) error {
						_, err := tx.RaiseRightsVersion(t.Context(), on.ID)
						return err
					})
					if err == nil {
						_, err = db.GrantPermission(t.Context(), on.ID, access.ViewKey, time.Time{})
					}
					return err
				},
			} {
				name := c.name + how
				holder, on := f.as(f.add("holder"+name, c.needs)), f.add("on"+name)
				if c.name == "Enable" {
					must(db.SetActive(t.Context(), on.ID, false))(t)
				}
				session := f.signIn(on)
				inTx := f.InTx
				var before user.User
				f.InTx = func(ctx context.Context, fn func(account.Store) error) error {
					f.InTx = inTx
					ok(t, give(on))
					before = f.kept(on.ID)
					return inTx(ctx, fn)
				}
				err := c.ask(f, holder, on.ID)
				f.InTx = inTx
				if c.name == "Update" || c.name == "MakeResetLink" {
					fails(t, name, err, user.ErrChanged)
				} else {
					fails(t, name, err, access.ErrHoldsMore)
				}
				equal(t, name, f.kept(on.ID), before)
				if !f.live(session) {
					t.Errorf("%s: a refused caller ended the session", name)
				}
			}
		}
	})
}
