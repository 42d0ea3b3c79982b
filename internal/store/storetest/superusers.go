package storetest

import (
	"testing"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Superusers tests that of transactions which end superusers at once, each knows
// what the one before it did.
func Superusers(t *testing.T, db *store.DB) {
	ctx := t.Context()
	inTx := store.TxFunc[user.Store](db)
	other := func(than ident.UserID) (found bool) {
		must(t, inTx(ctx, func(tx user.Store) (err error) {
			found, err = tx.OtherSuperuser(ctx, than)
			return err
		}))
		return found
	}
	is(t, "with nobody", other("nobody"), false)
	var all []user.User
	for i := range racers {
		u := person("superuser " + string(rune('a'+i)))
		u.Superuser = true
		must(t, db.InsertUser(ctx, u))
		all = append(all, u)
	}
	disabled := person("disabled superuser")
	disabled.Superuser, disabled.Active = true, false
	must(t, db.InsertUser(ctx, disabled))
	addUser(t, db, "no superuser")
	is(t, "besides one of many", other(all[0].ID), true)

	n := race(t, func(i int) (went bool, err error) {
		err = inTx(ctx, func(tx user.Store) error {
			if went, err = tx.SetActive(ctx, all[i].ID, false); err != nil {
				return err
			}
			found, err := tx.OtherSuperuser(ctx, all[i].ID)
			if err == nil && !found {
				went, err = false, errAbandon
			}
			return err
		})
		if err == errAbandon {
			err = nil
		}
		return went, err
	})
	is(t, "how many went", n, racers-1)
	is(t, "who is left", get[bool](t)(db.SuperuserExists(ctx)), true)
}
