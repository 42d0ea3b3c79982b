package apptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// browser asks as a page of an origin does: what the Fetch standard would let the
// page do and read.
type browser struct {
	s      *Service
	origin string
}

// may reports whether the page may send a request of this method with these headers
// beyond the safelisted ones, as the answer to its preflight says.
func (b browser) may(t *testing.T, path, method string, headers ...string) bool {
	t.Helper()
	slices.Sort(headers)
	a := b.s.Do(t, Request{Method: http.MethodOptions, Path: path, Header: map[string]string{
		"Origin": b.origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": strings.Join(headers, ","),
	}})
	if a.Status < 200 || a.Status > 299 || !b.reads(a) {
		return false
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, method) && !slices.Contains(list(a, "Access-Control-Allow-Methods"), method) {
		return false
	}
	for _, h := range headers {
		if !slices.Contains(list(a, "Access-Control-Allow-Headers"), h) {
			return false
		}
	}
	return true
}

// list is a header that is a list, of header names in lower case.
func list(a Response, name string) []string {
	var all []string
	for each := range strings.SplitSeq(a.Header.Get(name), ",") {
		each = strings.TrimSpace(each)
		if name == "Access-Control-Allow-Headers" {
			each = strings.ToLower(each)
		}
		all = append(all, each)
	}
	return all
}

// reads reports whether the page may read an answer.
func (b browser) reads(a Response) bool {
	allowed := a.Header.Values("Access-Control-Allow-Origin")
	return len(allowed) == 1 && (allowed[0] == "*" || allowed[0] == b.origin)
}

// Case J14: pages of listed origins use the API, pages of others do not, and no
// answer lets cookies cross.
func TestCORS(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("CORS_ORIGINS", "https://app.example.com,http://localhost:5173")})
	p := s.Someone(t)
	for origin, listed := range map[string]bool{
		"https://app.example.com": true, "http://localhost:5173": true, "https://app.example.com.evil.example": false, "https://evil.example": false,
		"http://app.example.com": false, "https://APP.example.com": false, "https://sub.app.example.com": false, "null": false, "*": false,
	} {
		b := browser{s, origin}
		for path, method := range map[string]string{
			"/api/token/": "POST", "/api/protected/": "GET", "/api/v1/me": "PATCH", "/api/v1/users/x": "DELETE", "/api/v1/users/x/password": "PUT",
		} {
			if got := b.may(t, path, method, "authorization", "content-type"); got != listed {
				t.Errorf("%s may %s %s: %v, want %v", origin, method, path, got, listed)
			}
		}
		for _, r := range []Request{
			{Path: "/api/protected/", As: p.Access}, {Path: "/api/protected/"}, {Path: "/api/v1/me", As: p.Access}, {Path: "/api/v1/me"},
			post("/api/token/", fields("username", "x")), {Path: "/nowhere"},
		} {
			r.Header = fields("Origin", origin)
			a := s.Do(t, r)
			if b.reads(a) != listed || a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s reads %s: %v, want %v: %v", origin, r.Path, b.reads(a), listed, a.Header)
			}
			if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s: Vary %q", r.Path, a.Header.Values("Vary"))
			}
		}
		if keys := s.Do(t, Request{Path: "/.well-known/jwks.json", Header: fields("Origin", origin)}); !b.reads(keys) {
			t.Errorf("%s cannot read the public keys", origin)
		}
	}
	if a := s.Do(t, Request{Path: "/api/v1/me", As: p.Access}); a.Status != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without an origin: %d %v", a.Status, a.Header)
	}
	if (browser{s, "https://app.example.com"}).may(t, "/api/v1/me", "PATCH", "x-other") {
		t.Error("any header may be sent")
	}

	none := Start(t, Options{})
	if (browser{none, "https://app.example.com"}).may(t, "/api/token/", "POST", "content-type") {
		t.Error("an origin is let in although none is listed")
	}
}

// Every answer names its request, its problem says the same name, and the log has
// one line of it, which names the route and not the path.
func TestRequestID(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	proxied := Start(t, Options{Config: fields("TRUSTED_PROXIES", "127.0.0.0/8")})
	seen := map[string]bool{}
	for _, r := range []Request{
		{Path: "/api/v1/me?q=canary-query"}, {Path: "/api/v1/users/canary-path"}, {Path: "/canary-nowhere"}, {Path: "/api/protected/"}, {Path: "/healthz"}, {Path: "/api/token"},
	} {
		r.Header = fields("X-Request-Id", "chosen", "X-Forwarded-For", "192.0.2.77", "User-Agent", "canary\u202eagent")
		a := s.Do(t, r)
		id := a.Header.Get("X-Request-Id")
		if id == "" || id == "chosen" || seen[id] {
			t.Errorf("%s: X-Request-Id %q", r.Path, id)
		}
		seen[id] = true
		if inBody := a.Text("request_id"); inBody != "" && inBody != id {
			t.Errorf("%s: the body says %q, the header %q", r.Path, inBody, id)
		}
		if got := proxied.Do(t, r).Header.Get("X-Request-Id"); got != "chosen" {
			t.Errorf("behind a trusted proxy: X-Request-Id %q", got)
		}
	}
	lines := map[string]int{}
	for _, line := range s.Log.Lines() {
		var entry struct {
			Msg, Route, Method, IP string
			Status                 int
			RequestID              string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("not one JSON object a line: %q", line)
		}
		if entry.Msg == "request" {
			lines[entry.RequestID]++
			if entry.Route == "" || entry.Status == 0 || entry.IP != "127.0.0.1" {
				t.Errorf("a line without what happened: %s", line)
			}
		}
	}
	for id := range seen {
		if lines[id] != 1 {
			t.Errorf("request %s has %d lines in the log", id, lines[id])
		}
	}
	if strings.Contains(s.Log.String(), "canary") {
		t.Errorf("the log has a path, a query or a header: %s", s.Log)
	}
	if !strings.Contains(proxied.Log.String(), `"ip":"192.0.2.77"`) {
		t.Error("the trusted proxy's word on the client was not taken")
	}
}

// A request that is under way when the service is told to stop is answered; nobody
// new is.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Register(t, Name(), Password)
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, p.Username, p.Password)
	conn, reader := half(t, s, body)
	s.stop()
	address := strings.TrimPrefix(s.URL, "http://")
	for deadline := time.Now().Add(5 * time.Second); ; {
		other, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = other.Close()
		if time.Now().After(deadline) {
			t.Fatal("the listener is still open")
		}
	}
	if _, err := io.WriteString(conn, body[10:]); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
	s.Stop(t)
}

// half opens a connection and sends a sign-in but for the end of its body. The
// service has begun with it when half returns.
func half(t *testing.T, s *Service, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	if err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} { // the handler reads the body now
		if line, err := answer.ReadString('\n'); err != nil || line != want {
			t.Fatalf("%q, %v", line, err)
		}
	}
	if _, err := io.WriteString(conn, body[:10]); err != nil {
		t.Fatal(err)
	}
	return conn, answer
}

// A client that stalls does not hold the end up for longer than the drain time.
func TestDrain_has_an_end(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("DRAIN_TIMEOUT", "100ms")})
	half(t, s, `{"username":"nobody","password":"nothing"}`)
	began := time.Now()
	s.Stop(t)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if !strings.Contains(s.Log.String(), "requests were cut off") {
		t.Error("nothing was said of the request that was cut off")
	}
}
