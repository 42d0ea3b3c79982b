package webui_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// Case J18: behind HTTPS the cookies have the prefix __Host- and everything that it
// wants; on the loopback another name; small; and nothing of them is in a page.
func TestCookies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config map[string]string
		host   string
		secure bool
	}{
		"behind a proxy with HTTPS":          {map[string]string{"PUBLIC_URL": "https://id.example.org"}, "id.example.org", true},
		"behind one that rewrites the host":  {map[string]string{"PUBLIC_URL": "https://id.example.org"}, "127.0.0.1:8000", true},
		"on the loopback":                    {nil, "", false},
		"on the loopback, by name":           {nil, "localhost:8000", false},
		"on the loopback, by another name":   {nil, "auth.localhost", false},
		"on the loopback, by the newer kind": {nil, "[::1]:8000", false},
	} {
		s := apptest.Start(t, apptest.Options{Config: c.config})
		p := s.Superuser(t)
		v := newVisitor(t, s)
		v.host = c.host
		want := localCookie
		if c.secure {
			want = secureCookie
		}
		check := func(what, want string) string {
			t.Helper()
			for _, found := range v.set {
				if found.Name != want {
					continue
				}
				if found.Secure != c.secure || !found.HttpOnly || found.SameSite != http.SameSiteStrictMode || found.Path != "/" || found.Domain != "" {
					t.Errorf("%s: %s is %s", name, what, found)
				}
				if len(found.String()) > 1024 {
					t.Errorf("%s: %s has %d bytes", name, what, len(found.String()))
				}
				return found.Value
			}
			t.Fatalf("%s: %s is not set: %v", name, what, v.set)
			return ""
		}
		v.signIn("admin", p)
		value := check("the session's cookie", want)
		for _, path := range []string{"/admin/", "/account/"} {
			if a := v.get(path); a.status != 200 || strings.Contains(a.body, value) || strings.Contains(a.body, strings.Split(value, ".")[2]) {
				t.Errorf("%s: %s answers %d, or has the cookie in it", name, path, a.status)
			}
		}
		v.post("/account/profile", map[string][]string{"first_name": {"x"}})
		check("the message's cookie", want+"-said")
		v.get("/account/")
		if _, kept := v.cookies[want+"-said"]; kept {
			t.Errorf("%s: the message is kept", name)
		}
		v.post("/account/sign-out", nil)
		check("the cookie that goes", want)
		if log := s.Log.String(); strings.Contains(log, value) || strings.Contains(log, strings.Split(value, ".")[2]) {
			t.Errorf("%s: the log has the cookie", name)
		}
		s.Stop(t)
	}
}

// Two cookies of a name are none: one of them was planted from another host.
func TestCookies_twice(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("account", s.Someone(t))
	good := v.cookies[localCookie]
	v.cookies = map[string]string{}
	for what, header := range map[string]string{
		"two": localCookie + "=" + good + "; " + localCookie + "=x", "twice the same": localCookie + "=" + good + "; " + localCookie + "=" + good,
		"the name of the other kind": secureCookie + "=" + good,
	} {
		if a := v.do("GET", "/account/", nil, map[string]string{"Cookie": header}); a.status != http.StatusSeeOther {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	if a := v.do("GET", "/account/", nil, map[string]string{"Cookie": localCookie + "=" + good}); a.status != http.StatusOK {
		t.Errorf("one: %d", a.status)
	}
}

// On plain HTTP over a network nobody signs in, and a cookie counts for nothing; the
// page says why. Behind HTTPS the browser's own word is taken for how it came.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	loopback := newVisitor(t, s).signIn("admin", p)
	v := loopback.copied()
	for _, host := range []string{"id.example.org", "192.0.2.7:8000", "localhost.example.org", "127.0.0.1.example.org", ""} {
		if v.host = host; host == "" {
			continue
		}
		for _, path := range []string{"/account/sign-in", "/admin/sign-in", "/account/register", "/account/new-password"} {
			a := v.get(path)
			v.says(host+path, a, 200, "http://"+host, "over plain HTTP", "COUNTERSIGN_TLS_CERT")
			if strings.Contains(a.body, "<form") {
				t.Errorf("%s%s has a form", host, path)
			}
			form := credentials(p)
			form.Set("new_password", "Another-pass-42")
			form.Set("password_again", p.Password)
			v.says("POST "+host+path, v.post(path, form), 403, "over plain HTTP")
		}
		if a := v.get("/admin/"); a.status != http.StatusSeeOther || len(v.set) != 0 {
			t.Errorf("%s: a cookie counts over plain HTTP: %d, sets %v", host, a.status, v.set)
		}
	}
	if a := loopback.get("/admin/"); a.status != 200 {
		t.Errorf("the session on the loopback: %d", a.status)
	}

	s = apptest.Start(t, apptest.Options{Config: map[string]string{"PUBLIC_URL": "https://id.example.org"}})
	v = newVisitor(t, s)
	p = s.Superuser(t)
	v.host = "192.0.2.7"
	a := v.do("POST", "/admin/sign-in", credentials(p), map[string]string{"Origin": "http://192.0.2.7", "Sec-Fetch-Site": ""})
	v.says("around the proxy", a, 403, "over plain HTTP", `href="https://id.example.org"`)
	if len(v.cookies) != 0 {
		t.Error("a cookie was set that the browser throws away")
	}
}
