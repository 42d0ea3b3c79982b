package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
)

func post(t *testing.T, s *httptest.Server, token string) (*http.Response, string) {
	t.Helper()
	res, err := s.Client().Post(s.URL+"/setup/"+token, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := readAll(res)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func readAll(res *http.Response) (string, error) {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// ask serves one request to routes behind the chain.
func ask(o web.Options, h http.HandlerFunc, r *http.Request) *http.Response {
	o.Log = slog.New(slog.DiscardHandler)
	out := httptest.NewRecorder()
	web.Chain(h, o).ServeHTTP(out, r)
	return out.Result()
}

func nothing(http.ResponseWriter, *http.Request) {}

// Cases J11 to J13.
func TestHeaders(t *testing.T) {
	t.Parallel()
	o := options(nil)
	for _, tls := range []bool{false, true} {
		o.TLS = tls
		h := ask(o, nothing, httptest.NewRequest("GET", "/", nil)).Header
		want := map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
			"Strict-Transport-Security": "", "Access-Control-Allow-Origin": "",
		}
		if tls {
			want["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
		}
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("TLS %v: %s is %q, want %q", tls, name, h.Get(name), value)
			}
		}
		if h.Get("X-Request-Id") == "" || h.Get("Server") != "" {
			t.Errorf("the headers are %v", h)
		}
	}
}

// browser asks as a page of an origin does by the Fetch standard (section 4.10), and
// returns whether the page may read the answer. A preflight that is refused sends
// nothing on.
func browser(t *testing.T, s *httptest.Server, origin, method string, headers map[string]string) (readable bool) {
	t.Helper()
	simple := (method == "GET" || method == "HEAD" || method == "POST") && len(headers) == 0
	if !simple {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL+"/setup/x", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", method)
		var names []string
		for name := range headers {
			names = append(names, strings.ToLower(name))
		}
		r.Header.Set("Access-Control-Request-Headers", strings.Join(names, ","))
		res, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if !shared(t, res, origin) || res.StatusCode > 299 || !listed(res.Header.Get("Access-Control-Allow-Methods"), method) {
			return false
		}
		for _, name := range names {
			if !listed(res.Header.Get("Access-Control-Allow-Headers"), name) {
				return false
			}
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), method, s.URL+"/setup/x", nil)
	r.Header.Set("Origin", origin)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return shared(t, res, origin)
}

// shared is the CORS check of the Fetch standard, section 4.9.
func shared(t *testing.T, res *http.Response, origin string) bool {
	t.Helper()
	if res.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials may cross")
	}
	if allowed := res.Header.Values("Access-Control-Allow-Origin"); len(allowed) != 1 || allowed[0] != origin {
		for name := range maps.Keys(res.Header) {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("an origin that is not listed gets %s", name)
			}
		}
		return false
	}
	return true
}

func listed(list, one string) bool {
	for each := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(each), one) {
			return true
		}
	}
	return false
}

// Cases J14, J15 and J17, as a browser sees them.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	o := options(slog.New(slog.DiscardHandler))
	o.CORSOrigins, o.TokenHeader = []string{"https://app.example", "http://localhost:3000"}, "X-Access-Token"
	var asked []string
	s := httptest.NewServer(web.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}), o))
	t.Cleanup(s.Close)
	token := map[string]string{"Authorization": "Bearer x"}
	for name, c := range map[string]struct {
		origin, method string
		headers        map[string]string
		want           bool
	}{
		"simple":                {"https://app.example", "GET", nil, true},
		"simple post":           {"https://app.example", "POST", nil, true},
		"with a token":          {"https://app.example", "GET", token, true},
		"with JSON":             {"http://localhost:3000", "POST", map[string]string{"Content-Type": "application/json"}, true},
		"delete":                {"https://app.example", "DELETE", token, true},
		"patch":                 {"https://app.example", "PATCH", token, true},
		"in its own header":     {"https://app.example", "GET", map[string]string{"X-Access-Token": "Bearer x"}, true},
		"a header of their own": {"https://app.example", "GET", map[string]string{"X-Other": "1"}, false},
		"a method of their own": {"https://app.example", "PURGE", nil, false},
		"another":               {"https://other.example", "GET", nil, false},
		"another, with a token": {"https://other.example", "GET", token, false},
		"null":                  {"null", "GET", nil, false},
		"longer":                {"https://app.example.evil", "GET", nil, false},
		"below":                 {"https://x.app.example", "GET", nil, false},
		"downgrade":             {"http://app.example", "GET", nil, false},
		"upper case":            {"https://APP.example", "GET", nil, false},
		"port":                  {"https://app.example:444", "GET", nil, false},
		"localhost":             {"http://localhost:8000", "GET", nil, false},
	} {
		asked = nil
		if got := browser(t, s, c.origin, c.method, c.headers); got != c.want {
			t.Errorf("%s: the page may read the answer: %v, want %v", name, got, c.want)
		}
		if c.want && (len(asked) != 1 || asked[0] != c.method) {
			t.Errorf("%s: the routes were asked %v, want %s alone", name, asked, c.method)
		}
	}
}

func TestCrossOrigin_vary(t *testing.T) {
	t.Parallel()
	o := options(nil)
	o.CORSOrigins = []string{"https://app.example"}
	for _, origin := range []string{"", "https://app.example", "https://other.example"} {
		r := httptest.NewRequest("GET", "/", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if vary := ask(o, nothing, r).Header.Values("Vary"); len(vary) != 1 || vary[0] != "Origin" {
			t.Errorf("from %q: Vary is %q", origin, vary)
		}
	}
	r := httptest.NewRequest("OPTIONS", "/", nil)
	r.Header.Set("Origin", "https://app.example")
	r.Header.Set("Access-Control-Request-Method", "GET")
	res := ask(o, nothing, r)
	for _, name := range []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"} {
		if !listed(strings.Join(res.Header.Values("Vary"), ","), name) {
			t.Errorf("the preflight varies by %s, and says %q", name, res.Header.Values("Vary"))
		}
	}
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Max-Age") != "600" {
		t.Errorf("the preflight is answered %s %v", res.Status, res.Header)
	}
}

// Cases F37 and K09: no more of a body is read than the limit, however long it is
// and whatever it says of its length.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{0: 0, 1024: 1024, 1025: 1024, 1 << 20: 1024} {
		for _, chunked := range []bool{false, true} {
			var read int
			var err error
			r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size)))
			if chunked {
				r.ContentLength = -1
			}
			ask(options(nil), func(_ http.ResponseWriter, r *http.Request) {
				var body []byte
				body, err = io.ReadAll(r.Body)
				read = len(body)
			}, r)
			_, tooBig := errors.AsType[*http.MaxBytesError](err)
			if read != want || tooBig != (size > 1024) {
				t.Errorf("of %d bytes %d were read, and the error is %v", size, read, err)
			}
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	o := options(nil)
	o.Timeout = time.Nanosecond
	ask(o, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		if !errors.Is(r.Context().Err(), context.DeadlineExceeded) {
			t.Errorf("the context ended with %v", r.Context().Err())
		}
	}, httptest.NewRequest("GET", "/", nil))
	o.Timeout = time.Hour
	ask(o, func(_ http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Deadline(); !ok || time.Until(at) > time.Hour || time.Until(at) < time.Minute {
			t.Errorf("the deadline is %v, %v", at, ok)
		}
	}, httptest.NewRequest("GET", "/", nil))
}

func TestWriteProblem(t *testing.T) {
	t.Parallel()
	f := fault.New(fault.Unavailable, "busy", "Say \"please\" <again>.").Because(errors.New("CANARY")).RetryIn(1100 * time.Millisecond)
	for _, method := range []string{"GET", "HEAD"} {
		res := ask(options(nil), func(w http.ResponseWriter, r *http.Request) { web.WriteProblem(w, r, 503, f) }, httptest.NewRequest(method, "/", nil))
		body, err := readAll(res)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != 503 || res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Retry-After") != "2" {
			t.Errorf("%s: %s %v", method, res.Status, res.Header)
		}
		if method == "HEAD" {
			if body != "" {
				t.Errorf("HEAD has the body %q", body)
			}
			continue
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"type": "urn:countersign:problem:busy", "title": "Service Unavailable", "status": 503.0,
			"detail": "Say \"please\" <again>.", "code": "busy", "request_id": res.Header.Get("X-Request-Id"),
		}
		if !maps.Equal(got, want) {
			t.Errorf("the problem is %v, want %v", got, want)
		}
	}
}
