package webui

import (
	"slices"

	"github.com/countersign/countersign/internal/access"
)

// area is a part of the site with a navigation of its own.
type area string

const (
	accountArea area = "account"
	adminArea   area = "admin"
)

// home is where an area begins.
func (a area) home() string { return "/" + string(a) + "/" }

// signIn is where people sign in to it.
func (a area) signIn() string { return "/" + string(a) + "/sign-in" }

// entry says who gets to a route. There is no default: the zero value lets nobody in.
type entry int

const (
	anybody  entry = iota + 1 // signed in or not
	signedIn                  // with a session
	staff                     // with a session and the flag is_staff
)

// route is one address of the site.
type route struct {
	pattern string // method and path, as http.ServeMux takes it
	area    area
	entry   entry

	// needs is the permission without which the route answers 403, before anything
	// of the request is looked at; empty where the use case decides alone.
	needs access.Permission

	// recent wants the password again when it was proved more than five minutes
	// ago. Such a route is a POST, and its form holds no secret.
	recent bool

	// back is where a route that answers with a file came from: the page that asks for
	// the password stays open beside the file, and leads back there.
	back string

	// secret says that who knows the address gets in: a browser tells it to nobody.
	secret bool

	page   string // the template that it shows, "" when it never shows one
	handle handler
}

// routes is every address of the site but those of the setup page and the assets.
func (s *Site) routes() []route {
	return slices.Concat(
		s.accountRoutes(), s.adminRoutes(), s.userRoutes(), s.roleRoutes(), s.permissionRoutes(),
		s.sessionRoutes(), s.keyRoutes(), s.eventRoutes(), s.settingRoutes(), s.resetRoutes(),
	)
}

func (s *Site) accountRoutes() []route {
	return []route{
		{pattern: "GET /account/sign-in", area: accountArea, entry: anybody, page: "sign-in", handle: s.showSignIn},
		{pattern: "POST /account/sign-in", area: accountArea, entry: anybody, page: "sign-in", handle: s.postSignIn},
		{pattern: "GET /account/register", area: accountArea, entry: anybody, page: "register", handle: s.showRegister},
		{pattern: "POST /account/register", area: accountArea, entry: anybody, page: "register", handle: s.postRegister},
		{pattern: "GET /account/new-password", area: accountArea, entry: anybody, page: "new-password", handle: s.showNewPassword},
		{pattern: "POST /account/new-password", area: accountArea, entry: anybody, page: "new-password", handle: s.postNewPassword},
		{pattern: "POST /account/sign-out", area: accountArea, entry: anybody, handle: s.signOut},
		{pattern: "GET /account/{$}", area: accountArea, entry: signedIn, page: "account", handle: s.showAccount},
		{pattern: "POST /account/profile", area: accountArea, entry: signedIn, page: "account", handle: s.postProfile},
		{pattern: "POST /account/password", area: accountArea, entry: signedIn, page: "account", handle: s.postPassword},
		{pattern: "POST /account/sessions/{id}/end", area: accountArea, entry: signedIn, handle: s.endOwnSession},
		{pattern: "POST /account/sign-out-everywhere", area: accountArea, entry: signedIn, handle: s.signOutEverywhere},
		{pattern: "/account/", area: accountArea, entry: anybody, page: "error", handle: noPage},
	}
}

func (s *Site) adminRoutes() []route {
	return []route{
		{pattern: "GET /admin/sign-in", area: adminArea, entry: anybody, page: "sign-in", handle: s.showSignIn},
		{pattern: "POST /admin/sign-in", area: adminArea, entry: anybody, page: "sign-in", handle: s.postSignIn},
		{pattern: "GET /admin/{$}", area: adminArea, entry: staff, page: "dashboard", handle: s.showDashboard},
		{pattern: "/admin/", area: adminArea, entry: staff, page: "error", handle: noPage},
	}
}

// navigation is the entries of an area that the caller can use, in their order. An
// entry without a permission is everybody's.
func navigation(v *visit) []navItem {
	type place struct {
		label, path string
		needs       access.Permission
	}
	var places []place
	switch {
	case v.visitor == nil:
		return nil
	case v.route.area == adminArea && v.Who.Rights.Staff:
		places = []place{
			{"Dashboard", "/admin/", ""},
			{"Users", "/admin/users", access.ViewUser},
			{"Roles", "/admin/roles", access.ViewRole},
			{"Permissions", "/admin/permissions", access.ViewPermission},
			{"Sessions", sessionsPath, access.ViewSession},
			{"Keys", keysPath, access.ViewKey},
			{"Events", eventsPath, access.ViewEvent},
		}
		if v.Who.Rights.Superuser {
			places = append(places, place{"Settings", "/admin/settings", ""})
		}
	case v.Who.Rights.Staff:
		places = []place{{"Your account", "/account/", ""}, {"Admin site", "/admin/", ""}}
	default:
		places = []place{{"Your account", "/account/", ""}}
	}
	var items []navItem
	for _, p := range places {
		if p.needs == "" || v.Who.Rights.Holds(p.needs) {
			items = append(items, navItem{Label: p.label, Path: p.path, Current: within(v.URL.Path, p.path)})
		}
	}
	return items
}

// within reports whether a path belongs to an entry: it is the entry's, or below it.
// An area's home is no more than itself.
func within(path, entry string) bool {
	if entry == accountArea.home() || entry == adminArea.home() {
		return path == entry
	}
	return path == entry || len(path) > len(entry) && path[:len(entry)+1] == entry+"/"
}
