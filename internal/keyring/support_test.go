package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

const (
	maxAge  = 10 * time.Minute
	overlap = 7 * time.Minute
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

// operator may do everything.
var operator = access.Command("test")

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

func (c *clock) move(by time.Duration) { c.set(c.now().Add(by)) }

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func root(t *testing.T, fill byte) secret.Root {
	t.Helper()
	r, err := secret.NewRoot(bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	return r
}

// over returns a keyring of a process on the database that has not loaded yet.
func over(t *testing.T, db *store.DB, c *clock) *keyring.Keyring {
	t.Helper()
	return &keyring.Keyring{
		Store: db, InTx: store.TxFunc[keyring.Store](db), Root: root(t, 1), Now: c.now,
		Algorithm: verify.ES256, MaxAge: maxAge, Overlap: overlap,
	}
}

// fresh returns a loaded keyring on an empty SQLite database.
func fresh(t *testing.T) (*keyring.Keyring, *store.DB, *clock) {
	t.Helper()
	db, c := storetest.New(t), &clock{at: begin}
	k := over(t, db, c)
	must(t, k.Load(t.Context()))
	return k, db, c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails reports an error that is not the wanted one.
func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// list returns the keys.
func list(t *testing.T, k *keyring.Keyring) []keyring.Key {
	t.Helper()
	keys, err := k.List(t.Context(), operator)
	must(t, err)
	return keys
}

// states are the states of the keys in the order of their activation.
func states(t *testing.T, k *keyring.Keyring) string {
	t.Helper()
	var text strings.Builder
	for _, key := range list(t, k) {
		text.WriteString(string(key.State) + " ")
	}
	return text.String()
}

// rotate makes a key and returns its id.
func rotate(t *testing.T, k *keyring.Keyring) string {
	t.Helper()
	made, err := k.Rotate(t.Context(), operator)
	must(t, err)
	return made.ID
}

// published are the ids in the JWKS, as a consumer reads it. Each must be what a
// verifier finds under that id, and nothing of it private.
func published(t *testing.T, k *keyring.Keyring) []string {
	t.Helper()
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(k.JWKS(), &set))
	ids := make([]string, 0, len(set.Keys))
	for _, key := range set.Keys {
		if !key.IsPublic() || !key.Valid() {
			t.Errorf("the set has a key that is not public")
		}
		if _, known := k.KeySet().Key(key.KeyID); !known {
			t.Errorf("key %s is published, and the verifier does not know it", key.KeyID)
		}
		ids = append(ids, key.KeyID)
	}
	if n := len(k.KeySet().Keys()); n != len(ids) {
		t.Errorf("%d keys are published, %d verify", len(ids), n)
	}
	return ids
}

// sign makes a token with the active key that lives until the end of the tests.
func sign(t *testing.T, k *keyring.Keyring, at time.Time) string {
	t.Helper()
	s := k.Signer()
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	input := segment(fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT"}`, s.Algorithm, s.ID)) + "." +
		segment(fmt.Sprintf(`{"token_type":"access","exp":%d,"iat":%d,"jti":"j","sub":"u"}`, at.Add(10000*time.Hour).Unix(), at.Unix()))
	signature, err := s.Sign([]byte(input))
	must(t, err)
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// verifier is a verifier of the keyring's own process.
func verifier(t *testing.T, k *keyring.Keyring, c *clock) *verify.Verifier {
	t.Helper()
	v, err := verify.New(verify.Config{
		Keys: k.KeySet, SkipIssuer: true, SkipAudience: true, Now: c.now, MaxLifetime: 20000 * time.Hour, CacheSize: -1,
	})
	must(t, err)
	return v
}
