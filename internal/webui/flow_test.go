package webui_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
)

// flow is one person's way through the site, by clicks and keys alone. Each step
// leaves pictures.
type flow struct {
	*browser
	s      *apptest.Service
	root   apptest.Person // made by the setup page
	script bool           // else the pages run without script
	steps  int
}

// step looks at the page in every way, and goes on as the person sees it. Without
// script it is looked at on the telephone that the person has.
func (f *flow) step(what string) {
	f.t.Helper()
	f.steps++
	name := fmt.Sprintf("flow-%02d-%s", f.steps, what)
	if !f.script {
		f.looks("noscript-"+name+"-light-390", 390)
		f.complaints(name)
		return
	}
	for _, scheme := range []string{"dark", "light"} {
		for _, width := range []int{390, 1280} {
			f.show(scheme, width, 900)
			f.looks(fmt.Sprintf("%s-%s-%d", name, scheme, width), width)
		}
	}
	f.axe(name, nil)
	f.complaints(name)
}

// newFlow is a service that nobody has set up, with a role that gives something, and
// a browser.
func newFlow(t *testing.T, b *browser) *flow {
	t.Helper()
	s := apptest.Start(t, apptest.Options{})
	readers, editors := aRole(t, s, "Readers", "shop.read", "shop.list"), aRole(t, s, "Editors", "shop.write")
	must(t, s.App.Roles.Include(t.Context(), access.Command("test"), role.Inclusion{Role: editors.ID, Included: readers.ID}))
	return &flow{browser: b, s: s, root: apptest.Person{Username: "root", Password: plain}, script: true}
}

// Must hold 1: all that an administrator does in a first hour, by clicking and typing,
// from the link that the server printed to the sign-out.
func TestChromium_flow(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	f := newFlow(t, b)
	f.show("light", 1280, 900)
	f.setsUp()
	f.makesUser()
	f.endsSession()
	f.disables()
	f.rotates()
	f.readsLog()
	f.leaves()
	f.stayed(f.s.URL)
}

// Must hold 1: the same on a telephone, in a browser that runs no script.
func TestChromium_flow_without_script(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	f := newFlow(t, b)
	f.script = false
	f.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	f.show("light", 390, 900)
	f.setsUp()
	if got := f.text("typeof htmx"); got != "undefined" {
		t.Fatalf("there is script: htmx is %s", got)
	}
	f.makesUser()
	f.endsSession()
	f.disables()
	f.rotates()
	f.readsLog()
	f.leaves()
	f.stayed(f.s.URL)
}

// setsUp makes the first administrator by the one-time link, and signs in.
func (f *flow) setsUp() {
	f.t.Helper()
	token, err := f.s.App.Accounts.SetupLink(f.t.Context(), access.Command("test"))
	must(f.t, err)
	f.open(f.s.URL + "/setup/" + token.Reveal())
	f.step("setup")
	f.write("Username", f.root.Username)
	f.write("Email", "root@example.org")
	f.write("Password", f.root.Password)
	f.write("Password, once more", f.root.Password)
	f.follow("Create superuser")
	f.heading("You are ready")
	f.step("ready")
	f.follow("the admin site")
	f.heading("Sign in to the admin site")
	f.step("sign-in")
	f.write("Username", f.root.Username)
	f.write("Password", f.root.Password)
	f.follow("Sign in")
	f.heading("Dashboard")
	f.step("dashboard")
}

// makesUser creates a user, gives them a role, and sees why they hold a permission and
// what token they would be issued.
func (f *flow) makesUser() {
	f.t.Helper()
	f.goTo("Users")
	f.step("users")
	f.follow("New user")
	f.step("user-new")
	f.write("Username", "zoe")
	f.write("Email", "zoe@example.org")
	f.write("Password", plain)
	f.write("Password, once more", plain)
	f.follow("Create user")
	f.flashed("Created: zoe.")
	f.step("user-created")
	f.write("Give a role", "Editors")
	f.follow("Give")
	f.heading("zoe")
	f.reads("By the role Editors, which includes Readers")
	f.step("role-given")
	var claims struct {
		Username    string
		Roles       []string
		Permissions []string
	}
	raw := f.text("document.querySelector('[aria-label=\"Claims of the token\"]').innerText")
	must(f.t, json.Unmarshal([]byte(raw), &claims))
	if claims.Username != "zoe" || fmt.Sprint(claims.Permissions) != "[shop.list shop.read shop.write]" {
		f.t.Errorf("the token preview has %+v: %s", claims, raw)
	}
	f.reads("bytes")
}

// endsSession ends the session that the user started meanwhile.
func (f *flow) endsSession() {
	f.t.Helper()
	tokens := f.s.SignIn(f.t, apptest.Person{Username: "zoe", Password: plain})
	f.goTo("Users")
	f.follow("zoe")
	f.follow("Everything about them")
	f.heading("Event log")
	f.back()
	f.heading("zoe")
	f.step("session")
	f.loaded(func() {
		f.clickAt(f.at("End", "document.querySelector('#session-rows button')"))
	})
	f.flashed("That session has ended.")
	f.step("session-ended")
	if got := f.s.Refresh(f.t, tokens.Refresh); got.Status != 401 {
		f.t.Errorf("the refresh token of the session gets %d", got.Status)
	}
}

// disables disables the user, who cannot sign in then, and takes it back.
func (f *flow) disables() {
	f.t.Helper()
	signsIn := func() int {
		return f.s.Do(f.t, apptest.Request{Method: "POST", Path: "/api/token/", JSON: map[string]string{"username": "zoe", "password": plain}}).Status
	}
	f.follow("Disable")
	f.flashed("Signed out everywhere and disabled: zoe.")
	f.step("disabled")
	if got := signsIn(); got != 401 {
		f.t.Errorf("a disabled user gets %d", got)
	}
	f.follow("Enable again")
	f.flashed("Enabled, and can sign in again: zoe.")
	f.step("enabled")
	if got := signsIn(); got != 200 {
		f.t.Errorf("an enabled user gets %d", got)
	}
}

// rotates makes a new key, for which the password is asked again.
func (f *flow) rotates() {
	f.t.Helper()
	f.s.Advance(f.t, 6*time.Minute)
	f.goTo("Keys")
	f.unfold("Rotate now", "Make and publish a new key")
	f.step("rotate")
	f.follow("Make and publish a new key")
	f.heading("Confirm that it is you")
	f.step("confirm")
	f.write("Password of root", f.root.Password)
	f.follow("Confirm")
	f.heading("Signing keys")
	f.reads("A new key is published. It begins to sign on ")
	f.reads("pending")
	f.step("rotated")
}

// readsLog filters the log and exports what is left: at once while the password is
// fresh, and after it was given again.
func (f *flow) readsLog() {
	f.t.Helper()
	f.goTo("Events")
	f.write("Who: username or id", "root")
	f.write("What", "user.disabled")
	f.follow("Filter")
	f.reads("user.disabled user zoe")
	f.step("events-filtered")
	rows, err := csv.NewReader(strings.NewReader(f.download(func() { f.click("CSV for a spreadsheet") }))).ReadAll()
	must(f.t, err)
	if len(rows) != 2 || !strings.Contains(strings.Join(rows[1], " "), "user.disabled") || !strings.Contains(strings.Join(rows[1], " "), "zoe") {
		f.t.Errorf("the file of one event has %q", rows)
	}
	f.s.Advance(f.t, 6*time.Minute)
	f.follow("JSON lines for a program")
	f.heading("Confirm that it is you")
	f.write("Password of root", f.root.Password)
	raw := f.download(func() { f.click("Confirm") })
	var line struct{ Action string }
	must(f.t, json.Unmarshal([]byte(raw), &line)) // one line and no more
	if line.Action != "user.disabled" {
		f.t.Errorf("the file has %s", raw)
	}
	f.step("exported")
	f.follow("Go back")
	f.heading("Event log")
}

// leaves signs out. What was on the screen does not come back with the Back button.
func (f *flow) leaves() {
	f.t.Helper()
	f.goTo("Users")
	f.reads("zoe")
	if f.text("document.querySelector('.menu').checkVisibility()") == "true" {
		f.unfold("Menu", "Sign out")
		f.step("menu")
	}
	f.follow("Sign out")
	f.flashed("You are signed out.")
	f.step("signed-out")
	f.browser.back()
	if page := f.text("document.body.innerText"); strings.Contains(page, "zoe") || !strings.Contains(page, "Sign in") {
		f.t.Errorf("after the sign-out, Back shows %s", page)
	}
	f.step("back")
}
