package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

// tokens stands for the bearer flow: a token is the permissions that it has, and
// some words are refusals. The use cases behind the routes are nil: these tests
// are of what is refused before them.
type tokens struct{}

func (tokens) Authenticate(_ context.Context, raw string, from access.Origin) (*bearer.Principal, error) {
	switch raw {
	case "expired":
		return nil, verify.ErrExpired
	case "revoked":
		return nil, verify.ErrRevoked
	case "forged":
		return nil, verify.ErrSignature
	case "gone":
		return nil, bearer.ErrUserGone
	case "stale":
		return nil, event.ErrStale
	case "broken":
		return nil, io.ErrUnexpectedEOF
	}
	who := access.Caller{Kind: access.Person, UserID: "7", Origin: from}
	switch raw {
	case "nothing":
	case "everything":
		who.Rights.Superuser = true
	default:
		who.Rights.Permissions = []access.Permission{access.Permission(raw)}
	}
	return &bearer.Principal{Caller: who}, nil
}

// fixed is the service's address in these tests, and its version.
const (
	fixedURL     = "http://localhost:8000"
	fixedVersion = "1.0.0"
)

func newAPI(t *testing.T) (*API, http.Handler) {
	t.Helper()
	a := &API{Bearer: tokens{}, Cursors: page.NewCursors(bytes.Repeat([]byte{7}, 32)), Version: fixedVersion, PublicURL: fixedURL}
	mux := http.NewServeMux()
	if err := a.Register(mux); err != nil {
		t.Fatal(err)
	}
	return a, web.Chain(mux, web.Options{
		Log: slog.New(slog.DiscardHandler), TrustedProxies: []netip.Prefix{}, Timeout: time.Minute, MaxBody: maxBody,
	})
}

// call is a request with a token ("" for none) and a JSON body.
func call(method, path, token, content string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(content))
	if content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// refused sends the request and returns the problem, which must be one.
func refused(t *testing.T, h http.Handler, r *http.Request) (problem, *httptest.ResponseRecorder) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var p problem
	if got := w.Header().Get("Content-Type"); got != problemType {
		t.Fatalf("%s %s: %d, Content-Type %q: %s", r.Method, r.URL, w.Code, got, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if p.Status != w.Code || p.Type != typePrefix+p.Code || p.Title == "" || p.Detail == "" {
		t.Errorf("%s %s: not a whole problem: %d %s", r.Method, r.URL, w.Code, w.Body)
	}
	if p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("request_id = %q, X-Request-Id = %q", p.RequestID, w.Header().Get("X-Request-Id"))
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control = %q", w.Header().Get("Cache-Control"))
	}
	return p, w
}

// blames reports whether the problem names the input.
func (p problem) blames(in, field string) bool {
	for _, e := range p.Errors {
		if e.In == in && e.Field == field && e.Message != "" {
			return true
		}
	}
	return false
}

// concrete is a route's path with something in the place of its parameters.
func concrete(path string) string {
	return strings.NewReplacer("{id}", "9", "{role_id}", "9", "{permission}", "blog.write", "{name}", "blog.write").Replace(prefix + path)
}
