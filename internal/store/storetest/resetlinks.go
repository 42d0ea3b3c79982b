package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
)

// linkFor returns a link in which every field has a value.
func linkFor(id ident.UserID) account.ResetLink {
	return account.ResetLink{
		UserID: id, Hash: secret.Bytes(32), RightsVersion: 7, Giver: "giver", GiverVersion: 1 << 40, ExpiresAt: moment(100),
	}
}

// ResetLinks tests what account.Store asks of the links to a new password.
func ResetLinks(t *testing.T, db *store.DB) {
	ctx := t.Context()
	finds := func(what string, l account.ResetLink, ms int64, want bool) {
		t.Helper()
		got, err := db.ResetLink(ctx, l.Hash, moment(ms))
		if !want {
			fails(t, what, err, account.ErrResetLink)
			return
		}
		must(t, err)
		is(t, what, got, l)
	}
	consume := func(hash []byte, ms int64) bool {
		return get[bool](t)(db.ConsumeResetLink(ctx, hash, moment(ms)))
	}
	ann, bob := addUser(t, db, "ann"), addUser(t, db, "bob")
	anns, bobs := linkFor(ann.ID), linkFor(bob.ID)

	t.Run("absent", func(t *testing.T) {
		finds("a link", anns, 1, false)
		is(t, "ConsumeResetLink", consume(anns.Hash, 1), false)
		is(t, "ConsumeResetLink without a hash", consume(nil, 1), false)
		if db.PutResetLink(ctx, linkFor("nobody")) == nil {
			t.Error("a link for nobody is kept")
		}
	})
	t.Run("round_trip", func(t *testing.T) {
		bobs.Giver, bobs.GiverVersion = "", 0
		must(t, db.PutResetLink(ctx, anns))
		must(t, db.PutResetLink(ctx, bobs))
		finds("ann's", anns, 1, true)
		finds("bob's", bobs, 1, true)
	})
	t.Run("expires", func(t *testing.T) {
		finds("before", anns, 99, true)
		finds("at", anns, 100, false)
		is(t, "ConsumeResetLink at", consume(anns.Hash, 100), false)
	})
	t.Run("a_new_one_replaces_the_old_one", func(t *testing.T) {
		old := anns
		anns = linkFor(ann.ID)
		must(t, db.PutResetLink(ctx, anns))
		finds("the old one", old, 1, false)
		is(t, "consuming the old one", consume(old.Hash, 1), false)
		finds("the new one", anns, 1, true)
		finds("another account's", bobs, 1, true)
	})
	t.Run("a_rollback_gives_it_back", func(t *testing.T) {
		err := store.TxFunc[account.Store](db)(ctx, func(s account.Store) error {
			if won, err := s.ConsumeResetLink(ctx, anns.Hash, moment(1)); err != nil || !won {
				t.Errorf("ConsumeResetLink = %v, %v", won, err)
			}
			return errAbandon
		})
		fails(t, "the transaction", err, errAbandon)
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := db.ConsumeResetLink(cancelled, anns.Hash, moment(1)); err == nil {
			t.Error("ConsumeResetLink with a cancelled context: no error")
		}
		finds("the link", anns, 1, true)
	})
	t.Run("one_of_many_consumes", func(t *testing.T) {
		n := race(t, func(int) (bool, error) { return db.ConsumeResetLink(ctx, anns.Hash, moment(1)) })
		is(t, "how many", n, 1)
		finds("the link", anns, 1, false)
		finds("another account's", bobs, 1, true)
	})
	t.Run("goes_with_the_account", func(t *testing.T) {
		must(t, db.DeleteUser(ctx, bob.ID))
		finds("the link", bobs, 1, false)
	})
	t.Run("delete_expired", func(t *testing.T) { deleteResetLinks(t, db) })
}

func deleteResetLinks(t *testing.T, db *store.DB) {
	ctx := t.Context()
	remove := func(ms int64, limit int) int64 {
		t.Helper()
		return get[int64](t)(db.DeleteResetLinks(ctx, moment(ms), limit))
	}
	var all []account.ResetLink
	for _, name := range []string{"one", "two", "three"} {
		l := linkFor(addUser(t, db, name).ID)
		l.ExpiresAt = moment(int64(100 * (len(all) + 1)))
		all = append(all, l)
		must(t, db.PutResetLink(ctx, l))
	}
	is(t, "nothing has expired", remove(100, 10), 0)
	is(t, "two, one at a time", remove(201, 1), 1)
	is(t, "the other", remove(201, 10), 1)
	is(t, "and no more", remove(201, 10), 0)
	for i, l := range all {
		_, err := db.ResetLink(ctx, l.Hash, time.UnixMilli(0))
		fails(t, "what is left", err, map[bool]error{true: nil, false: account.ErrResetLink}[i == 2])
	}
}
