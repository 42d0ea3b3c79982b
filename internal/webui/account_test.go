package webui_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/webui"
)

func TestProfile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Register(t, apptest.Name(), plain)
	v := newVisitor(t, s).signIn("account", p)
	// Case H08: other fields are not looked at.
	form := url.Values{
		"first_name": {"Ann"}, "last_name": {"Lee"}, "email": {"ann@example.org"}, "username": {"root"}, "is_staff": {"true"}, "is_superuser": {"on"},
		"id": {"1"}, "user_id": {"1"}, "roles": {"admin"}, "password": {"x"},
	}
	v.says("saved", v.goes("the form", v.post("/account/profile", form), "/account/"), 200, "Your profile is saved.", `value="Ann"`, `value="Lee"`)
	u, err := s.App.Accounts.User(t.Context(), access.Command("test"), ident.UserID(p.ID))
	must(t, err)
	if u.FirstName != "Ann" || u.LastName != "Lee" || u.Email != "ann@example.org" || u.Username != p.Username || u.Staff || u.Superuser {
		t.Errorf("the account is %+v", u)
	}
	v.says("the message is shown once", v.get("/account/"), 200)
	if strings.Contains(v.get("/account/").body, "Your profile is saved.") {
		t.Error("the message is shown twice")
	}
	form.Set("email", "nowhere")
	form.Set("first_name", `"><script>alert(1)</script>`)
	a := v.post("/account/profile", form)
	v.says("a bad address", a, 400, `aria-describedby="email-problem"`, "Enter a valid email address.", `value="nowhere"`)
	if strings.Contains(a.body, "<script>") {
		t.Error("what was typed is markup")
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Someone(t)
	v, other := newVisitor(t, s).signIn("account", p), newVisitor(t, s).signIn("account", p)
	before := v.cookies[localCookie]
	form := url.Values{"current_password": {"wrong"}, "new_password": {"Another-pass-42"}, "password_again": {"Another-pass-42"}}
	v.says("a wrong password", v.post("/account/password", form), 400, "The current password is not right.", `aria-describedby="current_password-problem"`)
	form.Set("current_password", plain)
	form.Set("password_again", "x")
	v.says("not the same", v.post("/account/password", form), 400, "The two passwords are not the same.")
	form.Set("new_password", "123456")
	form.Set("password_again", "123456")
	v.says("a bad one", v.post("/account/password", form), 400, "This password is too common.")
	form.Set("new_password", "Another-pass-42")
	form.Set("password_again", "Another-pass-42")
	v.says("changed", v.goes("the form", v.post("/account/password", form), "/account/"), 200, "every other device is signed out")
	if v.cookies[localCookie] == before {
		t.Error("the cookie is the old one")
	}
	if other.in() || s.Refresh(t, p.Refresh).Status == 200 {
		t.Error("another device is still signed in")
	}
	p.Password = "Another-pass-42"
	newVisitor(t, s).signIn("account", p)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann, bob := s.Register(t, apptest.Name(), plain), s.Register(t, apptest.Name(), plain)
	v, phone, bobs := newVisitor(t, s).signIn("account", ann), newVisitor(t, s).signIn("account", ann), newVisitor(t, s).signIn("account", bob)
	page := v.get("/account/").body
	ends := endPath.FindAllString(page, -1)
	if len(ends) != 2 || strings.Count(page, "this device</span>") != 1 || !strings.Contains(ends[0], strings.Split(v.cookies[localCookie], ".")[0]) {
		t.Fatalf("the sessions are %v: %s", ends, page)
	}
	// Case H20: somebody else's session is none.
	foreign := endPath.FindString(bobs.get("/account/").body)
	v.says("another person's", v.post(foreign, nil), 404, "There is no such session.")
	v.says("none", v.post("/account/sessions/nothing/end", nil), 404, "There is no such session.")
	if !bobs.in() {
		t.Error("it ended")
	}
	v.says("the telephone", v.goes("its button", v.post(ends[1], nil), "/account/"), 200, "That device is signed out.")
	if phone.in() || !v.in() {
		t.Error("not that device")
	}
	v.says("this device", v.goes("its button", v.post(ends[0], nil), "/account/sign-in"), 200, "You are signed out.")
	if v.in() {
		t.Error("this device is signed in")
	}
	v.signIn("account", ann)
	phone.signIn("account", ann)
	v.says("everywhere", v.goes("the button", v.post("/account/sign-out-everywhere", nil), "/account/sign-in"), 200, "You are signed out on every device.")
	if v.in() || phone.in() || !bobs.in() {
		t.Error("everywhere is not there")
	}
	v.goes("signing out twice", v.post("/account/sign-out", nil), "/account/sign-in")
}

// Case L16: the list goes on where it ended, and nowhere else.
func TestSessions_pages(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := s.Register(t, apptest.Name(), plain)
	v := newVisitor(t, s).signIn("account", ann)
	for range 25 {
		s.SignIn(t, ann)
	}
	seen := map[string]bool{}
	pages := 0
	for at := "/account/"; at != ""; pages++ {
		body := v.get(at).body
		for _, each := range endPath.FindAllString(body, -1) {
			seen[each] = true
		}
		_, rest, _ := strings.Cut(body, `<li class="more"><a href="`)
		at, _, _ = strings.Cut(rest, `"`)
		at = html.UnescapeString(at)
		if pages > 5 {
			t.Fatal("the list has no end")
		}
	}
	if len(seen) != 26 || pages != 3 {
		t.Errorf("%d sessions on %d pages, want 26 on 3", len(seen), pages)
	}
	for _, forged := range []string{"x", "AAAA", strings.Repeat("A", 100), "%00", "' OR 1=1"} {
		v.says("a forged cursor", v.get("/account/?after="+url.QueryEscape(forged)), 400, "This cursor does not belong to a list")
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s)
	v.says("the form", v.get("/account/register"), 200, "Register", "Password, once more")
	form := url.Values{"username": {"ann"}, "email": {""}, "password": {plain}, "password_again": {"x"}, "is_staff": {"true"}, "is_superuser": {"true"}}
	v.says("not the same", v.post("/account/register", form), 400, "The two passwords are not the same.", `value="ann"`)
	form.Set("password_again", plain)
	form.Set("email", "nowhere")
	v.says("a bad address", v.post("/account/register", form), 400, "Enter a valid email address.")
	form.Set("email", "ann@example.org")
	v.says("registered", v.goes("the form", v.post("/account/register", form), "/account/"), 200, "Welcome. Your account is ready.", "ann")
	v.says("case H06: no flag comes of it", v.get("/admin/"), 403)
	v.goes("who is signed in", v.get("/account/register"), "/account/")
	taken := newVisitor(t, s)
	taken.says("a name that is taken", taken.post("/account/register", form), 409, "A user with that username already exists.", `aria-describedby="username-problem"`)

	closed := newVisitor(t, apptest.Start(t, apptest.Options{Config: map[string]string{"REGISTRATION": "closed"}}))
	closed.says("closed", closed.get("/account/register"), 403, "Registration is closed.")
	closed.says("closed", closed.post("/account/register", form), 403, "Registration is closed.")
	if strings.Contains(closed.get("/account/sign-in").body, "/account/register") {
		t.Error("the sign-in leads to a registration that is closed")
	}
	if n := len(closed.s.Events(t, event.Filter{Action: event.UserRegistered})); n != 0 {
		t.Error("somebody registered")
	}
}

func TestDeviceName(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                 "Chrome on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1":   "Safari on iPhone",
		"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0":                                                  "Firefox on Android",
		"curl/8.5.0": "curl", "": "Unknown device", "<script>": "Unknown device", "SomethingForLinux": "Linux",
	} {
		if got := webui.DeviceName(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
