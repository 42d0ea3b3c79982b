package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHostAllowed(t *testing.T) {
	t.Parallel()
	list := []string{"127.0.0.1", "localhost", ".Example.com", "[::1]", "Exact.org"}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8000": true, "LOCALHOST:1": true, "localhost.": true, "localhost.:80": true,
		"example.com": true, "a.example.com": true, "a.b.EXAMPLE.com:443": true, "[::1]": true, "[::1]:8000": true, "exact.org": true,
		"": false, ".": false, ":80": false, "evil.example": false, "notexample.com": false, "example.com.evil.example": false,
		"a.exact.org": false, "127.0.0.2": false, "localhost:": false, "localhost:a": false, "a_b/c": false, "local_host": false,
		"localhost:80:80": false, "user@localhost": false, "localhost/x": false, "localhost\n": false, "::1": false, "[::1": false, " localhost": false,
	} {
		if got := HostAllowed(host, list); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
	if !HostAllowed("any.where:1", []string{"*"}) || HostAllowed("a_b", []string{"*"}) || HostAllowed("", []string{"*"}) {
		t.Error("* is not any host, and only hosts")
	}
	if HostAllowed("a.example", []string{""}) {
		t.Error("an empty pattern allows something")
	}
}

func TestAllowedHosts_come_before_the_routes(t *testing.T) {
	t.Parallel()
	reached := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	options := Options{Log: slog.New(slog.DiscardHandler), Timeout: time.Minute, MaxBody: 10, CORSOrigins: []string{"https://a.example"}}
	open := Chain(reached, options)
	options.AllowedHosts = []string{"good.example"}
	bounded := Chain(reached, options)
	for _, c := range []struct {
		handler http.Handler
		method  string
		url     string
		status  int
	}{
		{open, "GET", "http://evil.example/api/token/", 204},
		{bounded, "GET", "http://good.example:8000/api/token/", 204},
		{bounded, "GET", "http://evil.example/api/token/", 400},
		{bounded, "HEAD", "http://evil.example/nowhere", 400},
		{bounded, "OPTIONS", "http://evil.example/api/token/", 400},
		{bounded, "GET", "http://10.0.0.7/healthz", 204},
		{bounded, "GET", "http://10.0.0.7/readyz", 204},
		{bounded, "GET", "http://10.0.0.7/healthz/x", 400},
	} {
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, httptest.NewRequest(c.method, c.url, nil))
		if w.Code != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.url, w.Code, c.status, w.Body)
		}
		if c.status == 400 && c.method == "GET" && !strings.Contains(w.Body.String(), `"code":"host_not_allowed"`) {
			t.Errorf("%s: %s", c.url, w.Body)
		}
	}
}

func FuzzHostAllowed(f *testing.F) {
	f.Add("a.example.com:80", ".example.com")
	f.Add("[::1]:80", "[::1]")
	f.Add("localhost.", "*")
	f.Fuzz(func(t *testing.T, host, pattern string) {
		allowed := HostAllowed(host, []string{pattern})
		if allowed && strings.ContainsAny(host, "/@\\ _\x00\r\n?#") {
			t.Errorf("%q is no host, and allowed", host)
		}
		if allowed != HostAllowed(strings.ToUpper(host), []string{strings.ToUpper(pattern)}) && isASCII(host+pattern) {
			t.Errorf("%q and %q: case counts", host, pattern)
		}
		if allowed && !HostAllowed(host, []string{"*"}) {
			t.Errorf("%q is allowed by %q and not by *", host, pattern)
		}
	})
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > 127 }) < 0
}
