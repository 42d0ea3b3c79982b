package webui_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
)

// A role is given by its name, for good or for a time, and explained; nobody gives
// what they do not hold.
func TestUser_roles(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	readers, editors := aRole(t, s, "Readers", "shop.read"), aRole(t, s, "Editors", "shop.write")
	must(t, s.App.Roles.Include(t.Context(), root, role.Inclusion{Role: editors.ID, Included: readers.ID}))
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	give := func(name, length string) url.Values { return url.Values{"role": {name}, "role_for": {length}} }
	a := v.goes("give", v.post(at+"/roles/give", give(" Editors ", "")), at)
	v.says("given", a, 200, "Given to ann: the role Editors.", "shop.write", ", which includes ", `<bdi>Readers</bdi>`)
	until := s.Now().Add(24*time.Hour).UTC().Format("2 Jan 2006, 15:04") + " UTC"
	v.says("for a day", v.goes("give", v.post(at+"/roles/give", give("Editors", "24h")), at), 200, "the role Editors, until "+until, "Until <time")
	v.says("unknown", v.post(at+"/roles/give", give("Nobodies", "24h")), 404, role.ErrNotFound.Public, `value="Nobodies"`, `value="24h" selected`)
	for _, length := range []string{"1s", "-24h", "forever", "8761h"} {
		v.says("for "+length, v.post(at+"/roles/give", give("Editors", length)), 400, "no length of time")
	}
	v.says("taken", v.goes("take", v.post(at+"/roles/take", url.Values{"id": {string(editors.ID)}}), at), 200, "Taken from ann: the role Editors.", "No roles.")
	v.says("taken twice", v.goes("take", v.post(at+"/roles/take", url.Values{"id": {string(editors.ID)}}), at), 200, "did not have this role")
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser, access.ViewRole))
	less.says("more than one holds", less.post(at+"/roles/give", give("Editors", "")), 403, access.ErrGivesMore.Public, "role-problem")
	blind := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	blind.says("without seeing roles", blind.post(at+"/roles/give", give("Editors", "")), 403, access.ErrForbidden.Public)
	if roles, err := s.App.Roles.UserRoles(t.Context(), root, ann.ID); err != nil || len(roles) != 0 {
		t.Errorf("ann has %v %v", roles, err)
	}
}

// A permission is granted and revoked.
func TestUser_permissions(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	aRole(t, s, "Readers", "shop.read")
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	grant := func(name string) url.Values { return url.Values{"permission": {name}} }
	v.says("granted", v.goes("grant", v.post(at+"/permissions/grant", grant("shop.read")), at), 200, "Granted to ann: shop.read.", "Granted directly")
	v.says("unknown", v.post(at+"/permissions/grant", grant("shop.nothing")), 404, role.ErrPermissionNotFound.Public, "permission-problem")
	for _, name := range []string{"", "*", "shop.*", "shop read"} { // case H24
		v.says("no name "+name, v.post(at+"/permissions/grant", grant(name)), 400, access.ErrPermissionName.Public)
	}
	v.says("no length", v.post(at+"/permissions/grant", url.Values{"permission": {"shop.read"}, "permission_for": {"x"}}), 400, "no length of time")
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	less.says("more than one holds", less.post(at+"/permissions/grant", grant("shop.read")), 403, access.ErrHoldsMore.Public)
	v.says("revoked", v.goes("revoke", v.post(at+"/permissions/revoke", url.Values{"name": {"shop.read"}}), at), 200, "Revoked from ann: shop.read.", "Nothing: neither a role nor a grant")
	v.says("no permission", v.post(at+"/permissions/revoke", url.Values{"name": {"x"}}), 400, access.ErrPermissionName.Public)
	less.says("more than one holds", less.post(at+"/permissions/grant", grant("shop.read")), 403, access.ErrGivesMore.Public, "permission-problem")
}

// Sessions end one by one or all, but those of who holds more.
func TestUser_sessions(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	for range 3 {
		s.SignIn(t, apptest.Person{Username: "ann", Password: apptest.Password})
	}
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", boss)
	ids := func(a got) []string {
		var all []string
		for part := range strings.SplitSeq(a.body, `name="session" value="`) {
			all = append(all, strings.SplitN(part, `"`, 2)[0])
		}
		return all[1:]
	}
	all := ids(v.get(at))
	if len(all) != 3 {
		t.Fatalf("ann has %v", all)
	}
	a := v.goes("end", v.post(at+"/sessions/end", url.Values{"session": {all[1]}}), at)
	v.says("ended", a, 200, "That session has ended.")
	if left := ids(a); len(left) != 2 || strings.Contains(strings.Join(left, " "), all[1]) {
		t.Errorf("left are %v of %v", left, all)
	}
	v.says("twice", v.post(at+"/sessions/end", url.Values{"session": {all[1]}}), 404, session.ErrNotFound.Public, "Signed-in devices")
	v.says("all", v.goes("end all", v.post(at+"/sessions/end-all", nil), at), 200, "Signed out on every device: ann.", "Not signed in anywhere.")
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ViewSession, access.EndSession))
	mine := ids(v.get(pageOf(boss.ID)))
	less.says("a superuser's", less.post(pageOf(boss.ID)+"/sessions/end", url.Values{"session": {mine[0]}}), 403, access.ErrHoldsMore.Public)
	less.says("all of a superuser", less.post(pageOf(boss.ID)+"/sessions/end-all", nil), 403, access.ErrHoldsMore.Public)
	if !v.in() {
		t.Fatal("the superuser is signed out")
	}
	v.goes("one's own", v.post(pageOf(boss.ID)+"/sessions/end-all", nil), "/admin/sign-in")
	if v.in() {
		t.Error("who ends all of their sessions is signed in")
	}
}

// A new password of somebody else wants a fresh proof of one's own, which no page
// keeps beside it.
func TestUser_password(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := made(t, s, account.Draft{Username: "ann"})
	at := pageOf(ann.ID)
	boss := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", boss)
	const next = "Another-pass-42"
	form := func(one, two string) url.Values { return url.Values{"password": {one}, "password_again": {two}} }
	v.says("the form", v.get(at+"/password"), 200, "New password for", "ann")
	s.Advance(t, 6*time.Minute)
	a := v.post(at+"/password", form(next, next))
	v.says("late", a, 403, "Confirm that it is you", at+"/password/confirm")
	if strings.Contains(a.body, next) {
		t.Error("the password is in a page")
	}
	v.says("late", v.get(at+"/password"), 403, "Confirm that it is you")
	a = v.post(at+"/password/confirm", url.Values{"confirm_password": {boss.Password}})
	v.says("confirmed", v.goes("confirm", a, at+"/password"), 200, "New password for")
	v.says("not the same", v.post(at+"/password", form(next, "x")), 400, "not the same")
	v.says("weak", v.post(at+"/password", form("1", "1")), 400, "password-problem")
	v.says("set", v.goes("set", v.post(at+"/password", form(next, next)), at), 200, "every session of ann has ended")
	newVisitor(t, s).signIn("account", apptest.Person{Username: "ann", Password: next})
	v.says("one's own", v.get(pageOf(boss.ID)+"/password"), 403, account.ErrOwnPassword.Public)
	v.says("one's own", v.post(pageOf(boss.ID)+"/password", form(next, next)), 403, account.ErrOwnPassword.Public)
	less := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ChangeUser))
	less.says("a superuser's", less.post(pageOf(boss.ID)+"/password", form(next, next)), 403, access.ErrHoldsMore.Public)
	newVisitor(t, s).signIn("admin", boss)
}
