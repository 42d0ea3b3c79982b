package token_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// begin is the first moment of the tests, not on a whole second.
var begin = time.UnixMilli(1_800_000_000_250).UTC()

const name = "https://id.example.org"

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

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

func root(t testing.TB, fill byte) secret.Root {
	t.Helper()
	r, err := secret.NewRoot(bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	return r
}

// issuer makes tokens, with keys of an algorithm on an empty database.
func issuer(t testing.TB, alg verify.Algorithm) (*token.Issuer, *clock) {
	t.Helper()
	db, c := storetest.New(t), &clock{at: begin}
	k := &keyring.Keyring{
		Store: db, InTx: store.TxFunc[keyring.Store](db), Root: root(t, 1), Now: c.now, Algorithm: alg,
		Shared: secret.New(strings.Repeat("shared", 10)), MaxAge: time.Minute, Overlap: time.Hour,
	}
	must(t, k.Load(t.Context()))
	return &token.Issuer{
		Keys: k, Root: k.Root, Now: c.now, Name: name, Audience: []string{name}, Type: "JWT",
		Lifetime: 5 * time.Minute, PermissionsBudget: 100,
	}, c
}

// preset is an issuer as the original's.
func preset(t testing.TB, alg verify.Algorithm) (*token.Issuer, *clock) {
	t.Helper()
	i, c := issuer(t, alg)
	i.Original, i.Name, i.Audience = original(), "", nil
	return i, c
}

// original is the settings of the original when nobody changed them.
func original() *token.Original {
	return &token.Original{
		UserIDField: "id", UserIDClaim: "user_id", TokenTypeClaim: "token_type", IDClaim: "jti",
		SlidingLifetime: 5 * time.Minute, SlidingRefreshLifetime: 24 * time.Hour, SlidingExpiryClaim: "refresh_exp",
	}
}

// verifier reads the issuer's tokens, changed where a test says so.
func verifier(t testing.TB, i *token.Issuer, change ...func(*verify.Config)) *verify.Verifier {
	t.Helper()
	cfg := i.VerifierConfig()
	for _, f := range change {
		f(&cfg)
	}
	v, err := verify.New(cfg)
	must(t, err)
	return v
}

// refreshes reads refresh tokens of the preset.
func refreshes(c *verify.Config) { c.TokenTypes = []string{"refresh"} }

// device is a session that began when the tests did.
func device() session.Session {
	return session.Session{
		ID: "018f0000-0000-7000-8000-000000000001", UserID: "7", Generation: 3, RotatedAt: begin, Salt: bytes.Repeat([]byte{9}, session.SaltBytes),
		CreatedAt: begin, IdleExpiresAt: begin.Add(14 * 24 * time.Hour), ExpiresAt: begin.Add(30 * 24 * time.Hour),
	}
}

// subject is somebody who holds these permissions.
func subject(p ...access.Permission) token.Subject {
	return token.Subject{
		ID: ident.UserID("7"), Username: "ann", RightsVersion: 5, AccessVersion: 2,
		Rights: access.Rights{Staff: true, Roles: []string{"Editors"}, Permissions: p},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func get[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// fails reports an error that is not the wanted one.
func fails(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// segment returns the plain text of one segment of a token.
func segment(t testing.TB, raw string, n int) string {
	t.Helper()
	return string(get[[]byte](t)(base64.RawURLEncoding.Strict().DecodeString(strings.Split(raw, ".")[n])))
}
