package keyring_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

// nameless is a verifier that does not look at kid.
func nameless(t *testing.T, k *keyring.Keyring, c *clock) *verify.Verifier {
	t.Helper()
	v, err := verify.New(verify.Config{
		Keys: k.KeySet, SkipIssuer: true, SkipAudience: true, IgnoreKeyID: true, Now: c.now, MaxLifetime: -1, CacheSize: -1,
	})
	must(t, err)
	return v
}

// fixed returns a loaded keyring with one configured key.
func fixed(t *testing.T, db *store.DB, c *clock, alg verify.Algorithm) *keyring.Keyring {
	t.Helper()
	key, err := keyring.ParseFixed(alg, privatePEM(t, pairs()[alg]), "")
	must(t, err)
	k := over(t, db, c)
	k.Algorithm, k.Fixed = alg, key
	must(t, k.Load(t.Context()))
	return k
}

// nothingKept fails if the store has a key, or an event of one.
func nothingKept(t *testing.T, db *store.DB) {
	t.Helper()
	records, err := db.SigningKeys(t.Context())
	must(t, err)
	events, err := db.UnsealedEvents(t.Context(), 9)
	must(t, err)
	if len(records) != 0 || len(events) != 0 {
		t.Errorf("%d keys and %d events are kept", len(records), len(events))
	}
}

// A configured key signs under no name what a verifier takes that looks at none,
// and what another reader of the public key takes; it is neither published, nor
// kept, nor rotated, and never ends.
func TestFixedKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for alg, private := range pairs() {
			c := &clock{at: begin}
			k := fixed(t, db, c, alg)
			if got := string(k.JWKS()); got != `{"keys":[]}` {
				t.Errorf("%s: JWKS = %s", alg, got)
			}
			other, err := verify.NewKeySet(verify.Key{Algorithm: alg, Public: private.Public()})
			must(t, err)
			elsewhere := &keyring.Keyring{Remote: func() *verify.KeySet { return other }}
			for range 20 { // ECDSA signatures differ in their leading zeros
				token := sign(t, k, c.now())
				claims, err := nameless(t, k, c).Verify(token)
				if err != nil || claims.Algorithm != alg || claims.KeyID != "" {
					t.Fatalf("%s: Verify = %+v, %v", alg, claims, err)
				}
				if _, err := nameless(t, elsewhere, c).Verify(token); err != nil {
					t.Fatalf("%s: with the public key alone: %v", alg, err)
				}
			}
			want := []keyring.Key{{Algorithm: alg, State: keyring.Active}}
			if keys := list(t, k); len(keys) != 1 || keys[0] != want[0] {
				t.Errorf("%s: keys = %+v, want %+v", alg, keys, want)
			}
			if k.Signer().ID != "" || k.Signer().Algorithm != alg || !k.OneKey() {
				t.Errorf("%s: the signer is %q, %s", alg, k.Signer().ID, k.Signer().Algorithm)
			}
			_, err = k.Rotate(t.Context(), operator)
			fails(t, "Rotate", err, keyring.ErrFixedKey)
			_, err = k.Rotate(t.Context(), access.Caller{})
			fails(t, "Rotate by nobody", err, access.ErrAnonymous)
			before := k.Signer()
			c.move(100_000 * time.Hour)
			if k.Signer() != before {
				t.Errorf("%s: the key changed with time", alg)
			}
		}
		nothingKept(t, db)
	})
}

// With the public key alone the service verifies what another one signed.
func TestFixedKeyThatOnlyVerifies(t *testing.T) {
	t.Parallel()
	db, c := storetest.New(t), &clock{at: begin}
	token := sign(t, fixed(t, db, c, verify.ES384), begin)
	key, err := keyring.ParseFixed(verify.ES384, secret.Text{}, publicPEM(t, pairs()[verify.ES384]))
	must(t, err)
	k := over(t, db, c)
	k.Algorithm, k.Fixed = verify.ES384, key
	must(t, k.Load(t.Context()))
	if k.Signer() != nil || !k.OneKey() || string(k.JWKS()) != `{"keys":[]}` {
		t.Errorf("signer %v, one key %v, JWKS %s", k.Signer(), k.OneKey(), k.JWKS())
	}
	if _, err := nameless(t, k, c).Verify(token); err != nil {
		t.Error(err)
	}
	if keys := list(t, k); len(keys) != 1 || keys[0].ID != "" || keys[0].State != keyring.Active {
		t.Errorf("keys = %+v", keys)
	}
	_, err = k.Rotate(t.Context(), operator)
	fails(t, "Rotate", err, keyring.ErrFixedKey)
}

// A fixed key that does not fit stops the start, also one that ParseFixed did not
// make.
func TestFixedKeyThatDoesNotFit(t *testing.T) {
	t.Parallel()
	db, c := storetest.New(t), &clock{at: begin}
	es, rs := pairs()[verify.ES256], pairs()[verify.RS256]
	for name, f := range map[string]*keyring.FixedKey{
		"another kind":    {Private: rs, Public: rs.Public()},
		"no pair":         {Private: rs, Public: es.Public()},
		"nothing":         {},
		"a shared secret": {Public: verify.SharedSecret(strings.Repeat("s", 40))},
	} {
		k := over(t, db, c)
		k.Fixed = f
		if err := k.Load(t.Context()); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// With the keys of another issuer the service verifies by them as they are now.
func TestRemoteKeys(t *testing.T) {
	t.Parallel()
	issuer, db, c := fresh(t)
	current, err := verify.NewKeySet()
	must(t, err)
	k := over(t, storetest.New(t), c)
	k.Remote = func() *verify.KeySet { return current }
	must(t, k.Load(t.Context()))
	if k.Signer() != nil || k.OneKey() || string(k.JWKS()) != `{"keys":[]}` || len(list(t, k)) != 0 {
		t.Errorf("signer %v, one key %v, JWKS %s, keys %v", k.Signer(), k.OneKey(), k.JWKS(), list(t, k))
	}
	token := sign(t, issuer, c.now())
	v := verifier(t, k, c)
	_, err = v.Verify(token)
	fails(t, "before the first set", err, verify.ErrUnknownKey)
	current, err = verify.ParseJWKS(issuer.JWKS())
	must(t, err)
	_, err = v.Verify(token)
	fails(t, "with the issuer's set", err, nil)
	_, err = k.Rotate(t.Context(), operator)
	fails(t, "Rotate", err, keyring.ErrFixedKey)
	records, err := db.SigningKeys(t.Context())
	must(t, err)
	if len(records) != 1 {
		t.Errorf("the issuer has %d keys", len(records))
	}
	nothingKept(t, k.Store.(*store.DB))
}

// With HS256, HS384 and HS512 the one key is the shared secret: it verifies, and is
// neither published, nor kept, nor rotated.
func TestSharedSecret(t *testing.T) {
	t.Parallel()
	const shared = "a shared secret of the configuration that is long" // 49 bytes, less than the hash of HS512
	for _, alg := range []verify.Algorithm{verify.HS256, verify.HS384, verify.HS512} {
		db, c := storetest.New(t), &clock{at: begin}
		k := over(t, db, c)
		k.Algorithm, k.Shared = alg, secret.New(shared)
		must(t, k.Load(t.Context()))
		if got := string(k.JWKS()); got != `{"keys":[]}` || !k.OneKey() {
			t.Errorf("%s: JWKS = %s", alg, got)
		}
		if claims, err := verifier(t, k, c).Verify(sign(t, k, c.now())); err != nil || claims.Algorithm != alg {
			t.Errorf("%s: %+v, %v", alg, claims, err)
		}
		keys := list(t, k)
		if len(keys) != 1 || keys[0].State != keyring.Active || keys[0].Algorithm != alg || strings.Contains(keys[0].ID, shared) {
			t.Errorf("keys = %+v", keys)
		}
		_, err := k.Rotate(t.Context(), operator)
		fails(t, "Rotate", err, keyring.ErrSharedSecret)
		nothingKept(t, db)
		c.move(1000 * maxAge)
		if k.Signer().ID != keys[0].ID {
			t.Error("the key changed with time")
		}
		k.Shared = secret.New("another " + shared)
		must(t, k.Load(t.Context()))
		if k.Signer().ID == keys[0].ID {
			t.Error("two secrets have one id")
		}
		k.Shared = secret.New("thirty-one bytes are one short.")
		if k.Load(t.Context()) == nil {
			t.Errorf("%s: a short shared secret is taken", alg)
		}
	}
}
