package webui_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// pageOf is the address of an account's page.
func pageOf[T ~string](id T) string { return "/admin/users/" + string(id) }

// versionOf is the version of an account that a form shows.
func versionOf(t *testing.T, s *apptest.Service, id ident.UserID) string {
	t.Helper()
	return strconv.FormatInt(stored(t, s, id).Version, 10)
}

// Each part of the page is for who holds the permission for it, and what would be
// refused is not offered.
func TestUser_parts(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	forms := []string{"Save profile", "/disable", "/flags", "/roles/give", "/permissions/grant", "/delete", "/sessions/end-all", "/password", "Signed-in devices", "What happened lately", `href="/admin/roles/`}
	for _, c := range []struct {
		holds []access.Permission
		shows []string
	}{
		{[]access.Permission{access.ViewUser}, nil},
		{[]access.Permission{access.ViewUser, access.ChangeUser}, []string{"Save profile", "/disable", "/flags", "/permissions/grant", "/password"}},
		{[]access.Permission{access.ViewUser, access.ChangeUser, access.ViewRole}, []string{"Save profile", "/disable", "/flags", "/roles/give", "/permissions/grant", "/password"}},
		{[]access.Permission{access.ViewUser, access.DeleteUser}, []string{"/delete"}},
		{[]access.Permission{access.ViewUser, access.ViewSession, access.ViewEvent}, []string{"Signed-in devices", "What happened lately"}},
	} {
		a := newVisitor(t, s).signIn("admin", staff(t, s, c.holds...)).get(at)
		for _, form := range forms {
			want := false
			for _, each := range c.shows {
				want = want || each == form
			}
			if got := strings.Contains(a.body, form); got != want {
				t.Errorf("with %v: %q is there: %v", c.holds, form, got)
			}
		}
	}
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser, access.DeleteUser))
	a := v.get(pageOf(boss.ID))
	v.says("a superuser's", a, 200, "you can look and change nothing")
	if strings.Contains(a.body, "<form method=\"post\" action=\"/admin/users/") {
		t.Errorf("a form for who holds more: %s", a.body)
	}
	v.says("nobody's", v.get(pageOf(ident.New())), 404, user.ErrNotFound.Public)
}

// The profile is saved as it was seen, or not at all.
func TestUser_edit(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann", Email: "old@example.org"})
	made(t, s, account.Draft{Username: "taken"})
	at := pageOf(ann.ID)
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	form := func(version, name, email string) url.Values {
		return url.Values{"version": {version}, "username": {name}, "email": {email}, "first_name": {"Ann"}, "last_name": {""}}
	}
	seen := versionOf(t, s, ann.ID)
	v.says("saved", v.goes("edit", v.post(at, form(seen, "anne", "new@example.org")), at), 200, "The profile of anne is saved.", "new@example.org")
	a := v.post(at, form(seen, "annabel", "new@example.org"))
	v.says("stale", a, 412, "Somebody changed this user meanwhile", `value="annabel"`, "Stored now: anne", `name="version" value="`+versionOf(t, s, ann.ID)+`"`)
	if got := stored(t, s, ann.ID).Username; got != "anne" {
		t.Errorf("the stale form was taken: %q", got)
	}
	v.says("what is there now", v.goes("again", v.post(at, form(versionOf(t, s, ann.ID), "annabel", "")), at), 200, "The profile of annabel is saved.")
	v.says("taken", v.post(at, form(versionOf(t, s, ann.ID), "Taken", "")), 409, "already exists", `value="Taken"`)
	v.says("no name", v.post(at, form(versionOf(t, s, ann.ID), "", "nowhere")), 400, "may not be blank", "Enter a valid email address.")
	for _, version := range []string{"", "x", "99999999999999999999"} {
		v.says("version "+version, v.post(at, form(version, "x", "")), 400, "Open the page again")
	}
	boss := s.Superuser(t)
	v.says("a superuser", v.post(pageOf(boss.ID), form(versionOf(t, s, ident.UserID(boss.ID)), "mine", "")), 403, access.ErrHoldsMore.Public)
	v.says("nobody", v.post(pageOf(ident.New()), form("1", "x", "")), 404, user.ErrNotFound.Public)
}

// Disabling can be undone at once; the last superuser stays, and the page says why.
func TestUser_disable(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", boss)
	v.says("disabled", v.goes("disable", v.post(at+"/disable", nil), at), 200, "Signed out everywhere and disabled: ann.", at+"/enable", "Enable again", "May not sign in"[4:])
	if stored(t, s, ann.ID).Active {
		t.Error("ann is active")
	}
	v.says("enabled", v.goes("enable", v.post(at+"/enable", nil), at), 200, "Enabled, and can sign in again: ann.", "May sign in")
	v.says("the last superuser", v.post(pageOf(boss.ID)+"/disable", nil), 409, user.ErrLastSuperuser.Public, boss.Username, "Save profile")
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	less.says("by who holds less", less.post(pageOf(boss.ID)+"/disable", nil), 403, access.ErrHoldsMore.Public)
	other := s.Superuser(t)
	own := newVisitor(t, s).signIn("admin", other)
	if a := own.post(pageOf(other.ID)+"/disable", nil); a.status != 303 || own.in() {
		t.Errorf("who disables themselves: %d, signed in %v", a.status, own.in())
	}
}

// Flags want a fresh password, and nobody gives what they do not have.
func TestUser_flags(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	boss := s.Superuser(t)
	bossID := ident.UserID(boss.ID)
	v := newVisitor(t, s).signIn("admin", boss)
	flag := func(id ident.UserID, name, give string) url.Values {
		return url.Values{"version": {versionOf(t, s, id)}, "flag": {name}, "give": {give}}
	}
	v.says("staff", v.goes("make staff", v.post(at+"/flags", flag(ann.ID, "staff", "yes")), at), 200, "ann is staff.")
	stale := flag(ann.ID, "superuser", "yes")
	s.Advance(t, 6*time.Minute)
	v.says("late", v.post(at+"/flags", stale), 403, "Confirm that it is you")
	stale.Set("confirm_password", boss.Password)
	v.says("superuser", v.goes("confirmed", v.post(at+"/flags", stale), at), 200, "ann is superuser.")
	v.says("stale", v.post(at+"/flags", stale), 412, "Somebody changed this user meanwhile")
	v.says("taken", v.goes("demote", v.post(at+"/flags", flag(ann.ID, "superuser", "no")), at), 200, "ann is no longer superuser.")
	v.says("the last superuser", v.post(pageOf(boss.ID)+"/flags", flag(bossID, "superuser", "no")), 409, user.ErrLastSuperuser.Public)
	v.says("no such flag", v.post(at+"/flags", flag(ann.ID, "active", "yes")), 400, "no such flag")
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	if strings.Contains(less.get(at).body, `value="superuser"`) {
		t.Error("who is no superuser is offered to make one")
	}
	less.says("a superuser", less.post(at+"/flags", flag(ann.ID, "superuser", "yes")), 403, account.ErrGivesFlag.Public)
	second := s.Superuser(t)
	v.goes("one's own", v.post(pageOf(boss.ID)+"/flags", flag(bossID, "superuser", "no")), "/admin/")
	if u := stored(t, s, bossID); u.Superuser || !stored(t, s, ident.UserID(second.ID)).Superuser {
		t.Error("nothing was taken")
	}
}

// An account is deleted by who types its name and proved their password just now.
func TestUser_delete(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", boss)
	v.says("another name", v.post(at+"/delete", url.Values{"confirm": {"anna"}}), 400, "not their username", "<details class=\"danger\" open>")
	s.Advance(t, 6*time.Minute)
	a := v.post(at+"/delete", url.Values{"confirm": {"ann"}})
	v.says("late", a, 403, "Confirm that it is you", `name="confirm" value="ann"`)
	a = v.post(at+"/delete", url.Values{"confirm": {"ann"}, "confirm_password": {boss.Password}})
	v.says("the list", v.goes("delete", a, "/admin/users"), 200, "Deleted, with everything that they had: ann.")
	v.says("gone", v.get(at), 404, user.ErrNotFound.Public)
	v.says("the last superuser", v.post(pageOf(boss.ID)+"/delete", url.Values{"confirm": {boss.Username}}), 409, user.ErrLastSuperuser.Public)
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.DeleteUser))
	less.says("who holds more", less.post(pageOf(boss.ID)+"/delete", url.Values{"confirm": {boss.Username}}), 403, access.ErrHoldsMore.Public)
}

// Lists that are long are shown in part, and can be seen whole.
func TestUser_bounded(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	for i := range 25 {
		r := aRole(t, s, fmt.Sprintf("Role %02d", i), access.Permission(fmt.Sprintf("shop.p%02d", i)))
		must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: ann.ID, Role: r.ID}))
		must(t, s.App.Roles.GrantToUser(t.Context(), root, role.Grant{To: ann.ID, Permission: access.Permission(fmt.Sprintf("shop.p%02d", i))}))
	}
	for range 12 {
		s.SignIn(t, apptest.Person{Username: "ann", Password: apptest.Password})
	}
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	a := v.get(at)
	count := func(a got, what string) int { return strings.Count(a.body, what) }
	if r, p, w, d := count(a, "/roles/take"), count(a, "/permissions/revoke"), count(a, "Granted directly"), count(a, `action="`+at+`/sessions/end"`); r != 20 || p != 20 || w != 20 || d != 10 {
		t.Errorf("%d roles, %d permissions, %d reasons, %d devices", r, p, w, d)
	}
	v.says("the rest", a, 200, "Show all 25", `?show=roles#roles`, `?show=permissions#permissions`, "Show more permissions", "Show more devices")
	if all := v.get(at + "?show=roles"); count(all, "/roles/take") != 25 || count(all, "/permissions/revoke") != 20 {
		t.Error("not all roles")
	}
	for _, m := range moreUsers.FindAllStringSubmatch(a.body, -1) {
		next := strings.ReplaceAll(strings.Split(m[1], "#")[0], "&amp;", "&")
		if strings.Contains(next, "why=") && count(v.get(next), "Granted directly") != 5 {
			t.Errorf("%s has not the rest", next)
		}
		if strings.Contains(next, "sessions=") && count(v.get(next), `action="`+at+`/sessions/end"`) != 2 {
			t.Errorf("%s has not the rest", next)
		}
	}
	for _, forged := range []string{"?why=x", "?sessions=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		v.says(forged, v.get(at+forged), 400, "cursor does not belong")
	}
	if got := len(s.Events(t, event.Filter{Subject: event.User(ann.ID, "")})); got < 50 || count(a, `href="/admin/events/`) != 20 {
		t.Errorf("%d events, of which %d are shown", got, count(a, `href="/admin/events/`))
	}
}
