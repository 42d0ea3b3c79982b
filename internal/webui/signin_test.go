package webui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/webui"
)

func credentials(p apptest.Person) url.Values {
	return url.Values{"username": {p.Username}, "password": {p.Password}}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann, root := s.Register(t, apptest.Name(), plain), s.Superuser(t)
	v := newVisitor(t, s)
	v.says("the form", v.get("/account/sign-in"), 200, "Sign in", `name="password" type="password"`, "Register")
	wrong := v.post("/account/sign-in", url.Values{"username": {ann.Username}, "password": {"Wr0ng-pass-1"}})
	v.says("a wrong password", wrong, 401, "No active account has this username and password.", `value="`+ann.Username+`"`)
	if strings.Contains(wrong.body, "Wr0ng-pass-1") || len(v.cookies) != 0 {
		t.Error("the password comes back, or a cookie was set")
	}
	v.says("nobody", v.post("/account/sign-in", url.Values{"username": {"nobody"}, "password": {plain}}), 401, "No active account has")
	page := v.goes("the right password", v.post("/account/sign-in", credentials(ann)), "/account/")
	v.says("the account", page, 200, ann.Username, "this device")
	if strings.Contains(page.body, "/admin/") {
		t.Error("the page of who is not staff leads to the admin site")
	}
	v.goes("the sign-in of who is signed in", v.get("/account/sign-in?next=/account/?x=1"), "/account/?x=1")
	v = newVisitor(t, s)
	v.says("the dashboard", v.goes("staff", v.post("/admin/sign-in", credentials(root)), "/admin/"), 200, "Dashboard", "Signing keys")
	v.says("the account of staff", v.get("/account/"), 200, `href="/admin/"`)
}

// Cases H14 and H21: only staff gets into the admin site, and is told so after the
// password alone. Taking the flag away bites on the next request.
func TestSignIn_staff_only(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann, bob := s.Register(t, apptest.Name(), plain), staff(t, s)
	v := newVisitor(t, s)
	v.says("the right password", v.post("/admin/sign-in", credentials(ann)), 403, "This account may not use the admin site.")
	v.says("a wrong one", v.post("/admin/sign-in", url.Values{"username": {ann.Username}, "password": {"wrong"}}), 401, "No active account has")
	if len(v.cookies) != 0 || len(s.Events(t, event.Filter{Action: event.SessionStarted, Actor: ident.UserID(ann.ID)})) != 0 {
		t.Error("somebody who is not staff has a session")
	}
	v.signIn("account", ann)
	for _, path := range []string{"/admin/", "/admin/nothing", "/admin/users"} {
		v.says(path, v.get(path), 403, "This account may not use the admin site.", "/admin/sign-in")
	}
	v.says("the form says who it is", v.get("/admin/sign-in"), 200, "You are signed in as", ann.Username)

	v = newVisitor(t, s).signIn("admin", bob)
	v.says("staff without a permission", v.get("/admin/"), 200, "hold no permission to see anything here yet")
	_, err := s.App.Accounts.Update(t.Context(), access.Command("test"), ident.UserID(bob.ID), accountChange(false))
	must(t, err)
	v.says("the flag is gone", v.get("/admin/"), 403, "This account may not use the admin site.")
	if !v.in() {
		t.Error("the session ended with the flag")
	}
}

// Cases J10 and J18: a sign-in makes a session and a cookie of its own, whatever the
// browser had before, and ends what it had.
func TestSignIn_fixation(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	mallory, ann := s.Register(t, apptest.Name(), plain), s.Register(t, apptest.Name(), plain)
	planted := newVisitor(t, s).signIn("account", mallory)
	victim := planted.copied()
	before := victim.cookies[localCookie]
	v := victim.post("/account/sign-in", credentials(ann))
	victim.goes("the victim's sign-in", v, "/account/")
	if victim.cookies[localCookie] == before {
		t.Fatal("the sign-in kept the cookie")
	}
	victim.says("the victim", victim.get("/account/"), 200, ann.Username)
	if planted.in() {
		t.Error("the session that the browser had lives on")
	}
	garbage := newVisitor(t, s)
	garbage.cookies[localCookie] = "01a2094f-8bf6-7bab-81a7-935fb846babb.1.AAAA"
	garbage.signIn("account", ann)
	if c := garbage.cookies[localCookie]; strings.HasPrefix(c, "01a2094f-8bf6-7bab-81a7-935fb846babb") {
		t.Error("the sign-in took the session's id from the cookie")
	}
	if again := newVisitor(t, s).signIn("account", ann).cookies[localCookie]; again == garbage.cookies[localCookie] {
		t.Error("two sign-ins have one cookie")
	}
}

// Case J20: idle for half an hour, or twelve hours old, and it is over; the page that
// was asked for comes after the sign-in.
func TestSignIn_expiry(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := s.Register(t, apptest.Name(), plain)
	v := newVisitor(t, s).signIn("account", ann)
	s.Advance(t, 29*time.Minute)
	if !v.in() {
		t.Fatal("29 minutes without a request end the session")
	}
	s.Advance(t, 31*time.Minute)
	away := v.copied()
	if v.in() {
		t.Error("31 minutes without a request leave the session")
	}
	if _, kept := v.cookies[localCookie]; kept {
		t.Error("the cookie of a session that is over is kept")
	}
	if a := away.post("/account/profile", url.Values{"first_name": {"x"}}); a.status != 303 || a.location != "/account/sign-in" {
		t.Errorf("a form after the end: %d %s", a.status, a.location)
	}
	away.says("the sign-in", away.get("/account/sign-in"), 200, "You were signed out, and nothing was changed.")
	v.signIn("account", ann)
	for range 12*60/20 - 1 {
		s.Advance(t, 20*time.Minute)
		if !v.in() {
			t.Fatal("a session that is used ends before its time")
		}
	}
	s.Advance(t, 20*time.Minute)
	if v.in() {
		t.Error("twelve hours leave the session")
	}
}

// Must hold 7, case J20: whatever ends a session, on whatever surface, ends it on the
// next request.
func TestSignIn_revoked(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	for name, end := range map[string]func(v *visitor, p apptest.Person) error{
		"sign-out": func(v *visitor, _ apptest.Person) error { v.copied().post("/account/sign-out", nil); return nil },
		"sign-out everywhere, by a token": func(_ *visitor, p apptest.Person) error {
			s.Do(t, apptest.Request{Method: "POST", Path: "/api/v1/logout/all", As: s.SignIn(t, p).Access}).Must(t, http.StatusNoContent)
			return nil
		},
		"sign-out everywhere, by another browser": func(_ *visitor, p apptest.Person) error {
			newVisitor(t, s).signIn("account", p).post("/account/sign-out-everywhere", nil)
			return nil
		},
		"an administrator": func(_ *visitor, p apptest.Person) error {
			return s.App.Sessions.EndAll(t.Context(), root, ident.UserID(p.ID))
		},
		"a new password": func(_ *visitor, p apptest.Person) error {
			return s.App.Accounts.SetPassword(t.Context(), root, ident.UserID(p.ID), secret.New("Another-pass-42"))
		},
		"disabling": func(_ *visitor, p apptest.Person) error {
			return s.App.Accounts.Disable(t.Context(), root, ident.UserID(p.ID))
		},
		"deleting": func(_ *visitor, p apptest.Person) error {
			return s.App.Accounts.Delete(t.Context(), root, ident.UserID(p.ID))
		},
	} {
		p := s.Register(t, apptest.Name(), plain)
		v := newVisitor(t, s).signIn("account", p)
		if !v.in() {
			t.Fatalf("%s: not signed in before", name)
		}
		must(t, end(v, p))
		if v.in() {
			t.Errorf("%s leaves the browser signed in", name)
		}
	}
}

// What a browser holds is no token, and a token is no cookie (D01).
func TestSignIn_cookie_is_no_token(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Someone(t)
	v := newVisitor(t, s).signIn("account", p)
	raw := v.cookies[localCookie]
	if got := s.Do(t, apptest.Request{Path: "/api/v1/me", As: raw}).Status; got != 401 {
		t.Errorf("the cookie as a token: %d", got)
	}
	if got := s.Refresh(t, raw).Status; got != 401 {
		t.Errorf("the cookie as a refresh token: %d", got)
	}
	if got := s.Do(t, apptest.Request{Path: "/api/v1/me", Header: map[string]string{"Cookie": localCookie + "=" + raw}}).Status; got != 401 {
		t.Errorf("the API takes the cookie: %d", got)
	}
	for _, token := range []string{p.Access, p.Refresh} {
		v.cookies[localCookie] = token
		if v.in() {
			t.Error("a token is a cookie")
		}
	}
	v.cookies = map[string]string{}
	if a := v.do("GET", "/account/", nil, map[string]string{"Authorization": "Bearer " + p.Access}); a.status != http.StatusSeeOther {
		t.Errorf("a page takes a token: %d", a.status)
	}
}

// A password that was given out is changed first, with the page for it.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Register(t, apptest.Name(), plain)
	_, err := s.SQL(t).ExecContext(t.Context(), "UPDATE users SET password_must_change = 1 WHERE id = '"+p.ID+"'")
	must(t, err)
	v := newVisitor(t, s)
	page := v.goes("the sign-in", v.post("/account/sign-in", credentials(p)), "/account/new-password")
	v.says("the page", page, 200, "You were given this password", "Choose a new password")
	form := url.Values{"username": {p.Username}, "password": {plain}, "new_password": {"Another-pass-42"}, "password_again": {"Another"}}
	v.says("not the same", v.post("/account/new-password", form), 400, "The two passwords are not the same.")
	form.Set("password_again", "Another-pass-42")
	form.Set("password", "wrong")
	v.says("a wrong password", v.post("/account/new-password", form), 401, "No active account")
	form.Set("password", plain)
	v.says("the account", v.goes("the right one", v.post("/account/new-password", form), "/account/"), 200, "Your password is changed.")
}

// Case J05: the sign-in leads to a page of ours or to the start.
func TestSignIn_next(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := s.Superuser(t)
	v := newVisitor(t, s)
	v.goes("the page that was asked for", v.get("/admin/nothing?a=b&c=%2Fd"), "/admin/sign-in?next="+url.QueryEscape("/admin/nothing?a=b&c=%2Fd"))
	v.says("it", v.goes("after the sign-in", v.post("/admin/sign-in?next="+url.QueryEscape("/admin/nothing?a=b"), credentials(root)), "/admin/nothing?a=b"), 404)
	for _, next := range foreign {
		at := "/admin/sign-in?next=" + url.QueryEscape(next)
		if a := newVisitor(t, s).post(at, credentials(root)); a.status != 303 || a.location != "/admin/" {
			t.Errorf("next=%q leads to %d %q", next, a.status, a.location)
		}
		if a := v.get(at); a.location != "/admin/" {
			t.Errorf("next=%q leads who is signed in to %q", next, a.location)
		}
	}
}

// foreign are addresses that lead elsewhere, or look as if they did not.
var foreign = []string{
	"https://evil.example/admin/", "//evil.example/admin/", "///evil.example/admin/", `/\evil.example/admin/`, `\\evil.example`, "/admin/../../evil",
	"/%2Fevil.example/admin/", "/%5Cevil.example", "javascript:alert(1)", "data:text/html,x", "\t//evil.example", " /admin/", "/admin/\r\nSet-Cookie: a=b",
	"http:/admin/", "http:admin/", "admin/", "?x", "#x", "/admin/#//evil", "/", "/api/v1/me", "/adminx/", "/account", "/setup/x", "/admin//evil.example",
	"/admin/./x", "/admin/sign-in", "/account/sign-in?next=/", "/admin/\x00", "/admin/é", "/admin/%zz", "/admin/" + strings.Repeat("x", 2000), "@evil.example",
}

func FuzzNext(f *testing.F) {
	f.Add("/admin/users?search=a%20b")
	for _, each := range foreign {
		f.Add(each)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		got := webui.NextOf(asked)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/admin/") && !strings.HasPrefix(got, "/account/") {
			t.Errorf("%q leads to %q", asked, got)
		}
		if strings.ContainsAny(got, "\\\r\n\t ") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/../") {
			t.Errorf("%q leads to %q", asked, got)
		}
		if again := webui.NextOf(got); again != got {
			t.Errorf("%q leads to %q, and that to %q", asked, got, again)
		}
	})
}
