package webui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// eventful gives the log and the sessions something to show.
func eventful(t *testing.T, s *apptest.Service) apptest.Person {
	t.Helper()
	night := access.Command("night watch")
	for range 30 {
		s.Someone(t)
	}
	p := s.Register(t, "ann.of.the-green-gables", apptest.Password)
	made, err := s.App.Roles.Create(t.Context(), night, role.Draft{Name: "proofreader", Description: "Writes and corrects."})
	must(t, err)
	must(t, s.App.Roles.Assign(t.Context(), night, role.Assignment{To: ident.UserID(p.ID), Role: made.ID}))
	email, first := "ann@gables.example.org", "Ann"
	_, err = s.App.Accounts.Update(t.Context(), night, ident.UserID(p.ID), account.Change{Email: &email, FirstName: &first})
	must(t, err)
	for _, agent := range []string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/604.1",
	} {
		s.Do(t, apptest.Request{Method: "POST", Path: "/api/token/", Header: map[string]string{"User-Agent": agent},
			JSON: map[string]string{"username": p.Username, "password": p.Password}}).Must(t, 200)
	}
	must(t, s.App.Events.Sync(t.Context()))
	return p
}

// opened opens the disclosure with this summary.
func (b *browser) opened(summary string) {
	b.t.Helper()
	if b.text(`(() => { for (const s of document.querySelectorAll('summary')) if (s.innerText === `+quoted(summary)+`) { s.parentElement.open = true; return true } return false })()`) != "true" {
		b.t.Fatalf("there is no %q on the page: %s", summary, b.text("document.body.innerText"))
	}
}

// Must hold 1: a person ends a session, filters the log, and looks at an event.
func TestChromium_operations(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{Config: map[string]string{"SIGN_IN_BY_EMAIL": "true"}})
	ann := eventful(t, s)
	b.signIn(s.URL, "admin", s.Superuser(t))
	b.visit("sessions-of-nobody", s.URL+"/admin/sessions?user=nobody+at+all")
	b.visit("sessions-none", s.URL+"/admin/sessions?user=operator")
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/sessions")
	b.opened("End this session")
	b.here("sessions-own-light-1280", 1280)
	b.fill("user", ann.Username)
	b.loaded(b.enter)
	b.press("End")
	b.flashed("The session is ended. Its tokens are refused from now on.")
	b.here("session-ended-light-1280", 1280)

	b.visit("events-refused", s.URL+"/admin/events?actor=nobody+at+all&from=yesterday&action=nothing&subject=user:"+ann.ID)
	b.visit("events-none", s.URL+"/admin/events?action=key.all_reset")
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/events")
	before := b.text("document.querySelectorAll('#rows > li:not(.more)').length")
	b.text("document.querySelector('.more a').click()")
	rows := before
	for end := time.Now().Add(10 * time.Second); rows == before && time.Now().Before(end); rows = b.text("document.querySelectorAll('#rows > li:not(.more)').length") {
	}
	if before != "50" || rows == before {
		t.Errorf("the list has %s events after %s", rows, before)
	}
	b.fill("actor", "nobody")
	b.open(s.URL + "/admin/events?actor=" + ann.ID)
	b.fill("action", "session.started")
	b.loaded(b.enter)
	if at := b.text("location.search"); !strings.Contains(at, "action=session.started") || !strings.Contains(at, "actor="+ann.ID) {
		t.Errorf("the filter leads to %s", at)
	}
	b.here("events-filtered-light-1280", 1280)
	b.show("dark", 390, 900)
	b.open(s.URL + "/admin/events/" + s.Events(t, event.Filter{Action: event.SessionEnded})[0].ID)
	b.opened("As JSON")
	b.here("event-json-dark-390", 390)
}

// Must hold 1: a person rotates the signing key, for which their password is asked
// again, and sees it take over.
func TestChromium_keys(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	b.signIn(s.URL, "admin", p)
	s.Advance(t, 6*time.Minute)
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/keys")
	b.opened("Rotate now")
	b.here("keys-rotate-light-1280", 1280)
	b.press("Make and publish a new key")
	b.heading("Confirm that it is you")
	b.here("keys-confirm-light-1280", 1280)
	b.focused("confirm_password")
	b.typed(p.Password)
	b.loaded(b.enter)
	b.heading("Signing keys")
	if said := b.text("document.querySelector('.flash p')?.innerText"); !strings.HasPrefix(said, "A new key is published. It begins to sign on ") {
		t.Errorf("the page says %q", said)
	}
	b.here("keys-rotated-light-1280", 1280)
	b.visit("keys-pending", s.URL+"/admin/keys")
	s.Advance(t, 11*time.Minute)
	b.visit("keys-retiring", s.URL+"/admin/keys")
	s.Advance(t, 6*time.Minute)
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/events")
	b.press("CSV for a spreadsheet")
	b.heading("Confirm that it is you")
	b.here("export-confirm-light-1280", 1280)
	b.press("Go back")
	b.heading("Event log")
}
