package keyring_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

func TestFirstKeySignsAtOnce(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	if got := states(t, k); got != "active " {
		t.Errorf("states = %s", got)
	}
	if ids := published(t, k); !slices.Equal(ids, []string{k.Signer().ID}) {
		t.Errorf("published %v, and %s signs", ids, k.Signer().ID)
	}
	if _, err := verifier(t, k, c).Verify(sign(t, k, c.now())); err != nil {
		t.Error(err)
	}
	rows, err := db.UnsealedEvents(t.Context(), 9)
	must(t, err)
	if len(rows) != 1 || rows[0].Action != event.KeyCreated || rows[0].Subject.ID != k.Signer().ID {
		t.Errorf("recorded %+v", rows)
	}
	again := over(t, db, c)
	must(t, again.Load(t.Context()))
	if again.Signer().ID != k.Signer().ID {
		t.Error("a second start made another key")
	}
}

// Every algorithm signs what a verifier with the published set takes, and cases
// V6, N18: the set says whose key it is, and nothing private.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []verify.Algorithm{
		verify.ES256, verify.ES384, verify.ES512, verify.RS256, verify.RS384, verify.PS256, verify.PS512, verify.EdDSA,
	} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			db, c := storetest.New(t), &clock{at: begin}
			k := over(t, db, c)
			k.Algorithm = alg
			must(t, k.Load(t.Context()))
			published(t, k)
			v := verifier(t, k, c)
			for range 20 { // ECDSA signatures differ in their leading zeros
				claims, err := v.Verify(sign(t, k, c.now()))
				if err != nil || claims.Algorithm != alg || claims.KeyID != k.Signer().ID {
					t.Fatalf("Verify = %+v, %v", claims, err)
				}
			}
			thumbprints(t, k)
			nothingPrivate(t, k.JWKS())
			sealedWell(t, k, db)
		})
	}
}

// thumbprints recomputes every kid from the published key (RFC 7638).
func thumbprints(t *testing.T, k *keyring.Keyring) {
	t.Helper()
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(k.JWKS(), &set))
	if len(set.Keys) == 0 {
		t.Error("nothing is published")
	}
	for _, key := range set.Keys {
		sum, err := key.Thumbprint(crypto.SHA256)
		must(t, err)
		if want := base64.RawURLEncoding.EncodeToString(sum); key.KeyID != want {
			t.Errorf("kid = %s, want the thumbprint %s", key.KeyID, want)
		}
		if key.Use != "sig" || key.Algorithm != string(k.Algorithm) {
			t.Errorf("use %q, alg %q", key.Use, key.Algorithm)
		}
	}
}

// nothingPrivate allows the members of public keys and no other (case N18).
func nothingPrivate(t *testing.T, jwks []byte) {
	t.Helper()
	var set struct{ Keys []map[string]any }
	must(t, json.Unmarshal(jwks, &set))
	allowed := []string{"kty", "kid", "use", "alg", "crv", "x", "y", "n", "e"}
	for _, key := range set.Keys {
		for name := range key {
			if !slices.Contains(allowed, name) {
				t.Errorf("the published key has a member %q", name)
			}
		}
	}
}

// sealedWell opens what is kept with the secret, and finds the plain key nowhere
// (case M02).
func sealedWell(t *testing.T, k *keyring.Keyring, kept keyring.Store) {
	t.Helper()
	records, err := kept.SigningKeys(t.Context())
	must(t, err)
	for _, r := range records {
		der, err := k.Root.Box(secret.LabelSigningKeys).Open(r.Sealed, r.ID)
		must(t, err)
		if _, err := x509.ParsePKCS8PrivateKey(der); err != nil {
			t.Errorf("what is sealed: %v", err)
		}
		for i := 0; i+8 <= len(der); i += 4 {
			if bytes.Contains(r.Sealed, der[i:i+8]) || strings.Contains(r.Public, string(der[i:i+8])) {
				t.Fatalf("the kept row shows bytes %d to %d of the private key", i, i+8)
			}
		}
		if _, err := k.Root.Box(secret.LabelSigningKeys).Open(r.Sealed, "another"+r.ID[7:]); err == nil {
			t.Error("the sealed key opens under another id")
		}
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*keyring.Keyring){
		func(*keyring.Keyring) {},
		func(k *keyring.Keyring) { k.Algorithm, k.Shared = verify.HS256, secret.New(strings.Repeat("s", 40)) },
		func(k *keyring.Keyring) { k.Fixed = &keyring.FixedKey{Public: pairs()[verify.ES256].Public()} },
		func(k *keyring.Keyring) { k.Remote = func() *verify.KeySet { return nil } },
	} {
		_, db, c := fresh(t)
		other := over(t, db, c)
		other.Root = root(t, 2)
		change(other)
		err := other.Load(t.Context())
		fails(t, "Load with another secret", err, keyring.ErrWrongSecret)
		if text := fault.Of(err).Public; !strings.Contains(text, "COUNTERSIGN_SECRET") {
			t.Errorf("the error does not say what to do: %s", text)
		}
		records, err := db.SigningKeys(t.Context())
		must(t, err)
		if len(records) != 1 {
			t.Errorf("%d keys after the refusal, want the one", len(records))
		}
	}
}

// A row whose sealed key was swapped with another's does not open.
func TestSwappedKeysAreNoticed(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	db, c := storetest.Open(t, url), &clock{at: begin}
	k := over(t, db, c)
	must(t, k.Load(t.Context()))
	rotate(t, k)
	storetest.Exec(t, url, `UPDATE signing_keys SET sealed = (SELECT s.sealed FROM signing_keys s ORDER BY s.activates_at LIMIT 1)`)
	fails(t, "Load", over(t, db, c).Load(t.Context()), keyring.ErrWrongSecret)
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	k, _, _ := fresh(t)
	person := func(p ...access.Permission) access.Caller {
		return access.Caller{Kind: access.Person, UserID: "u", Rights: access.Rights{Permissions: p}}
	}
	for name, c := range map[string]struct {
		who          access.Caller
		list, rotate error
	}{
		"nobody":    {access.Caller{}, access.ErrAnonymous, access.ErrAnonymous},
		"anonymous": {access.Caller{Kind: access.Anonymous, Rights: access.Rights{Superuser: true}}, access.ErrAnonymous, access.ErrAnonymous},
		"anybody":   {person(), access.ErrForbidden, access.ErrForbidden},
		"viewer":    {person(access.ViewKey), nil, access.ErrForbidden},
		"rotator":   {person(access.RotateKey), access.ErrForbidden, nil},
	} {
		_, listErr := k.List(t.Context(), c.who)
		_, rotateErr := k.Rotate(t.Context(), c.who)
		fails(t, name+" List", listErr, c.list)
		fails(t, name+" Rotate", rotateErr, c.rotate)
	}
}
