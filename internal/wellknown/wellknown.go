package wellknown

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/web"
)

// API is what the routes need.
type API struct {
	Keys *keyring.Keyring

	// MaxAge is how long the key set may be kept by who fetched it.
	MaxAge time.Duration

	// Ready returns nil when the process can do its work.
	Ready func(context.Context) error
}

// Register adds the routes.
func (a *API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /.well-known/jwks.json", a.jwks)
	mux.HandleFunc("GET /healthz", a.health)
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /{$}", http.RedirectHandler("/api/docs", http.StatusFound))
	mux.HandleFunc("/", a.nothing)
}

// jwks serves the public keys (RFC 7517, section 5).
func (a *API) jwks(w http.ResponseWriter, r *http.Request) {
	body := a.Keys.JWKS()
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", "application/jwk-set+json")
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(a.MaxAge.Seconds())))
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	h.Set("Access-Control-Allow-Origin", "*") // public, and read by browsers' verifiers too
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// health answers while the process lives.
func (a *API) health(w http.ResponseWriter, _ *http.Request) { ok(w) }

// ready answers 200 while the process can do its work, else 503.
func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.Ready(r.Context()); err != nil {
		web.Note(r.Context()).SetError(web.ErrNotReady.Because(err))
		web.WriteProblem(w, r, http.StatusServiceUnavailable, web.ErrNotReady)
		return
	}
	ok(w)
}

func ok(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n")) // a client that went away hears nothing
}

// nothing answers for every address that is nobody's.
func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	web.Note(r.Context()).SetError(web.ErrNoRoute)
	web.WriteProblem(w, r, http.StatusNotFound, web.ErrNoRoute)
}
