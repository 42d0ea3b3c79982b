package verify

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// L01, L02, L05.
func TestNewRemoteKeysRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "id.example.com/jwks", "//id.example.com/jwks", "/jwks", "file:///etc/passwd", "gopher://id.example.com/",
		"ftp://id.example.com/jwks", "unix:/run/x.sock", "https:", "https:///jwks", "https:id.example.com/jwks", "https://:443/jwks",
		"http://id.example.com/jwks", "http://10.0.0.1/jwks", "http://0.0.0.0/jwks", "http://169.254.169.254/jwks", "http://2130706433/jwks",
		"http://127.1/jwks", "http://0x7f.0.0.1/jwks", "http://localhost./jwks", "http://localhost.example.com/jwks", "http://[::]/jwks",
		"https://user@id.example.com/jwks", "https://user:geheim@id.example.com/jwks", "https://id.example.com/jwks#geheim",
		"https://id.example.com/jwks#", "https://id.example.com\\@evil.example/jwks", "https://id.example.com/\r\nX: geheim", "https://id example.com/",
	} {
		_, err := NewRemoteKeys(RemoteConfig{URL: address})
		if err == nil {
			t.Errorf("%q is accepted", address)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: the error shows it: %v", address, err)
		}
	}
	for _, address := range []string{
		"https://id.example.com/.well-known/jwks.json", "HTTPS://ID.example.com:8443/jwks?tenant=1", "https://192.0.2.1/jwks", "http://localhost/jwks",
		"http://LOCALHOST:8000/jwks", "http://127.0.0.1:8000/jwks", "http://127.9.9.9/jwks", "http://[::1]:8000/jwks", "http://[::ffff:127.0.0.1]/jwks",
	} {
		r, err := NewRemoteKeys(RemoteConfig{URL: address})
		if err != nil {
			t.Errorf("%q: %v", address, err)
			continue
		}
		wantKeys(t, r)
	}
	good := "https://id.example.com/jwks"
	for _, cfg := range []RemoteConfig{
		{URL: good, MinInterval: -1}, {URL: good, MaxAge: -1}, {URL: good, MaxStale: -1}, {URL: good, MinInterval: time.Hour, MaxStale: time.Hour},
	} {
		if _, err := NewRemoteKeys(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestFetchBringsTheKeys(t *testing.T) {
	t.Parallel()
	p, a, b := &publisher{}, esSigner("a"), esSigner("b")
	p.publish(t, []signer{a}, "Content-Type", "text/plain")
	r := onLoopback(t, p)
	cfg := configFor(t)
	cfg.Keys = r.Keys
	v := newVerifier(t, cfg)
	wantRefused(t, v, a.token(claims()), ErrUnknownKey)
	wantFetched(t, r)
	wantAccepted(t, v, a.token(claims()))
	if age := r.answer.Load().age; age != 5*time.Minute {
		t.Errorf("fresh for %v; the answer did not say", age)
	}

	p.publish(t, []signer{b})
	wantFetched(t, r)
	wantAccepted(t, v, b.token(claims()))
	wantRefused(t, v, a.token(claims()), ErrUnknownKey) // though its verdict is remembered
	if got := p.requests()[0]; got.Method != "GET" || got.URL.Path != "/jwks" || !strings.Contains(got.Header.Get("Accept"), "application/jwk-set+json") {
		t.Errorf("asked %s %s, %v", got.Method, got.URL, got.Header)
	}
}

// A22: what anybody may have made up reaches Missing, and nothing else does.
func TestMissingHearsOfUnknownKeys(t *testing.T) {
	t.Parallel()
	known, other := es(), esSigner("other")
	unnamed := other.sign(`{"alg":"ES256","typ":"JWT"}`, claims())
	var heard []string
	cfg := configFor(t, known)
	cfg.Missing = func(kid string) { heard = append(heard, kid) }
	v := newVerifier(t, cfg)
	wantAccepted(t, v, known.token(claims()))
	wantRefused(t, v, known.token(claims("exp", "1")), ErrExpired)
	wantRefused(t, v, signer{known.id, ES256, other.private}.token(claims()), ErrSignature)
	wantRefused(t, v, unnamed, ErrMalformed)
	wantRefused(t, v, signer{"a\nb", ES256, other.private}.token(claims()), ErrMalformed)
	if heard != nil {
		t.Errorf("heard of %q", heard)
	}
	wantRefused(t, v, other.token(claims()), ErrUnknownKey)
	if len(heard) != 2 || heard[0] != "other" { // wantRefused asks twice
		t.Errorf("heard of %q", heard)
	}

	heard, cfg.IgnoreKeyID = nil, true
	v = newVerifier(t, cfg)
	wantRefused(t, v, signers()[1].token(claims()), ErrUnknownKey)
	if heard != nil {
		t.Errorf("with IgnoreKeyID: heard of %q", heard)
	}
}

// L06, and whatever else is not a key set: the old keys stay.
func TestFetchRefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	p, a := &publisher{}, esSigner("a")
	p.publish(t, []signer{a})
	good := p.body
	r := onLoopback(t, p)
	wantFetched(t, r)
	var endless atomic.Int64 // bytes sent of it
	private := jwkOf(t, a)
	private["d"] = "AAAA"
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write(good)
		}
	}
	text := func(body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
	}
	for name, answer := range map[string]http.HandlerFunc{
		"nothing":       text(nil),
		"a page":        text([]byte("<html>")),
		"cut short":     text(good[:len(good)-1]),
		"no keys":       text([]byte(`{"keys":[]}`)),
		"a private key": text(jwksOf(private)),
		"one bad key":   text(jwksOf(jwkOf(t, a), map[string]any{"kid": "b", "alg": "none"})),
		"the same kid":  text(jwksOf(jwkOf(t, a), jwkOf(t, esSigner("a")))),
		"one too large": text(append(bytes.Repeat([]byte(" "), maxJWKS), good...)),
		"201":           status(http.StatusCreated),
		"206":           status(http.StatusPartialContent),
		"304 unasked":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
		"404":           status(http.StatusNotFound),
		"500":           status(http.StatusInternalServerError),
		"never ending": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				n, err := w.Write(bytes.Repeat([]byte(" "), 64<<10))
				endless.Add(int64(n))
				if err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 64 {
				_, _ = z.Write(make([]byte, 1<<20))
			}
			_ = z.Close()
		},
		"hung up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"large header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 2*maxRemoteHeader))
			_, _ = w.Write(good)
		},
	} {
		p.set(func(p *publisher) { p.answer = answer })
		if err := r.Fetch(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		} else if !strings.HasPrefix(err.Error(), "verify: fetch the keys from http://127.0.0.1:") {
			t.Errorf("%s: %v", name, err)
		}
		wantKeys(t, r, a)
	}
	if n := endless.Load(); n > 16<<20 { // what the sockets hold is in it
		t.Errorf("%d bytes were read of an answer without an end", n)
	}
	p.publish(t, []signer{a})
	wantFetched(t, r)
}

// L04, A23: the issuer's place alone answers for its keys.
func TestFetchFollowsNoRedirectElsewhere(t *testing.T) {
	t.Parallel()
	evil := &publisher{}
	evil.publish(t, []signer{esSigner("evil")})
	canary := httptest.NewServer(evil)
	t.Cleanup(canary.Close)

	p, a := &publisher{}, esSigner("a")
	p.publish(t, []signer{a})
	mux := http.NewServeMux()
	mux.Handle("/jwks", p)
	mux.Handle("/1", http.RedirectHandler("/jwks", http.StatusFound))
	mux.Handle("/2", http.RedirectHandler("/1", http.StatusTemporaryRedirect))
	mux.Handle("/3", http.RedirectHandler("/2", http.StatusMovedPermanently))
	mux.Handle("/4", http.RedirectHandler("/3", http.StatusPermanentRedirect))
	mux.Handle("/away", http.RedirectHandler(canary.URL, http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.HandleFunc("/clear", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/jwks", http.StatusFound)
	})
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)

	for path, good := range map[string]bool{
		"/jwks": true, "/1": true, "/3": true, "/4": false, "/away": false, "/clear": false, "/round": false,
	} {
		allowing := server.Client()
		allowing.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
		r := newRemote(t, RemoteConfig{URL: server.URL + path, Client: allowing})
		if err := r.Fetch(t.Context()); (err == nil) != good {
			t.Errorf("%s: %v", path, err)
		}
		if good {
			wantKeys(t, r, a)
		} else {
			wantKeys(t, r)
		}
	}
	if n := len(evil.requests()); n != 0 {
		t.Errorf("the other place was asked %d times", n)
	}
	refusing := server.Client()
	refusing.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("none at all") }
	r := newRemote(t, RemoteConfig{URL: server.URL + "/1", Client: refusing})
	if err := r.Fetch(t.Context()); err == nil {
		t.Error("what the client refuses is followed")
	}
}

func TestRedirectsStayAtTheOrigin(t *testing.T) {
	t.Parallel()
	check := remoteClient(nil).CheckRedirect
	for _, tc := range []struct {
		from, to string
		good     bool
	}{
		{"https://id.example.com/jwks", "https://id.example.com/keys", true},
		{"https://id.example.com/jwks", "https://ID.example.com:443/keys", true},
		{"http://localhost/jwks", "http://localhost:80/keys", true},
		{"https://id.example.com:8443/jwks", "http://id.example.com:8443/jwks", false},
		{"https://id.example.com/jwks", "http://id.example.com/jwks", false},
		{"http://localhost/jwks", "https://localhost/jwks", false},
		{"https://id.example.com/jwks", "https://id.example.com:444/jwks", false},
		{"https://id.example.com/jwks", "https://id.example.com.evil.example/jwks", false},
		{"https://id.example.com/jwks", "https://id.example.com@evil.example/jwks", false},
		{"https://id.example.com/jwks", "file:///jwks", false},
	} {
		from, to := httptest.NewRequest("GET", tc.from, nil), httptest.NewRequest("GET", tc.to, nil)
		if err := check(to, []*http.Request{from}); (err == nil) != tc.good {
			t.Errorf("from %s to %s: %v", tc.from, tc.to, err)
		}
	}
}

func TestFetchAsksWhetherAnythingChanged(t *testing.T) {
	t.Parallel()
	p, a, b := &publisher{}, esSigner("a"), esSigner("b")
	p.publish(t, []signer{a}, "ETag", `W/"1"`, "Cache-Control", "max-age=60")
	r := onLoopback(t, p)
	wantFetched(t, r)
	first := r.answer.Load()
	wantFetched(t, r)
	second := r.answer.Load()
	if second.set != first.set || !second.began.After(first.began) || second.age != time.Minute {
		t.Errorf("after 304: %+v, before: %+v", second, first)
	}
	for header, want := range map[string]time.Duration{"public": time.Minute, "max-age=30": 30 * time.Second} {
		p.publish(t, []signer{a}, "ETag", `W/"1"`, "Cache-Control", header)
		r.answer.Store(first)
		wantFetched(t, r)
		if age := r.answer.Load().age; age != want {
			t.Errorf("304 with %q: fresh for %v, want %v", header, age, want)
		}
	}
	p.publish(t, []signer{b}, "ETag", `"2"`)
	wantFetched(t, r)
	wantKeys(t, r, b)
	p.publish(t, []signer{a})
	wantFetched(t, r)
	wantFetched(t, r)
	wantKeys(t, r, a)
	want := []string{"", `W/"1"`, `W/"1"`, `W/"1"`, `W/"1"`, `"2"`, ""}
	for i, req := range p.requests() {
		if got := req.Header.Get("If-None-Match"); got != want[i] {
			t.Errorf("request %d asked with %q, want %q", i, got, want[i])
		}
	}
}

func TestEntityTag(t *testing.T) {
	t.Parallel()
	for tag, good := range map[string]bool{
		`"a"`: true, `W/"a"`: true, `""`: true, `"!#~"`: true,
		``: false, `a`: false, `"`: false, `W/`: false, `W/"`: false, `w/"a"`: false, `"a`: false, `a"`: false, `"a"b"`: false,
		`"a b"`: false, "\"a\nb\"": false, "\"a\x7f\"": false, "\"\xff\"": false, `"` + strings.Repeat("a", maxETag) + `"`: false,
	} {
		want := ""
		if good {
			want = tag
		}
		if got := entityTag(http.Header{"Etag": {tag}}); got != want {
			t.Errorf("entityTag(%q) = %q", tag, got)
		}
	}
}

func TestFetchErrorsHideTheQuery(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	r := newRemote(t, RemoteConfig{URL: server.URL + "/jwks?key=geheim"})
	answered := r.Fetch(t.Context())
	server.Close()
	for _, err := range []error{answered, r.Fetch(t.Context())} {
		if err == nil || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), server.URL+"/jwks") {
			t.Errorf("Fetch = %v", err)
		}
	}
}

// TestRemoteKeysUnderRace changes, fetches, misses and verifies at once.
func TestRemoteKeysUnderRace(t *testing.T) {
	t.Parallel()
	p, a, b := &publisher{}, esSigner("a"), esSigner("b")
	p.publish(t, []signer{a})
	r := onLoopback(t, p)
	wantFetched(t, r)
	run(t, r)
	cfg := configFor(t)
	cfg.Keys = r.Keys
	v, token := newVerifier(t, cfg), a.token(claims())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 200 {
				wantAcceptedIn(t, v, token)
				r.Missed(strings.Repeat("x", i))
			}
		})
	}
	for i := range 4 {
		wg.Go(func() {
			for range 10 {
				p.publish(t, []signer{a, b}, "ETag", `"`+strings.Repeat("x", i)+`"`)
				if err := r.Fetch(t.Context()); err != nil {
					t.Errorf("Fetch = %v", err)
				}
			}
		})
	}
	wg.Wait()
	wantKeys(t, r, a, b)
}

// wantAcceptedIn is wantAccepted for goroutines, which must not end the test.
func wantAcceptedIn(t *testing.T, v *Verifier, token string) {
	if _, err := v.Verify(token); err != nil {
		t.Errorf("Verify = %v", err)
	}
}
