package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
)

// lines is a log that is read line by line.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// one is the only line.
func (l *lines) one(t *testing.T) map[string]any {
	t.Helper()
	var got map[string]any
	if n := strings.Count(l.String(), "\n"); n != 1 {
		t.Fatalf("the log has %d lines, want one:\n%s", n, l)
	}
	if err := json.Unmarshal([]byte(l.String()), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func options(log *slog.Logger) web.Options {
	return web.Options{Log: log, Timeout: time.Minute, MaxBody: 1 << 10}
}

// routes is one handler at a pattern with a secret in its path.
func routes(h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /setup/{token}", h)
	return mux
}

var (
	errGone   = fault.New(fault.NotFound, "gone", "It is gone.")
	errDown   = fault.New(fault.Unavailable, "down", "Try again.")
	errNobody = fault.New(fault.Unauthenticated, "nobody", "Who?")
)

// Case M06: nothing that a request carries is in the log.
func TestLog_says_nothing_secret(t *testing.T) {
	t.Parallel()
	var log lines
	h := web.Chain(routes(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		web.Note(r.Context()).SetUser("user-7")
		web.Note(r.Context()).SetError(errGone)
		w.WriteHeader(http.StatusNotFound)
	}), options(log.logger()))
	const canary = "CANARY"
	r := httptest.NewRequest("POST", "/setup/"+canary+"1?next="+canary+"2", strings.NewReader(url.Values{"password": {canary + "3"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i, name := range []string{"Authorization", "Cookie", "User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", canary, "Origin"} {
		r.Header.Set(name, canary+string(rune('4'+i)))
	}
	r.Host = canary + "c.example"
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)

	got := log.one(t)
	if strings.Contains(strings.ToUpper(log.String()), canary) {
		t.Errorf("the log says a secret: %s", &log)
	}
	for field, want := range map[string]any{
		"level": "INFO", "msg": "request", "route": "POST /setup/{token}", "method": "POST", "status": 404.0,
		"user": "user-7", "code": "gone", "ip": "192.0.2.1", "request_id": out.Header().Get("X-Request-Id"),
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	if ms, ok := got["ms"].(float64); !ok || ms < 0 {
		t.Errorf("ms is %v", got["ms"])
	}
}

func TestLog_levels(t *testing.T) {
	t.Parallel()
	hungUp, hangUp := context.WithCancel(t.Context())
	hangUp()
	cause := errors.New("disk on fire")
	for name, c := range map[string]struct {
		ctx        context.Context
		err        error
		level      string
		code, says any // nil: not there
		field      string
	}{
		"no error":        {t.Context(), nil, "INFO", nil, nil, "err"},
		"the client's":    {t.Context(), errGone.Because(cause), "INFO", "gone", nil, "err"},
		"unauthenticated": {t.Context(), errNobody.Because(cause), "INFO", "nobody", "nobody: Who?: disk on fire", "why"},
		"unavailable":     {t.Context(), errDown.Because(cause), "ERROR", "down", "down: Try again.: disk on fire", "err"},
		"ours":            {t.Context(), cause, "ERROR", nil, "disk on fire", "err"},
		"timed out":       {t.Context(), context.DeadlineExceeded, "ERROR", nil, "context deadline exceeded", "err"},
		"hung up":         {hungUp, context.Canceled, "INFO", nil, "the client went away", "why"},
		"ours cancelled":  {t.Context(), context.Canceled, "ERROR", nil, "context canceled", "err"},
		"ours all along":  {hungUp, cause, "ERROR", nil, "disk on fire", "err"},
	} {
		var log lines
		h := web.Chain(routes(func(_ http.ResponseWriter, r *http.Request) { web.Note(r.Context()).SetError(c.err) }), options(log.logger()))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(c.ctx, "POST", "/setup/x", nil))
		got := log.one(t)
		if got["level"] != c.level || got["code"] != c.code || got[c.field] != c.says || got["status"] != 200.0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A method and a path of the client's own making are not written into the log.
func TestLog_made_up(t *testing.T) {
	t.Parallel()
	var log lines
	r := httptest.NewRequest("GET", "/nowhere/CANARY", nil)
	r.Method = "CANARY"
	web.Chain(routes(nothing), options(log.logger())).ServeHTTP(httptest.NewRecorder(), r)
	got := log.one(t)
	if got["method"] != "other" || got["route"] != "none" || strings.Contains(log.String(), "CANARY") {
		t.Errorf("the line is %v", got)
	}
}

// Outside a request there is nothing to note, and no harm in noting it.
func TestNote_outside_a_request(t *testing.T) {
	t.Parallel()
	web.Note(t.Context()).SetUser("x")
	web.Note(t.Context()).SetError(errGone)
}

// Case M07: a panic is a problem without a word of what happened, a line in the
// log, and no end of the process.
func TestPanic(t *testing.T) {
	t.Parallel()
	var log lines
	s := httptest.NewServer(web.Chain(routes(func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("token") {
		case "panic":
			w.Header().Set("Content-Length", "3")
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Cache-Control", "public, max-age=60")
			panic("CANARY on fire")
		case "late":
			_, _ = w.Write([]byte("half of it"))
			panic("CANARY on fire")
		case "abort":
			panic(http.ErrAbortHandler)
		}
	}), options(log.logger())))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)

	res, body := post(t, s, "panic")
	var problem struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if res.StatusCode != 500 || problem.Status != 500 || problem.Code != "internal_error" || strings.Contains(body, "CANARY") {
		t.Errorf("the answer is %s with %s", res.Status, body)
	}
	if h := res.Header; h.Get("Content-Type") != "application/problem+json" || h.Get("ETag") != "" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", h)
	}
	got := log.one(t)
	if said, _ := got["err"].(string); got["level"] != "ERROR" || !strings.Contains(said, "CANARY on fire") || !strings.Contains(said, "log_test.go") {
		t.Errorf("the line is %v", got)
	}

	for _, how := range []string{"late", "abort"} { // cut off, so that nobody takes a part for the whole
		if res, err := s.Client().Post(s.URL+"/setup/"+how, "", nil); err == nil {
			text, err := readAll(res)
			if err == nil {
				t.Errorf("%s: a whole answer: %s %q", how, res.Status, text)
			}
		}
	}
	if res, _ := post(t, s, "fine"); res.StatusCode != 200 {
		t.Errorf("after the panics the answer is %s", res.Status)
	}
	s.Close() // what was cut off has its line too
	if n := strings.Count(log.String(), "\n"); n < 4 {
		t.Errorf("the log has %d lines, want one for each request:\n%s", n, &log)
	}
}
