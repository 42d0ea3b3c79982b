package wellknown_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/internal/wellknown"
	"github.com/countersign/countersign/verify"
)

// fixture is the routes behind the chain, with keys of their own.
type fixture struct {
	http.Handler
	keys  *keyring.Keyring
	ready error
	log   bytes.Buffer
}

func newFixture(t *testing.T, algorithm verify.Algorithm) *fixture {
	t.Helper()
	root, err := secret.NewRoot(secret.Bytes(32))
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.New(t)
	f := &fixture{keys: &keyring.Keyring{
		Store: db, InTx: store.TxFunc[keyring.Store](db), Root: root, Now: time.Now,
		Algorithm: algorithm, MaxAge: 5 * time.Minute, Overlap: 10 * time.Minute,
	}}
	if algorithm == verify.HS256 {
		f.keys.Shared = secret.New(strings.Repeat("CANARY-", 9))
	}
	if err := f.keys.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	(&wellknown.API{Keys: f.keys, MaxAge: 300 * time.Second, Ready: func(context.Context) error { return f.ready }}).Register(mux)
	f.Handler = web.Chain(mux, web.Options{
		Log: slog.New(slog.NewJSONHandler(&f.log, nil)), Timeout: time.Minute, MaxBody: 1 << 10,
		CORSOrigins: []string{"https://app.example"},
	})
	return f
}

// ask asks, with headers in pairs.
func (f *fixture) ask(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	out := httptest.NewRecorder()
	f.ServeHTTP(out, r)
	body, err := io.ReadAll(out.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return out.Result(), string(body)
}

// has checks headers, in pairs; "" is for one that is not there.
func has(t *testing.T, res *http.Response, headers ...string) {
	t.Helper()
	for pair := range slices.Chunk(headers, 2) {
		if got := res.Header.Get(pair[0]); got != pair[1] {
			t.Errorf("%s is %q, want %q", pair[0], got, pair[1])
		}
	}
}

// Cases N18 and J16: the set is public, may be kept, and costs nothing to ask for
// again.
func TestJWKS(t *testing.T) {
	t.Parallel()
	f := newFixture(t, verify.ES256)
	const path = "/.well-known/jwks.json"
	res, body := f.ask(t, "GET", path)
	if res.StatusCode != 200 || body != string(f.keys.JWKS()) {
		t.Errorf("the answer is %s %s", res.Status, body)
	}
	common := []string{"Cache-Control", "public, max-age=300", "Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", ""}
	has(t, res, append(common, "Content-Type", "application/jwk-set+json")...)
	etag := res.Header.Get("ETag")
	if len(etag) < 20 {
		t.Errorf("ETag is %q", etag)
	}

	for _, origin := range []string{"https://app.example", "https://other.example"} {
		res, _ = f.ask(t, "GET", path, "Origin", origin)
		has(t, res, common...)
	}
	res, body = f.ask(t, "GET", path, "If-None-Match", etag)
	if res.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("asked again: %s %q", res.Status, body)
	}
	has(t, res, append(common, "ETag", etag)...)
	if res, _ = f.ask(t, "GET", path, "If-None-Match", `"another"`); res.StatusCode != 200 {
		t.Errorf("asked with another tag: %s", res.Status)
	}
	res, body = f.ask(t, "HEAD", path)
	if res.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %s %q", res.Status, body)
	}
	has(t, res, append(common, "ETag", etag, "Content-Type", "application/jwk-set+json")...)

	if other, _ := newFixture(t, verify.ES256).ask(t, "GET", path); other.Header.Get("ETag") == etag {
		t.Error("other keys have the same tag")
	}
}

// Case N18: of every algorithm, the public members alone; of a shared secret,
// nothing.
func TestJWKS_public_members_only(t *testing.T) {
	t.Parallel()
	public := map[verify.Algorithm][]string{
		verify.ES256: {"alg", "crv", "kid", "kty", "use", "x", "y"},
		verify.EdDSA: {"alg", "crv", "kid", "kty", "use", "x"},
		verify.RS256: {"alg", "e", "kid", "kty", "n", "use"},
		verify.HS256: nil,
	}
	for algorithm, want := range public {
		_, body := newFixture(t, algorithm).ask(t, "GET", "/.well-known/jwks.json")
		var set struct {
			Keys []map[string]any `json:"keys"`
		}
		if err := json.Unmarshal([]byte(body), &set); err != nil {
			t.Fatal(err)
		}
		if len(set.Keys) == 0 != (want == nil) || set.Keys == nil || strings.Contains(body, "CANARY") {
			t.Errorf("%s: %s", algorithm, body)
		}
		for _, key := range set.Keys {
			for member := range key {
				if !slices.Contains(want, member) {
					t.Errorf("%s: a key has the member %s", algorithm, member)
				}
			}
		}
	}
}

// Case M16: what a stranger is told of the inside is nothing.
func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	f := newFixture(t, verify.ES256)
	for _, path := range []string{"/healthz", "/readyz"} {
		res, body := f.ask(t, "GET", path)
		if res.StatusCode != 200 || body != `{"status":"ok"}`+"\n" {
			t.Errorf("%s: %s %q", path, res.Status, body)
		}
		has(t, res, "Content-Type", "application/json", "Cache-Control", "no-store")
	}
	f.log.Reset()
	f.ready = errors.New("CANARY: connection refused by 192.0.2.5")
	if res, _ := f.ask(t, "GET", "/healthz"); res.StatusCode != 200 {
		t.Errorf("alive, though not ready: %s", res.Status)
	}
	res, body := f.ask(t, "GET", "/readyz")
	if res.StatusCode != 503 || !strings.Contains(body, `"code":"not_ready"`) || strings.Contains(body, "CANARY") {
		t.Errorf("not ready: %s %s", res.Status, body)
	}
	has(t, res, "Content-Type", "application/problem+json", "Retry-After", "1", "Cache-Control", "no-store")
	if said := f.log.String(); !strings.Contains(said, "CANARY") || !strings.Contains(said, `"level":"ERROR"`) {
		t.Errorf("the log does not say why: %s", said)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	f := newFixture(t, verify.ES256)
	res, _ := f.ask(t, "GET", "/")
	if res.StatusCode != http.StatusFound {
		t.Errorf("/: %s", res.Status)
	}
	has(t, res, "Location", "/api/docs")
	for _, c := range [][2]string{
		{"GET", "/nothing"}, {"POST", "/"}, {"GET", "/.well-known/openid-configuration"}, {"GET", "/healthz/"}, {"GET", "/admin/%2e%2e/x"},
		{"DELETE", "/.well-known/jwks.json"}, {"TRACE", "/healthz"}, {"GET", "/CANARY?x=CANARY"},
	} {
		res, body := f.ask(t, c[0], c[1])
		if res.StatusCode != 404 || !strings.Contains(body, `"code":"route_not_found"`) || strings.Contains(body, "CANARY") {
			t.Errorf("%s %s: %s %s", c[0], c[1], res.Status, body)
		}
		has(t, res, "Content-Type", "application/problem+json")
	}
	if strings.Contains(f.log.String(), "CANARY") {
		t.Error("the log says an address")
	}
}
