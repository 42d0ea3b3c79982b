package webui_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/internal/webui"
)

// newSite is a site of its own over the use cases of a service.
func newSite(t *testing.T, s *apptest.Service) (*webui.Site, *http.ServeMux) {
	t.Helper()
	root, err := secret.NewRoot([]byte(strings.Repeat("r", 32)))
	must(t, err)
	site := &webui.Site{
		Setup: s.App.Accounts, Accounts: s.App.Accounts, Browsers: s.App.Browsers, Dashboard: s.App.Dashboard, Keys: s.App.Keys,
		Sessions: s.App.Sessions, SignIn: s.App.SignIn, Root: root, Cursors: page.NewCursors(make([]byte, 32)), Now: s.Now, PublicURL: s.URL,
	}
	mux := http.NewServeMux()
	must(t, site.Register(mux))
	return site, mux
}

// dangerous is a browser at a site with a route that wants a fresh password, and the
// forms that were done.
func dangerous(t *testing.T) (*visitor, apptest.Person, *[]url.Values) {
	t.Helper()
	s := apptest.Start(t, apptest.Options{})
	site, mux := newSite(t, s)
	var done []url.Values
	mux.Handle("POST /admin/dangerous/{id}", site.Dangerous(func(form url.Values) { done = append(done, form) }))
	server := httptest.NewServer(web.Chain(mux, web.Options{Log: slog.New(slog.DiscardHandler), Timeout: time.Minute, MaxBody: 64 << 10}))
	t.Cleanup(server.Close)
	p := s.Superuser(t)
	v := newVisitor(t, s)
	v.at = server.URL
	return v.signIn("admin", p), p, &done
}

// Case J20: a dangerous action wants a password that is not older than five minutes,
// and goes on with the form that was sent.
func TestConfirm(t *testing.T) {
	t.Parallel()
	v, p, done := dangerous(t)
	at := "/admin/dangerous/" + ident.New() + "?x=1"
	form := url.Values{"b": {"2"}, "a": {`"><b>1`, "3"}}
	v.goes("right after the sign-in", v.post(at, form), "/admin/")
	v.s.Advance(t, 5*time.Minute-2*time.Second)
	v.goes("almost five minutes later", v.post(at, form), "/admin/")
	v.s.Advance(t, 3*time.Second)
	if len(*done) != 2 {
		t.Fatalf("%d actions are done, want 2", len(*done))
	}
	a := v.post(at, form)
	v.says("after five minutes", a, 403, "Confirm that it is you", "Password of "+p.Username, `action="`+at+`"`, `name="b" value="2"`)
	if len(*done) != 2 || strings.Contains(a.body, "<b>1") {
		t.Errorf("the action is done without a password, or its form is markup: %s", a.body)
	}
	with := func(password string) url.Values {
		again := url.Values{"confirm_password": {password}}
		maps.Copy(again, form)
		return again
	}
	a = v.post(at, with("Wr0ng-pass-1"))
	v.says("a wrong password", a, 403, "That is not your password.", `name="b" value="2"`)
	if strings.Contains(a.body, "Wr0ng-pass-1") || len(*done) != 2 {
		t.Error("the password comes back, or does it")
	}
	v.says("no password", v.post(at, with("")), 403, "That is not your password.")
	if n := len(v.s.Events(t, event.Filter{Action: event.SignInFailed})); n != 2 {
		t.Errorf("%d failures are recorded, want 2", n)
	}
	stolen := v.copied()
	v.says("the message, and its undo", v.goes("the right password", v.post(at, with(p.Password)), "/admin/"), 200,
		"It is done.", `action="/admin/undo"`, "Undo it")
	if len(*done) != 3 || (*done)[2].Has("confirm_password") || (*done)[2].Encode() != form.Encode() {
		t.Errorf("what is done is %v", *done)
	}
	v.goes("the next one is not asked for", v.post(at, form), "/admin/")
	v.says("a copy of the cookie from before is", stolen.post(at, form), 403, "Confirm that it is you")
	if n := len(v.s.Events(t, event.Filter{Action: event.SessionStarted, Actor: ident.UserID(p.ID)})); n != 2 {
		t.Errorf("%d sessions, want that of the kit and that of the browser", n)
	}
}

// The time of the proof is part of what the cookie's MAC is over.
func TestConfirm_forged_time(t *testing.T) {
	t.Parallel()
	v, _, done := dangerous(t)
	v.s.Advance(t, 6*time.Minute)
	parts := strings.Split(v.cookies[localCookie], ".")
	v.cookies[localCookie] = parts[0] + "." + strconv.FormatInt(v.s.Now().UnixMilli(), 10) + "." + parts[2]
	if a := v.post("/admin/dangerous/x", url.Values{"a": {"1"}}); a.status != 303 || a.location != "/admin/sign-in" || len(*done) != 0 {
		t.Errorf("a cookie with another time: %d %s, done %v", a.status, a.location, *done)
	}
}

// A fresh password is no permission.
func TestConfirm_after_the_rights(t *testing.T) {
	t.Parallel()
	v, p, done := dangerous(t)
	v.s.Advance(t, 6*time.Minute)
	u, err := v.s.App.Accounts.UserByName(t.Context(), access.Command("test"), p.Username)
	must(t, err)
	v.s.Superuser(t) // another one, so that this one may go
	_, err = v.s.App.Accounts.Update(t.Context(), access.Command("test"), u.ID, accountChange(false))
	must(t, err)
	v.says("without the flag", v.post("/admin/dangerous/x", url.Values{"confirm_password": {p.Password}}), 403, "may not use the admin site")
	if len(*done) != 0 {
		t.Error("it is done")
	}
}

// What a page says in our name is said by us: a message that is not signed, or is old,
// is not shown.
func TestFlash_forged(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("account", s.Someone(t))
	v.post("/account/profile", url.Values{"first_name": {"x"}})
	name := localCookie + "-said"
	good := v.cookies[name]
	shown := func(value string) bool {
		t.Helper()
		other := v.copied()
		other.cookies[name] = value
		a := other.get("/account/")
		other.says("the page", a, 200)
		return strings.Contains(a.body, `class="flash"`)
	}
	if good == "" || !shown(good) {
		t.Fatalf("the message %q is not shown", good)
	}
	body, mac, _ := strings.Cut(good, ".")
	for _, bad := range []string{"x", ".", body, body + ".", "." + mac, "A" + body[1:] + "." + mac, body + ".A" + mac[1:], body + mac, strings.Repeat("x", 3000)} {
		if bad != good && shown(bad) {
			t.Errorf("%q is shown", bad)
		}
	}
	s.Advance(t, 62*time.Second)
	if shown(good) {
		t.Error("a message of more than a minute ago is shown")
	}
}

func FuzzFlash(f *testing.F) {
	root, err := secret.NewRoot([]byte(strings.Repeat("r", 32)))
	if err != nil {
		f.Fatal(err)
	}
	site := &webui.Site{Root: root, Now: time.Now}
	f.Add("eyJ0IjoieCJ9.AAAA")
	f.Add(".")
	f.Fuzz(func(t *testing.T, raw string) {
		if text, ok := site.ReadFlash(raw); ok {
			t.Errorf("%q says %q", raw, text)
		}
	})
}

// Case J20: what gives somebody more, what takes data out and what cannot be taken back
// wants a fresh password.
func TestConfirm_is_asked_for(t *testing.T) {
	t.Parallel()
	var asking []string
	for _, rt := range webui.Routes() {
		if rt.Recent {
			asking = append(asking, strings.TrimPrefix(rt.Pattern, "POST /admin/"))
		}
	}
	slices.Sort(asking)
	want := []string{
		"events/export", "keys/rotate", "permissions/{name}/delete", "roles/{id}/delete", "roles/{id}/includes",
		"roles/{id}/includes/{included}/add", "roles/{id}/permissions", "roles/{id}/permissions/{permission}/add", "users/export",
		"users/{id}/delete", "users/{id}/flags", "users/{id}/password/confirm", "users/{id}/permissions/grant",
		"users/{id}/reset-link", "users/{id}/roles/give",
	}
	if diff := cmp.Diff(want, asking); diff != "" {
		t.Errorf("routes that ask for the password again (-want +got):\n%s", diff)
	}
}
