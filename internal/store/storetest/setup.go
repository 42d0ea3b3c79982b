package storetest

import (
	"context"
	"testing"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
)

// Setup tests what account.Store asks of the setup link.
func Setup(t *testing.T, db *store.DB) {
	ctx := t.Context()
	first, second := secret.Bytes(32), secret.Bytes(32)
	live := func(hash []byte, ms int64) bool { return get[bool](t)(db.SetupLinkLive(ctx, hash, moment(ms))) }
	consume := func(hash []byte, ms int64) bool {
		return get[bool](t)(db.ConsumeSetupLink(ctx, hash, moment(ms)))
	}

	t.Run("absent", func(t *testing.T) {
		is(t, "SetupLinkLive", live(first, 1), false)
		is(t, "ConsumeSetupLink", consume(first, 1), false)
		is(t, "ConsumeSetupLink without a hash", consume(nil, -1e12), false)
		must(t, db.DropSetupLink(ctx))
	})
	t.Run("expires", func(t *testing.T) {
		must(t, db.PutSetupLink(ctx, first, moment(100)))
		is(t, "SetupLinkLive before", live(first, 99), true)
		is(t, "SetupLinkLive at", live(first, 100), false)
		is(t, "ConsumeSetupLink at", consume(first, 100), false)
	})
	t.Run("a_new_one_replaces_the_old_one", func(t *testing.T) {
		must(t, db.PutSetupLink(ctx, second, moment(200)))
		is(t, "the old one", live(first, 1), false)
		is(t, "consuming the old one", consume(first, 1), false)
		is(t, "the new one", live(second, 1), true)
	})
	t.Run("a_rollback_gives_it_back", func(t *testing.T) {
		err := store.TxFunc[account.Store](db)(ctx, func(s account.Store) error {
			if won, err := s.ConsumeSetupLink(ctx, second, moment(1)); err != nil || !won {
				t.Errorf("ConsumeSetupLink = %v, %v", won, err)
			}
			return errAbandon
		})
		fails(t, "the transaction", err, errAbandon)
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := db.ConsumeSetupLink(cancelled, second, moment(1)); err == nil {
			t.Error("ConsumeSetupLink with a cancelled context: no error")
		}
		is(t, "SetupLinkLive", live(second, 1), true)
	})
	t.Run("one_of_many_consumes", func(t *testing.T) {
		n := race(t, func(int) (bool, error) { return db.ConsumeSetupLink(ctx, second, moment(1)) })
		is(t, "how many", n, 1)
		is(t, "SetupLinkLive", live(second, 1), false)
	})
	t.Run("drop", func(t *testing.T) {
		must(t, db.PutSetupLink(ctx, first, moment(100)))
		must(t, db.DropSetupLink(ctx))
		is(t, "SetupLinkLive", live(first, 1), false)
	})
}
