package webui_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/internal/webui"
)

const plain = "Str0ng-pass-42"

// policy is the Content-Security-Policy of every page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// fixture is the site behind the chain, on a database of its own.
type fixture struct {
	http.Handler
	t    *testing.T
	db   *store.DB
	link string // of the setup page: its path
	log  *strings.Builder
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	hasher, err := password.NewHasher(password.Config{Parameters: password.Parameters{MemoryKiB: 64, Iterations: 1, Parallelism: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hasher.Close)
	f := &fixture{t: t, db: storetest.New(t), log: new(strings.Builder)}
	accounts := &account.Service{
		Store: f.db, InTx: store.TxFunc[account.Store](f.db), Hasher: hasher, Horizon: time.Minute,
		Now: func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) },
	}
	token, err := accounts.SetupLink(t.Context(), access.Command("test"))
	if err != nil {
		t.Fatal(err)
	}
	f.link = "/setup/" + token.Reveal()
	mux := http.NewServeMux()
	if err := (&webui.Site{Setup: accounts}).Register(mux); err != nil {
		t.Fatal(err)
	}
	f.Handler = web.Chain(mux, web.Options{
		Log: slog.New(slog.NewJSONHandler(f.log, nil)), Timeout: time.Minute, MaxBody: 64 << 10,
	})
	return f
}

// superuser reports whether the setup has happened.
func (f *fixture) superuser() bool {
	f.t.Helper()
	exists, err := f.db.SuperuserExists(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return exists
}

func (f *fixture) do(r *http.Request) (*http.Response, string) {
	f.t.Helper()
	out := httptest.NewRecorder()
	f.ServeHTTP(out, r)
	body, err := io.ReadAll(out.Result().Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return out.Result(), string(body)
}

func (f *fixture) get(path string) (*http.Response, string) {
	f.t.Helper()
	return f.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// good is a form that nothing is wrong with.
func good() url.Values {
	return url.Values{"username": {"root"}, "email": {"root@example.org"}, "password": {plain}, "password_again": {plain}}
}

// with returns the form with another value of a field.
func with(field, value string) url.Values {
	form := good()
	form.Set(field, value)
	return form
}

// posting is the form as a browser on the page sends it.
func posting(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// page checks what every answer with a page has.
func (f *fixture) page(res *http.Response, body string) {
	f.t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Set-Cookie": "",
		"Content-Security-Policy": policy,
	} {
		if got := res.Header.Get(name); got != want {
			f.t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, foreign := range []string{"http:", "https:", "//", "<script", "style=", "<style", " on", "javascript:"} {
		if strings.Contains(strings.ToLower(body), foreign) && !onlyInText(body, foreign) {
			f.t.Errorf("the page has %q: %s", foreign, body)
		}
	}
	if strings.Contains(f.log.String(), strings.TrimPrefix(f.link, "/setup/")) || strings.Contains(body, strings.TrimPrefix(f.link, "/setup/")) {
		f.t.Error("the log or the page says the link")
	}
}

// onlyInText reports whether a string stands outside of tags alone.
func onlyInText(page, s string) bool {
	for part := range strings.SplitSeq(strings.ToLower(page), "<") {
		tag, _, closed := strings.Cut(part, ">")
		if closed && strings.Contains("<"+tag, s) {
			return false
		}
	}
	return true
}
