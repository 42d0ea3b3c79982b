package webui_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/webui"
)

// opening is a way to a page: an address, and what a person does there until the page
// is open.
type opening struct {
	name, path string
	then       func()
	heading    string // of the page
}

// scene is a service with something on every page, and who looks at it.
type scene struct {
	*browser
	s    *apptest.Service
	root apptest.Person // a superuser

	user, other, role, event string // addresses of pages
}

func newScene(t *testing.T, b *browser) *scene {
	t.Helper()
	s := apptest.Start(t, apptest.Options{Config: map[string]string{"SIGN_IN_BY_EMAIL": "true"}})
	c := &scene{browser: b, s: s, root: s.Superuser(t)}
	maria, overlong := crowd(t, s)
	roles := seedRoles(t, s)
	assign(t, s, string(maria.ID), roles.chief)
	eventful(t, s)
	busy(t, s)
	must(t, s.App.Events.Sync(t.Context()))
	c.user, c.other = "/admin/users/"+string(maria.ID), "/admin/users/"+string(overlong.ID)
	c.role = "/admin/roles/" + string(roles.chief.ID)
	c.event = "/admin/events/" + s.Events(t, event.Filter{Action: event.UserUpdated})[0].ID
	return c
}

// look opens a page and looks at it in every way.
func (c *scene) look(o opening) {
	c.t.Helper()
	c.show("light", 1280, 900)
	c.open(c.s.URL + o.path)
	if o.then != nil {
		o.then()
	}
	c.heading(o.heading)
	c.every("page-" + o.name)
}

// strangers are the pages of who is not signed in, by the route that shows them.
func (c *scene) strangers() map[string]opening {
	reset := resetPath(c.t, c.s, strings.TrimPrefix(c.other, "/admin/users/"))
	return map[string]opening{
		"GET /account/sign-in":       {name: "sign-in", path: "/account/sign-in", heading: "Sign in"},
		"GET /admin/sign-in":         {name: "admin-sign-in", path: "/admin/sign-in", heading: "Sign in to the admin site"},
		"GET /account/register":      {name: "register", path: "/account/register", heading: "Register"},
		"GET /account/new-password":  {name: "new-password", path: "/account/new-password", heading: "Choose a new password"},
		"GET /account/reset/{token}": {name: "reset", path: reset, heading: "Choose a new password"},
	}
}

// administrators are the pages of a superuser, by the route that shows them.
func (c *scene) administrators() map[string]opening {
	return map[string]opening{
		"GET /account/{$}":               {name: "account", path: "/account/", heading: "Your account"},
		"/account/":                      {name: "account-not-found", path: "/account/nothing", heading: "Nothing here"},
		"GET /admin/{$}":                 {name: "dashboard", path: "/admin/", heading: "Dashboard"},
		"/admin/":                        {name: "not-found", path: "/admin/nothing", heading: "Nothing here"},
		"GET /admin/users":               {name: "users", path: "/admin/users", heading: "Users"},
		"GET /admin/users/new":           {name: "user-new", path: "/admin/users/new", heading: "New user"},
		"GET /admin/users/{id}":          {name: "user", path: c.user, heading: "maria staff"},
		"GET /admin/roles":               {name: "roles", path: "/admin/roles", heading: "Roles"},
		"GET /admin/roles/new":           {name: "role-new", path: "/admin/roles/new", heading: "New role"},
		"GET /admin/roles/{id}":          {name: "role", path: c.role, heading: "Chief of staff"},
		"GET /admin/permissions":         {name: "permissions", path: "/admin/permissions", heading: "Permissions"},
		"GET /admin/permissions/{name}":  {name: "permission", path: "/admin/permissions/shop.view_order", heading: "shop.view_order"},
		"GET /admin/sessions":            {name: "sessions", path: "/admin/sessions", heading: "Sessions"},
		"GET /admin/keys":                {name: "keys", path: "/admin/keys", heading: "Signing keys"},
		"GET /admin/events":              {name: "events", path: "/admin/events", heading: "Event log"},
		"GET /admin/events/{id}":         {name: "event", path: c.event, heading: "user.updated"},
		"GET /admin/settings":            {name: "settings", path: "/admin/settings", heading: "Settings"},
		"GET /admin/users/{id}/password": {name: "user-password", path: c.user + "/password", heading: "New password for maria"},
		"POST /admin/users/bulk": {name: "users-bulk", path: "/admin/users?find=jamal", heading: "1 user is disabled", then: func() {
			c.clickAt(c.at("the box of jamal", "document.querySelector('#rows input')"))
			c.follow("Disable")
		}},
		"POST /admin/users/{id}/reset-link": {name: "reset-link", path: c.user, heading: "Reset link for maria", then: func() { c.follow("Make a reset link") }},
		"POST /admin/users/export": {name: "confirm", path: "/admin/users", heading: "Confirm that it is you", then: func() {
			c.s.Advance(c.t, 6*time.Minute)
			c.follow("CSV for a spreadsheet")
		}},
	}
}

// Must hold 1: every page that a route can show fits both widths in both colours, axe
// finds nothing serious in it, it asks nobody else for anything, and the console is
// silent. A route or page that is not walked fails.
func TestChromium_every_page(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	c := newScene(t, b)
	outside, inside := c.strangers(), c.administrators()
	walked := maps.Clone(outside)
	maps.Copy(walked, inside)
	pages := map[string]bool{}
	for _, rt := range webui.Routes() {
		_, ok := walked[rt.Pattern]
		if ok {
			pages[rt.Page] = true
		}
		if !ok && rt.Page != "" && !strings.HasPrefix(rt.Pattern, "POST ") {
			t.Errorf("%s has a page and is not walked", rt.Pattern)
		}
		delete(walked, rt.Pattern)
	}
	for _, rt := range webui.Routes() {
		if rt.Page != "" && !pages[rt.Page] {
			t.Errorf("the page %s of %s is not walked", rt.Page, rt.Pattern)
		}
	}
	for pattern := range walked {
		t.Errorf("there is no route %s", pattern)
	}
	if t.Failed() {
		return
	}
	for _, o := range outside {
		c.look(o)
	}
	c.signIn(c.s.URL, "admin", c.root)
	confirm := inside["POST /admin/users/export"]
	delete(inside, "POST /admin/users/export")
	for _, o := range inside {
		c.look(o)
	}
	c.look(confirm) // the last: time passes
	c.stayed(c.s.URL)
}

// Must hold 1: the same for the pages of what is refused, and for the setup page, which
// is no route of the site.
func TestChromium_refusals(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	c := &scene{browser: b, s: s}
	token, err := s.App.Accounts.SetupLink(t.Context(), access.Command("test"))
	must(t, err)
	c.look(opening{name: "setup", path: "/setup/" + token.Reveal(), heading: "Create the first superuser"})
	c.look(opening{name: "setup-dead", path: "/setup/nothing", heading: "This link does not work"})
	c.look(opening{name: "reset-dead", path: "/account/reset/nothing", heading: "This link does not work"})
	zoe := made(t, s, account.Draft{Username: "zoe"})
	c.signIn(s.URL, "admin", staff(t, s))
	c.look(opening{name: "403", path: "/admin/users", heading: "You may not do that"})
	c.look(opening{name: "dashboard-empty", path: "/admin/", heading: "Dashboard"})
	c.call("Network.clearBrowserCookies", nil, nil)
	c.signIn(s.URL, "admin", s.Superuser(t))
	c.look(opening{name: "400", path: "/admin/users?after=forged", heading: "That does not work"})
	at := "/admin/users/" + string(zoe.ID)
	c.look(opening{name: "404", path: at[:len(at)-1] + "z", heading: "Nothing here"})
	c.look(opening{name: "412", path: at, heading: "zoe", then: func() {
		first := "Zoë"
		_, err := s.App.Accounts.Update(t.Context(), access.Command("test"), zoe.ID, account.Change{FirstName: &first})
		must(t, err)
		c.write("First name", "Zoya")
		c.follow("Save profile")
		c.reads("changed")
	}})
	c.stayed(s.URL)
}
