package webui_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/secret"
)

// visit opens a page as people do, in both colours, on a desk and on a telephone:
// it fits, is kept to be looked at, and axe finds nothing serious in it.
func (b *browser) visit(name, url string) {
	b.t.Helper()
	b.show("light", 1280, 900)
	b.open(url)
	b.every(name)
}

// every looks at the page that is open in both colours, on a desk and on a telephone.
// It stays as the last of them. Of what axe looks for, other colours change the
// contrast alone, and a narrow page everything else.
func (b *browser) every(name string) {
	b.t.Helper()
	b.show("light", 1280, 900)
	b.here(name+"-light-1280", 1280)
	b.show("light", 390, 900)
	b.looks(name+"-light-390", 390)
	b.axe(name+"-light-390", map[string]any{"rules": map[string]any{"color-contrast": map[string]bool{"enabled": false}}})
	b.show("dark", 1280, 900)
	b.looks(name+"-dark-1280", 1280)
	b.show("dark", 390, 900)
	b.looks(name+"-dark-390", 390)
	b.axe(name+"-dark-390", map[string]any{"runOnly": "color-contrast"})
	b.complaints(name)
}

// here looks at the page that is open.
func (b *browser) here(name string, width int) {
	b.t.Helper()
	b.looks(name, width)
	b.axe(name, nil)
	b.complaints(name)
}

// complaints reports what the browser says of the page's policy and script.
func (b *browser) complaints(name string) {
	b.t.Helper()
	for _, said := range b.said {
		b.t.Errorf("%s: the browser complains: %s", name, said)
	}
	b.said = nil
}

// stayed checks that nothing was asked for elsewhere (case J19), and forgets what was.
// Chromium draws a calendar in a field of its own by a data: address.
func (b *browser) stayed(at string) {
	b.t.Helper()
	for _, url := range b.seen {
		if !strings.HasPrefix(url, at+"/") && !strings.HasPrefix(url, "data:image/svg+xml;base64,") {
			b.t.Errorf("a page asked for %s", url)
		}
	}
	b.seen = nil
}

// axe runs axe-core 4.14.1 on the page: no violation may be serious or critical. The
// options choose rules; nil are all.
func (b *browser) axe(name string, options map[string]any) {
	b.t.Helper()
	source, err := os.ReadFile("testdata/axe/axe-4.14.1.min.js")
	must(b.t, err)
	if b.text("typeof axe") != "object" {
		b.text("(0, eval)(" + quoted(string(source)) + ") || 0")
	}
	raw, err := json.Marshal(options)
	must(b.t, err)
	var found []struct{ Impact, ID, Help, Target string }
	must(b.t, json.Unmarshal([]byte(b.later(`axe.run({preload: false, resultTypes: ['violations'], ...`+string(raw)+`}).then(r => JSON.stringify(r.violations.flatMap(v =>
		v.nodes.map(n => ({impact: v.impact, id: v.id, help: v.help, target: n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')})))))`)), &found))
	for _, v := range found {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.t.Errorf("%s: axe: %s %s: %s at %s", name, v.Impact, v.ID, v.Help, v.Target)
		}
	}
}

// quoted is a text as JavaScript writes it.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(raw)
}

// later evaluates an expression and waits for what it promises.
func (b *browser) later(expression string) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%.80s: %s", expression, got.ExceptionDetails)
	}
	return fmt.Sprint(got.Result.Value)
}

// press presses the button or follows the link with this text, and waits for the
// page that comes.
func (b *browser) press(text string) {
	b.t.Helper()
	b.loaded(func() {
		found := b.text(`(() => { for (const e of document.querySelectorAll('button, a')) if (e.innerText.trim() === ` + quoted(text) + `) { setTimeout(() => e.click()); return true } return false })()`)
		if found != "true" {
			b.t.Fatalf("there is no %q on the page: %s", text, b.text("document.body.innerText"))
		}
	})
}

// fill types into the field with this id.
func (b *browser) fill(id, text string) {
	b.t.Helper()
	b.text("(() => { const e = document.getElementById(" + quoted(id) + "); e.focus(); e.select() })()")
	b.typed(text)
}

// signIn signs in by the form of an area, which is open then.
func (b *browser) signIn(at, area string, p apptest.Person) {
	b.t.Helper()
	b.open(at + "/" + area + "/sign-in")
	b.focused("username")
	b.typed(p.Username)
	b.tab("password")
	b.typed(p.Password)
	b.loaded(b.enter)
	b.heading(map[string]string{"admin": "Dashboard", "account": "Your account"}[area])
}

// heading checks which page is open.
func (b *browser) heading(want string) {
	b.t.Helper()
	if got := b.text("document.querySelector('h1')?.innerText"); got != want {
		b.t.Fatalf("the page is %q, want %q: %s", got, want, b.text("document.body.innerText"))
	}
}

// flashed checks what the page says that was done.
func (b *browser) flashed(want string) {
	b.t.Helper()
	if got := b.text("document.querySelector('.flash p')?.innerText"); got != want {
		b.t.Errorf("the page says %q, want %q", got, want)
	}
}

// busy gives the dashboard something to show: sign-ins and failures over a day.
func busy(t *testing.T, s *apptest.Service) {
	t.Helper()
	p := s.Someone(t)
	for hour := range 12 {
		for range (hour*5)%7 + 1 {
			s.SignIn(t, p)
		}
		for i := range hour % 4 {
			from := access.Origin{IP: fmt.Sprintf("192.0.2.%d", hour*4+i), UserAgent: "test"}
			if _, err := s.App.SignIn.Prove(t.Context(), from, p.Username, secret.New("wrong")); err == nil {
				t.Fatal("a wrong password is right")
			}
		}
		s.Advance(t, time.Hour)
	}
}

// Must hold 1: a person signs in to the admin site, looks at the dashboard, and signs
// out, with the keyboard and without.
func TestChromium_admin(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	busy(t, s)
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/sign-in")
	b.fill("username", p.Username)
	b.fill("password", "not the password")
	b.loaded(b.enter)
	b.here("admin-sign-in-refused-light-1280", 1280)
	b.signIn(s.URL, "admin", p)
	b.show("dark", 390, 900)
	b.text("document.querySelector('main details').open = true")
	b.here("dashboard-table-dark-390", 390)
	b.press("Sign out")
	b.heading("Sign in")
	b.flashed("You are signed out.")
	b.here("signed-out-dark-390", 390)
	b.open(s.URL + "/admin/")
	b.heading("Sign in to the admin site")
	b.stayed(s.URL)
}

// Must hold 1: somebody registers, fills in their profile, signs another device out,
// changes their password, and signs out everywhere.
func TestChromium_account(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	b.show("light", 1280, 900)
	b.open(s.URL + "/account/register")
	for id, text := range map[string]string{"username": "ann", "email": "nowhere", "password": plain, "password_again": plain} {
		b.fill(id, text)
	}
	b.text("document.querySelector('form').noValidate = true")
	b.loaded(b.enter)
	b.here("register-problem-light-1280", 1280)
	for id, text := range map[string]string{"email": "ann@example.org", "password": plain, "password_again": plain} {
		b.fill(id, text)
	}
	b.loaded(b.enter)
	b.heading("Your account")
	b.flashed("Welcome. Your account is ready.")
	for range 25 {
		s.SignIn(t, apptest.Person{Username: "ann", Password: plain})
	}
	b.visit("account", s.URL+"/account/")
	b.show("light", 1280, 900)
	b.open(s.URL + "/account/")
	b.fill("first_name", `<img src=x onerror=alert(1)>`)
	b.press("Save profile")
	b.flashed("Your profile is saved.")
	rows := func() string { return b.text("document.querySelectorAll('#sessions > li:not(.more)').length") }
	before := rows()
	b.text("document.querySelector('.more a').click()")
	for end := time.Now().Add(10 * time.Second); rows() == before && time.Now().Before(end); {
	}
	if got := rows(); before != "11" || got != "21" {
		t.Errorf("the list has %s devices after %s, want 21 after 11", got, before)
	}
	b.loaded(func() { b.text("setTimeout(() => document.querySelectorAll('#sessions li form button')[1].click())") })
	b.flashed("That device is signed out.")
	b.fill("current_password", plain)
	b.fill("new_password", "Another-pass-42")
	b.fill("password_again", "Another-pass-42")
	b.loaded(b.enter)
	b.flashed("Your password is changed, and every other device is signed out.")
	b.here("password-changed-light-1280", 1280)
	b.text("document.querySelector('details.danger').open = true")
	b.here("sign-out-everywhere-light-1280", 1280)
	b.press("Sign out on every device")
	b.flashed("You are signed out on every device.")
	b.open(s.URL + "/account/")
	b.heading("Sign in")
}

// The pages between: the password that is asked for again, and the admin site for who
// is not staff.
func TestChromium_between(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	v, p, done := dangerous(t)
	b.signIn(v.at, "admin", p)
	v.s.Advance(t, 6*time.Minute)
	send := `(() => { const f = document.createElement('form'); f.method = 'post'; f.action = '/admin/dangerous/x';
		f.innerHTML = '<input name="reason" value="a &quot;good&quot; one">'; document.body.append(f); setTimeout(() => f.submit()) })()`
	b.open(v.at + "/admin/")
	b.loaded(func() { b.text(send) })
	b.heading("Confirm that it is you")
	b.every("confirm")
	b.focused("confirm_password")
	b.typed(p.Password)
	b.loaded(b.enter)
	b.flashed("It is done.")
	if len(*done) != 1 || (*done)[0].Get("reason") != `a "good" one` {
		t.Errorf("what is done is %v", *done)
	}
	b.here("undo-dark-390", 390)
	b.press("Sign out")
	b.show("light", 1280, 900)
	b.signIn(v.at, "account", v.s.Register(t, "plain", plain))
	b.visit("not-staff", v.at+"/admin/")
	b.visit("sign-in-as-somebody-else", v.at+"/admin/sign-in")
}

// A link on another site leads to the page, although the cookie is not sent with it;
// on plain HTTP over a network the page says that nobody can sign in.
func TestChromium_from_elsewhere(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	b.signIn(s.URL, "admin", s.Superuser(t))
	other := serveText(t, `<!doctype html><html lang="en"><title>Elsewhere</title><p><a href="`+s.URL+`/account/?from=mail">the link</a>`)
	b.open(strings.Replace(other, "127.0.0.1", "setup.test", 1))
	b.press("the link")
	b.loaded(func() {}) // and once more, from here
	if got := b.text("location.href"); got != s.URL+"/account/?from=mail" {
		t.Errorf("the link leads to %s", got)
	}
	b.heading("Your account")
	network := strings.Replace(s.URL, "127.0.0.1", "setup.test", 1)
	b.visit("plain-http", network+"/admin/sign-in")
	if got := b.text("document.querySelectorAll('form').length"); got != "0" {
		t.Errorf("there are %s forms on a page over plain HTTP", got)
	}
}

// serveText is a server of a site that is not ours, with one page.
func serveText(t *testing.T, text string) string {
	t.Helper()
	return serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}))
}
