package simplejwt

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

// behind returns the routes of an API behind the preset's paths and the chain.
func behind(a *API) http.Handler {
	mux := http.NewServeMux()
	a.Register(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		web.WriteProblem(w, r, http.StatusNotFound, web.ErrNoRoute)
	})
	return web.Chain(a.Literal(mux), web.Options{Log: slog.New(slog.DiscardHandler), Timeout: time.Minute, MaxBody: maxBody})
}

const wantsJSON = `{"detail":"Could not satisfy the request Accept header."}`

// Where the service is friendlier than the original, the preset is not.
func TestPreset_to_the_letter(t *testing.T) {
	t.Parallel()
	accounts := &account.Service{RegistrationOpen: true}
	preset, friendly := behind(&API{Preset: true, Accounts: accounts}), behind(&API{Accounts: accounts})
	const obtain, js = "/api/token/", "application/json"
	for name, c := range map[string]struct {
		method, target, body string
		headers              []string
		letter, friend       int
		want                 string
	}{
		"too large":                {"POST", obtain, strings.Repeat("x", maxBody+1), []string{"Content-Type", js}, 400, 413, `{"detail":"Request body is too large."}`},
		"HTML alone":               {"POST", obtain, "{}", []string{"Accept", "text/html", "Content-Type", js}, 406, 400, wantsJSON},
		"XHTML and HTML":           {"GET", obtain, "", []string{"Accept", "application/xhtml+xml, text/html;q=0.9"}, 406, 405, wantsJSON},
		"HTML or anything":         {"POST", obtain, "{}", []string{"Accept", "text/html, */*;q=0.1", "Content-Type", js}, 400, 400, bothMissing},
		"HTML or JSON":             {"POST", obtain, "{}", []string{"Accept", "text/html,application/json;q=0.9", "Content-Type", js}, 400, 400, bothMissing},
		"small letters":            {"post", obtain, "{}", []string{"Content-Type", js}, 400, 405, ""},
		"small letters, no path":   {"get", "/api/nope", "", nil, 400, 404, ""},
		"a method too short":       {"GO", obtain, "", nil, 400, 405, ""},
		"a method too long":        {strings.Repeat("A", 21), obtain, "", nil, 400, 405, ""},
		"a method nobody knows":    {"PROPFIND", obtain, "", nil, 405, 405, `{"detail":"Method \"PROPFIND\" not allowed."}`},
		"the format of pages":      {"GET", obtain + "?format=api", "", []string{"Accept", "application/json"}, 406, 406, wantsJSON},
		"the format of any pages":  {"GET", obtain + "?format=api", "", nil, 406, 405, wantsJSON},
		"no slash":                 {"PUT", "/api/token", "", nil, 301, 405, ""},
		"no slash, encoded":        {"GET", "/api/%74oken?x=%2F", "", nil, 301, 405, ""},
		"encoded":                  {"POST", "/api/%74oken/", "", nil, 400, 400, bothMissing},
		"encoded slash":            {"POST", "/api/token%2F", "", nil, 400, 404, bothMissing},
		"encoded twice":            {"POST", "/api/%2574oken/", "", nil, 404, 404, ""},
		"two slashes":              {"POST", "/api/token//", "", nil, 404, 307, ""},
		"two slashes in front":     {"POST", "//api/token/", "", nil, 404, 307, ""},
		"dots":                     {"POST", "/api/x/../token/", "", nil, 404, 307, ""},
		"encoded dots":             {"POST", "/api/x/%2e%2e/token/", "", nil, 404, 404, ""},
		"a dot":                    {"POST", "/api/./token/", "", nil, 404, 307, ""},
		"another case":             {"POST", "/API/token/", "", nil, 404, 404, ""},
		"nothing with a slash too": {"GET", "/api/nope", "", nil, 404, 404, ""},
	} {
		w := ask(preset, c.method, c.target, c.body, c.headers...)
		if w.Code != c.letter || c.want != "" && w.Body.String() != c.want {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, c.letter, c.want)
		}
		if w := ask(friendly, c.method, c.target, c.body, c.headers...); w.Code != c.friend && !(c.friend == 307 && w.Code == 301) {
			t.Errorf("%s, without the preset: %d, want %d: %s", name, w.Code, c.friend, w.Body)
		}
	}
}

// A body of unknown length is none under the preset.
func TestPreset_chunked_body_is_empty(t *testing.T) {
	t.Parallel()
	for preset, want := range map[bool]string{true: bothMissing, false: `{"password":["This field is required."]}`} {
		r := httptest.NewRequest("POST", "/api/token/", struct{ *strings.Reader }{strings.NewReader(`{"username":"a"}`)})
		r.ContentLength = -1
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		behind(&API{Preset: preset}).ServeHTTP(w, r)
		if w.Body.String() != want {
			t.Errorf("preset %v: %s, want %s", preset, w.Body, want)
		}
	}
}

func TestHeaderTypes(t *testing.T) {
	t.Parallel()
	a := &API{HeaderTypes: []string{"JWT", "Bearer"}, HeaderName: "x-access-token"}
	for header, want := range map[string]string{"JWT a": "a", "Bearer a": "a", "jwt a": "", "Token a": "", "JWT": "!", "Bearer a b": "!"} {
		got, err := a.bearerToken(http.Header{"X-Access-Token": {header}, "Authorization": {"Bearer other"}})
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got, err := a.bearerToken(http.Header{"Authorization": {"Bearer a"}}); got != "" || err != nil {
		t.Errorf("another header counts: %q, %v", got, err)
	}
	h := behind(a)
	for _, target := range []string{"/api/protected/", "/api/register/"} {
		if w := ask(h, "GET", target, "", "X-Access-Token", "JWT a b"); w.Code != 401 || w.Header().Get("WWW-Authenticate") != `JWT realm="api"` {
			t.Errorf("%s: %d, WWW-Authenticate %q", target, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
}

// One spelling of a token is known behind this package: the padding that the
// original lets pass is taken off, and nothing else.
func TestPreset_takes_padding_off(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{"a.b.c=": "a.b.c", "a.b.c==": "a.b.c", "a.b=.c": "a.b=.c", "=": "=", "===": "===", "": "", "a.b.c": "a.b.c"} {
		preset, plain := &API{Preset: true}, &API{}
		if got := preset.unpadded(sent); got != want {
			t.Errorf("%q becomes %q, want %q", sent, got, want)
		}
		if got := plain.unpadded(sent); got != sent {
			t.Errorf("without the preset %q becomes %q", sent, got)
		}
	}
}

// What is wrong is said for every type that the header may carry.
func TestAccessRefusal_types(t *testing.T) {
	t.Parallel()
	a := &API{TokenTypes: []string{"access", "sliding"}}
	expired, _ := verify.ErrExpired.(*verify.Error)
	got := bodyOf(t, a.accessRefusal(expired))
	want := `{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[` +
		`{"token_class":"AccessToken","token_type":"access","message":"Token is expired"},` +
		`{"token_class":"SlidingToken","token_type":"sliding","message":"Token is expired"}]}`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// The throttle is asked after negotiation and before the method, on the token routes
// alone.
func TestThrottle_place(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	th := web.NewThrottle(1, time.Minute, func() time.Time { return now })
	h := behind(&API{Preset: true, Throttle: th})
	for i, c := range []struct {
		method, target string
		accept         string
		status         int
	}{
		{"GET", "/api/token/", "application/xml", 406}, {"GET", "/api/token/", "*/*", 405}, {"GET", "/api/token/", "*/*", 429},
		{"OPTIONS", "/api/token/verify/", "*/*", 429}, {"GET", "/api/token/", "text/html", 406}, {"GET", "/api/token", "*/*", 301},
		{"GET", "/api/protected/", "*/*", 401}, {"GET", "/api/protected/", "*/*", 401},
	} {
		if w := ask(h, c.method, c.target, "", "Accept", c.accept); w.Code != c.status {
			t.Errorf("%d: %s %s: %d, want %d: %s", i, c.method, c.target, w.Code, c.status, w.Body)
		}
	}
	now = now.Add(5500 * time.Millisecond)
	w := ask(h, "POST", "/api/token/", "")
	if w.Header().Get("Retry-After") != "55" || w.Body.String() != `{"detail":"Request was throttled. Expected available in 55 seconds."}` {
		t.Errorf("Retry-After %q: %s", w.Header().Get("Retry-After"), w.Body)
	}
}

func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"/api/token/", "/api/token%2F", "//", "/a/./b", "/a/%2e%2e", "A:", "*", "/api/protected?a=\xff&<b>"} {
		f.Add(seed)
	}
	h := behind(&API{Preset: true})
	f.Fuzz(func(t *testing.T, target string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		location := w.Header().Get("Location")
		if w.Code == 301 && (!strings.HasPrefix(location, "/api/") || strings.ContainsAny(location, "\" <>\\^`{|}") || !isPrintable(location)) {
			t.Errorf("%q leads to %q", target, location)
		}
		if w.Code >= 300 && w.Code < 400 && w.Code != 301 {
			t.Errorf("%q: %d", target, w.Code)
		}
	})
}

func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
