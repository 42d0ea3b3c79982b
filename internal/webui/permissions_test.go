package webui_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

func TestPermissions_list(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	v.says("at first", v.get("/admin/permissions"), 200, "countersign.view_user", "built in", "Declare a permission")
	var all []access.Permission
	for i := range 40 {
		all = append(all, access.Permission(fmt.Sprintf("shop.action_%02d", i)))
	}
	declare(t, s, all...)
	first := v.get("/admin/permissions")
	v.says("many", first, 200, "May do what shop.action_39 says.")
	_, more, _ := strings.Cut(first.body, `<li class="more"><a href="`)
	more, _, _ = strings.Cut(more, `"`)
	second := v.get(more)
	v.says("the end", second, 200, "countersign.view_user", "Back to the beginning of the list")
	lacks(t, "the end", second, "shop.action_39", `<li class="more">`)
	found := v.get("/admin/permissions?find=ACTION_07")
	v.says("a part of a name", found, 200, "shop.action_07")
	lacks(t, "a part of a name", found, "shop.action_08")
	v.says("none", v.get("/admin/permissions?find=%25"), 200, "No permission has that in its name.")
	v.says("case L16: a forged cursor", v.get("/admin/permissions?after=AAAA"), 400, "This cursor does not belong to a list")
	viewer := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewPermission))
	lacks(t, "who may look alone", viewer.get("/admin/permissions"), "Declare a permission", `action="/admin/permissions" hx-post`)
}

func TestPermissions_declare(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	post := func(name, description string) got {
		return v.post("/admin/permissions", url.Values{"name": {name}, "description": {description}})
	}
	page := v.goes("the form", post(" shop.read ", "Reads."), "/admin/permissions/shop.read")
	v.says("declared", page, 200, "shop.read is declared.", "Reads.", "No role has it.", "Nobody was granted it directly.")
	for _, c := range []struct {
		name, description, field, says string
		status                         int
	}{
		{"shop.read", "", "name", "This permission already exists.", 409},
		{"countersign.fly", "", "name", "The service's own permissions cannot be changed.", 409},
		{"shop.*", "kept", "name", "A permission is named app.action", 400},
		{"shop read.x", "kept", "name", "A permission is named app.action", 400},
		{"", "kept", "name", "A permission is named app.action", 400},
		{"shop.x", "a\u202Eb", "description", "A description is at most 255 printable characters.", 400},
	} {
		a := post(c.name, c.description)
		v.says(fmt.Sprintf("%q", c.name), a, c.status, c.says, `id="`+c.field+`-problem"`, "<details open>", "countersign.view_user")
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	declare(t, s, "shop.read")
	r := addRole(t, s, role.Draft{Name: "Reader", Permissions: []access.Permission{"shop.read"}})
	ann := s.Someone(t)
	must(t, s.App.Roles.GrantToUser(t.Context(), access.Command("test"), role.Grant{To: ident.UserID(ann.ID), Permission: "shop.read", Until: s.Now().Add(24 * time.Hour)}))
	const at = "/admin/permissions/shop.read"
	v.says("the page", v.get(at), 200, "1 role: <a href=\""+atRole(r), "1 user: <a href=\"/admin/users/"+ann.ID, "(until <time", "It is taken from 1 role and 1 user,")
	v.says("described", v.goes("the form", v.post(at, url.Values{"description": {"Reads everything."}}), at), 200, "The description is saved.", "Reads everything.")
	v.says("too long", v.post(at, url.Values{"description": {strings.Repeat("x", 256)}}), 400, `id="description-problem"`)
	v.says("none", v.get("/admin/permissions/shop.fly"), 404, "There is no such permission.")
	v.says("none", v.get("/admin/permissions/%00"), 404, "There is no such permission.")
	v.says("none to describe", v.post("/admin/permissions/shop.fly", url.Values{"description": {"x"}}), 404)

	own := v.get("/admin/permissions/countersign.view_user")
	v.says("the service's own", own, 200, "The service itself asks for this permission.")
	lacks(t, "the service's own", own, `action="/admin/permissions/countersign`)
	v.says("describing it", v.post("/admin/permissions/countersign.view_user", url.Values{"description": {"x"}}), 409, "The service's own permissions cannot be changed.")
	v.says("deleting it", v.post("/admin/permissions/countersign.view_user/delete", nil), 409, "The service's own permissions cannot be changed.", "See the accounts")
}

// Case J20: deleting wants a fresh password.
func TestPermission_delete(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	declare(t, s, "shop.read")
	r := addRole(t, s, role.Draft{Name: "Reader", Permissions: []access.Permission{"shop.read"}})
	const at = "/admin/permissions/shop.read"
	other := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewPermission, access.DeletePermission))
	page := other.get(at)
	other.says("who does not hold it", page, 200, "You do not hold this permission yourself, so you cannot delete it.")
	lacks(t, "who does not hold it", page, at+"/delete", "Reader", "Roles with it", "Users with it")
	other.says("deleting all the same", other.post(at+"/delete", nil), 403, access.ErrGivesMore.Public)
	s.Advance(t, 6*time.Minute)
	v.says("later", v.post(at+"/delete", nil), 403, "Confirm that it is you")
	v.says("with the password", v.goes("the form", v.post(at+"/delete", url.Values{"confirm_password": {p.Password}}), "/admin/permissions"), 200, "shop.read is deleted.")
	if got := roleNow(t, s, r).Permissions; len(got) != 0 {
		t.Errorf("the role has %v", got)
	}
	v.says("again", v.post(at+"/delete", nil), 404, "There is no such permission.")
}
