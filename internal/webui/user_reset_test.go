package webui_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

var linkShown = regexp.MustCompile(`<textarea id="link"[^>]*>([^<]*)</textarea>`)

// linkIn is the reset link that a page shows, "" for none.
func linkIn(a got) string {
	if m := linkShown.FindStringSubmatch(a.body); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// A reset link is shown once, in the answer to who proved their password just now, and
// is nowhere else.
func TestUser_reset_link(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	p := staff(t, s, access.ViewUser, access.ChangeUser)
	v := newVisitor(t, s).signIn("admin", p)
	v.says("the page", v.get(at), 200, `action="`+at+`/reset-link"`, "Make a reset link")
	s.Advance(t, 6*time.Minute)
	v.says("late", v.post(at+"/reset-link", nil), 403, "Confirm that it is you")
	a := v.post(at+"/reset-link", url.Values{"confirm_password": {p.Password}})
	until := s.Now().Add(account.ResetLifetime).UTC().Format("2 Jan 2006, 15:04") + " UTC"
	v.says("made", a, 200, "Reset link for <bdi>ann</bdi>", "shown once", ">"+until+"</time>", "30 minutes")
	if a.header.Get("Cache-Control") != "no-store" || a.location != "" {
		t.Errorf("the answer may be kept: %v", a.header)
	}
	path, ours := strings.CutPrefix(linkIn(a), s.Config.PublicURL)
	secret := strings.TrimPrefix(path, account.ResetPath)
	if !ours || len(secret) < 40 {
		t.Fatalf("the link is %q", linkIn(a))
	}
	var places strings.Builder
	for _, c := range v.set {
		places.WriteString(c.String())
	}
	for _, e := range s.Events(t, event.Filter{}) {
		places.Write(e.DetailJSON())
	}
	places.WriteString(s.Log.String() + v.get(at).body + v.get("/admin/").body)
	if strings.Contains(places.String(), secret) || strings.Count(a.body, secret) != 1 {
		t.Error("the link is somewhere else too")
	}
	other := newVisitor(t, s)
	other.goes("used", other.post(path, resetForm(newPassword)), "/account/sign-in")
	other.signIn("account", apptest.Person{Username: "ann", Password: newPassword})
}

// Who may not have a link is told so on the page, and is not offered one.
func TestUser_reset_link_refusals(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	p := staff(t, s, access.ViewUser, access.ChangeUser)
	ann, boss := made(t, s, account.Draft{Username: "ann"}), s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	offered := func(id string) bool { return strings.Contains(v.get(pageOf(id)).body, "/reset-link") }
	must(t, s.App.Accounts.Disable(t.Context(), root, ann.ID))
	for what, c := range map[string]struct {
		id     string
		status int
		says   string
	}{
		"disabled":  {string(ann.ID), 409, account.ErrDisabled.Public},
		"more":      {boss.ID, 403, access.ErrHoldsMore.Public},
		"their own": {p.ID, 403, account.ErrOwnPassword.Public},
		"nobody's":  {"nobody", 404, "There is no such user."},
	} {
		a := v.post(pageOf(c.id)+"/reset-link", nil)
		v.says(what, a, c.status, c.says)
		if linkIn(a) != "" || offered(c.id) {
			t.Errorf("%s: a link, or a button for one", what)
		}
	}
	blind := newVisitor(t, s).signIn("admin", staff(t, s, access.ChangeUser))
	must(t, s.App.Accounts.Enable(t.Context(), root, ann.ID))
	a := blind.post(pageOf(ann.ID)+"/reset-link", nil)
	blind.says("who may not see them", a, 200, "Reset link for <bdi>the user</bdi>")
	if linkIn(a) == "" || strings.Contains(a.body, "ann") || strings.Contains(a.body, "Back to the user") {
		t.Errorf("no link, or who it is for: %s", a.body)
	}
}

// laden makes somebody who holds so much that the permissions do not fit.
func laden(t *testing.T, s *apptest.Service) user.User {
	t.Helper()
	root := access.Command("test")
	maria := made(t, s, account.Draft{Username: "maria"})
	for i := range 30 {
		var all []access.Permission
		for n := range 3 {
			all = append(all, access.Permission(fmt.Sprintf("warehouse.change_the_contents_of_shelf_%02d_%d", i, n)))
		}
		r := aRole(t, s, fmt.Sprintf("Keepers of shelf %02d", i), all...)
		must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: maria.ID, Role: r.ID}))
	}
	return maria
}

// Must hold 1: an administrator looks at the token of a user who holds a lot, and makes
// a reset link.
func TestChromium_user_panels(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	maria := laden(t, s)
	p := s.Superuser(t)
	b.signIn(s.URL, "admin", p)
	b.visit("user-token", s.URL+pageOf(maria.ID))
	if got := b.text("document.querySelector('[aria-label=\"Claims of the token\"]').scrollHeight > document.querySelector('[aria-label=\"Claims of the token\"]').clientHeight"); got != "true" {
		t.Error("a long list does not scroll")
	}
	s.Advance(t, 6*time.Minute)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{1280, 390} {
			b.show(scheme, width, 900)
			b.open(s.URL + pageOf(maria.ID))
			b.press("Make a reset link")
			if b.text("document.querySelector('h1').innerText") == "Confirm that it is you" {
				b.focused("confirm_password")
				b.typed(p.Password)
				b.loaded(b.enter)
			}
			b.heading("Reset link for maria")
			b.here("user-reset-link-"+scheme+"-"+map[bool]string{true: "1280", false: "390"}[width == 1280], width)
		}
	}
	link := b.text("document.getElementById('link').value")
	b.focused("link")
	if at := b.text("location.href + document.cookie + JSON.stringify([localStorage, sessionStorage])"); strings.Contains(at, link) {
		t.Errorf("the link is kept by the browser: %s", at)
	}
	b.open(link)
	b.heading("Choose a new password")
}
