package webui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
)

// resetPath makes a reset link and returns its path.
func resetPath(t *testing.T, s *apptest.Service, of string) string {
	t.Helper()
	made, err := s.App.Accounts.MakeResetLink(t.Context(), access.Command("test"), ident.UserID(of))
	must(t, err)
	path, ours := strings.CutPrefix(made.URL.Reveal(), s.App.Accounts.PublicURL)
	if !ours {
		t.Fatalf("the link leads elsewhere: %s", made.URL.Reveal())
	}
	return path
}

func resetForm(password string) url.Values {
	return url.Values{"password": {password}, "password_again": {password}}
}

const newPassword = "Another-pass-42"

// What opens a link, a mail scanner too, changes nothing; the form sets the password,
// signs every device out, and works once.
func TestReset(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Someone(t)
	device := newVisitor(t, s).signIn("account", p)
	path := resetPath(t, s, p.ID)
	v := newVisitor(t, s)
	for _, method := range []string{"GET", "HEAD", "GET"} {
		a := v.do(method, path, nil, nil)
		if a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: Referrer-Policy is %q", method, a.header.Get("Referrer-Policy"))
		}
		if method == "GET" {
			v.says("the form", a, 200, "Choose a new password", p.Username, `name="password_again"`)
		}
		if strings.Contains(a.body, strings.TrimPrefix(path, account.ResetPath)) {
			t.Error("the page says the link")
		}
	}
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"not the same": {url.Values{"password": {newPassword}, "password_again": {"x"}}, "The two passwords are not the same."},
		"too common":   {resetForm("password1"), "This password is too common."},
		"nothing":      {url.Values{}, "This password is too short."},
	} {
		v.says(name, v.post(path, c.form), 400, c.says, "Choose a new password")
	}
	if !device.in() {
		t.Error("a form with problems ended the session")
	}
	v.says("the sign-in", v.goes("the reset", v.post(path, resetForm(newPassword)), "/account/sign-in"), 200, "Your password is set")
	if device.in() || v.in() {
		t.Error("a session lives, or was started")
	}
	for what, a := range map[string]got{"GET": v.get(path), "POST": v.post(path, resetForm("Th1rd-pass-44"))} {
		v.says(what+" of a used link", a, 404, "This link does not work")
	}
	v.signIn("account", apptest.Person{Username: p.Username, Password: newPassword})
	if log := s.Log.String(); strings.Contains(log, strings.TrimPrefix(path, account.ResetPath)) || !strings.Contains(log, `"route":"POST /account/reset/{token}"`) {
		t.Error("the log says the link, or has no line of it")
	}
}

// Wrong, used, expired, replaced and void links get one answer, whatever is sent.
func TestReset_dead_links_look_the_same(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s)
	paths := map[string]string{"wrong": account.ResetPath + "nothing", "no text": account.ResetPath + "%ff", "long": account.ResetPath + strings.Repeat("x", 5000)}
	expired := resetPath(t, s, s.Someone(t).ID)
	s.Advance(t, account.ResetLifetime)
	paths["expired"] = expired
	p := s.Someone(t)
	paths["replaced"] = resetPath(t, s, p.ID)
	paths["used"] = resetPath(t, s, p.ID)
	newVisitor(t, s).post(paths["used"], resetForm(newPassword))
	off := s.Someone(t)
	paths["of a disabled account"] = resetPath(t, s, off.ID)
	must(t, s.App.Accounts.Disable(t.Context(), access.Command("test"), ident.UserID(off.ID)))
	want := map[string]string{}
	for name, path := range paths {
		for _, c := range []struct {
			method string
			form   url.Values
		}{{"GET", nil}, {"POST", resetForm("Th1rd-pass-44")}, {"POST", url.Values{"password": {"a"}}}} {
			a := v.do(c.method, path, c.form, nil)
			if want[c.method] == "" {
				want[c.method] = a.body
			}
			v.says(name, a, 404, account.ErrResetLink.Public)
			if a.body != want[c.method] || a.header.Get("Referrer-Policy") != "no-referrer" || strings.Contains(a.body, "<form") {
				t.Errorf("%s %s is answered otherwise: %s", c.method, name, a.body)
			}
		}
	}
}

// Cases J07 to J09: a form that another site posts is refused. What says nothing of
// where it comes from is let through: the link itself is the protection.
func TestReset_cross_site(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	for name, c := range map[string]struct {
		site, origin string
		want         int
	}{
		"cross-site":            {"cross-site", "https://evil.example", 403},
		"cross-site, null":      {"cross-site", "null", 403},
		"same-site":             {"same-site", "https://other.example.com", 403},
		"another origin":        {"", "https://evil.example", 403},
		"our page":              {"same-origin", "null", 303},
		"our page, old browser": {"", "null", 303},
	} {
		v := newVisitor(t, s)
		path := resetPath(t, s, s.Someone(t).ID)
		a := v.do("POST", path, resetForm(newPassword), map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin})
		if a.status != c.want || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
}

// Tries count with those of the sign-in, and a client that has too many waits.
func TestReset_throttle(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{Config: map[string]string{"THROTTLE": "3/min"}})
	v := newVisitor(t, s)
	path := resetPath(t, s, staff(t, s).ID) // who is made without a request
	for range 3 {
		v.says("a try", v.post(account.ResetPath+"wrong", resetForm(newPassword)), 404)
	}
	a := v.post(path, resetForm(newPassword))
	v.says("one too many", a, http.StatusTooManyRequests)
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.Advance(t, time.Minute)
	v.goes("later", v.post(path, resetForm(newPassword)), "/account/sign-in")
}

// On plain HTTP over a network no password is taken.
func TestReset_plain_http(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s)
	path := resetPath(t, s, s.Someone(t).ID)
	v.host = "auth.example.com"
	v.says("the page", v.get(path), 200, "over plain HTTP")
	a := v.post(path, resetForm(newPassword))
	v.says("the form", a, 403, "over plain HTTP")
	v.host = ""
	v.says("the link", v.get(path), 200, "Set password")
}

func TestChromium_reset(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	p := s.Someone(t)
	path := resetPath(t, s, p.ID)
	b.show("light", 390, 900)
	b.open(s.URL + path)
	b.focused("password")
	b.typed("password1")
	b.tab("password_again")
	b.typed("password1")
	b.loaded(b.enter)
	b.here("reset-problem-light-390", 390)
	b.show("dark", 1280, 900)
	b.fill("password", newPassword)
	b.fill("password_again", newPassword)
	b.loaded(b.enter)
	b.heading("Sign in")
	b.flashed("Your password is set, and every device is signed out. Sign in with the new one.")
	b.here("reset-done-dark-1280", 1280)
	b.open(s.URL + path)
	b.heading("This link does not work")
	b.signIn(s.URL, "account", apptest.Person{Username: p.Username, Password: newPassword})
}
