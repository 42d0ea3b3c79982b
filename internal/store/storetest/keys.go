package storetest

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/store"
)

// Keys tests what keyring.Store asks for.
func Keys(t *testing.T, db *store.DB) {
	t.Run("round_trip", func(t *testing.T) { keyRoundTrip(t, db) })
	t.Run("one_process_claims_the_keyring", func(t *testing.T) { claimKeyring(t, db) })
	t.Run("secret_check", func(t *testing.T) { secretCheck(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { keyRollback(t, db) })
}

func signingKey(id string, ms int64) keyring.Record {
	return keyring.Record{
		ID: id + strings.Repeat("-", 43-len(id)), Algorithm: "ES256", Sealed: []byte("sealed\x00\xff" + id), Public: `{"kty":"EC"}`,
		CreatedAt: moment(ms), ActivatesAt: moment(ms + 600),
	}
}

func keyRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	is(t, "at the start", get[[]keyring.Record](t)(db.SigningKeys(ctx)), nil)
	a, b, c := signingKey("a", 3), signingKey("b", 1), signingKey("C", 3)
	for _, k := range []keyring.Record{a, b, c} {
		must(t, db.InsertSigningKey(ctx, k))
	}
	is(t, "oldest first", get[[]keyring.Record](t)(db.SigningKeys(ctx)), []keyring.Record{b, c, a})
	if db.InsertSigningKey(ctx, a) == nil {
		t.Error("InsertSigningKey with an id that exists: no error")
	}
	must(t, db.DeleteSigningKey(ctx, c.ID))
	must(t, db.DeleteSigningKey(ctx, c.ID)) // a missing one is no error
	is(t, "after deleting", get[[]keyring.Record](t)(db.SigningKeys(ctx)), []keyring.Record{b, a})

	large := signingKey("large", 9) // RSA with 4096 bits has some 2,400 bytes
	large.Sealed, large.Public = bytes.Repeat([]byte{0, 0xff}, 5000), strings.Repeat("x", 10_000)
	must(t, db.InsertSigningKey(ctx, large))
	is(t, "a large key", get[[]keyring.Record](t)(db.SigningKeys(ctx))[2], large)
}

func claimKeyring(t *testing.T, db *store.DB) {
	ctx := t.Context()
	is(t, "version at the start", get[int64](t)(db.KeyringVersion(ctx)), 0)
	for v := range int64(3) {
		n := race(t, func(int) (bool, error) { return db.ClaimKeyring(ctx, v) })
		is(t, "processes that claimed one version", n, 1)
		is(t, "version", get[int64](t)(db.KeyringVersion(ctx)), v+1)
	}
	is(t, "claiming a later version", get[bool](t)(db.ClaimKeyring(ctx, 7)), false)
}

func secretCheck(t *testing.T, db *store.DB) {
	ctx := t.Context()
	if got := get[[]byte](t)(db.SecretCheck(ctx)); got != nil {
		t.Errorf("SecretCheck at the start = %q, want nil", got)
	}
	for _, want := range [][]byte{{0, 1, 0xff}, bytes.Repeat([]byte{7}, 300)} {
		must(t, db.SetSecretCheck(ctx, want))
		is(t, "SecretCheck", get[[]byte](t)(db.SecretCheck(ctx)), want)
	}
}

func keyRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	version, keys := get[int64](t)(db.KeyringVersion(ctx)), get[[]keyring.Record](t)(db.SigningKeys(ctx))
	err := store.TxFunc[keyring.Store](db)(ctx, func(s keyring.Store) error {
		if won, err := s.ClaimKeyring(ctx, version); err != nil || !won {
			t.Errorf("ClaimKeyring = %v, %v", won, err)
		}
		if err := s.InsertSigningKey(ctx, signingKey("never", 1)); err != nil {
			return err
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := db.ClaimKeyring(cancelled, version); err == nil {
		t.Error("ClaimKeyring with a cancelled context: no error")
	}
	is(t, "KeyringVersion", get[int64](t)(db.KeyringVersion(ctx)), version)
	is(t, "SigningKeys", get[[]keyring.Record](t)(db.SigningKeys(ctx)), keys)
}
