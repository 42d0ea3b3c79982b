package webui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
)

// seeded is roles as an organisation has them: nested, wide, with long names.
type seeded struct {
	chief, clerk, wide, bare role.Role
}

// declare makes permissions known.
func declare(t *testing.T, s *apptest.Service, all ...access.Permission) {
	t.Helper()
	for _, p := range all {
		_, err := s.App.Roles.CreatePermission(t.Context(), access.Command("test"), role.Permission{Name: p, Description: "May do what " + string(p) + " says."})
		must(t, err)
	}
}

// addRole makes a role with permissions, which includes others.
func addRole(t *testing.T, s *apptest.Service, d role.Draft, includes ...role.Role) role.Role {
	t.Helper()
	root := access.Command("test")
	r, err := s.App.Roles.Create(t.Context(), root, d)
	must(t, err)
	for _, other := range includes {
		must(t, s.App.Roles.Include(t.Context(), root, role.Inclusion{Role: r.ID, Included: other.ID}))
	}
	return r
}

func seedRoles(t *testing.T, s *apptest.Service) seeded {
	t.Helper()
	var all []access.Permission
	for _, app := range []string{"shop", "blog", "a_very_long_application_name_that_somebody_once_chose"} {
		for _, action := range []string{"view_order", "add_order", "change_order", "delete_order", "refund_order_of_another_department", "export"} {
			all = append(all, access.Permission(app+"."+action))
		}
	}
	for i := range 60 {
		all = append(all, access.Permission(fmt.Sprintf("warehouse.shelf_%02d", i)))
	}
	declare(t, s, all...)
	reader := addRole(t, s, role.Draft{Name: "Reader", Description: "Looks at orders.", Permissions: all[:1]})
	clerk := addRole(t, s, role.Draft{Name: "Clerk", Description: "Takes and changes orders.", Permissions: all[1:4]}, reader)
	editor := addRole(t, s, role.Draft{Name: "Editor", Permissions: all[6:10]}, reader)
	store := addRole(t, s, role.Draft{Name: "Warehouse", Description: "All shelves.", Permissions: all[18:]}, clerk)
	long := addRole(t, s, role.Draft{Name: strings.Repeat("Abteilungsleitervertretung", 5), Description: strings.Repeat("A long description goes on. ", 9), Permissions: all[12:18]}, editor)
	var many []role.Role
	for i := range 12 {
		many = append(many, addRole(t, s, role.Draft{Name: fmt.Sprintf("Region %c", 'A'+i), Permissions: all[i : i+1]}, reader))
	}
	return seeded{
		clerk: clerk,
		chief: addRole(t, s, role.Draft{Name: "Chief of staff", Description: "Runs the place.", Permissions: all[4:6]}, clerk, store, long),
		wide:  addRole(t, s, role.Draft{Name: "All regions"}, many...),
		bare:  addRole(t, s, role.Draft{Name: "Nothing yet"}),
	}
}

// Must hold 1: roles and permissions are looked at and changed, at both widths and in
// both colours.
func TestChromium_roles(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	b.signIn(s.URL, "admin", p)
	b.visit("roles-empty", s.URL+"/admin/roles")
	roles := seedRoles(t, s)
	for range 3 {
		assign(t, s, s.Someone(t).ID, roles.clerk)
	}
	at := func(r role.Role) string { return s.URL + "/admin/roles/" + string(r.ID) }
	b.visit("roles-none-found", s.URL+"/admin/roles?find=nothing+like+that")
	b.visit("role-wide", at(roles.wide))
	b.visit("role-clerk", at(roles.clerk))
	b.visit("role-bare", at(roles.bare))
	b.visit("permissions-end", s.URL+"/admin/permissions?find=countersign")
	b.visit("permission-built-in", s.URL+"/admin/permissions/countersign.view_user")
	walkRoles(t, b, s, roles)
}

// walkRoles makes a role, gives it things, and deletes it.
func walkRoles(t *testing.T, b *browser, s *apptest.Service, roles seeded) {
	t.Helper()
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/roles/new")
	b.fill("name", "Сlerk") // the first letter is Cyrillic
	b.text("for (const e of document.querySelectorAll('details')) e.open = true")
	b.here("role-new-open-light-1280", 1280)
	b.press("Create role")
	b.here("role-new-refused-light-1280", 1280)
	b.fill("name", "Auditor")
	b.text("document.querySelector('input[value=\"shop.export\"]').closest('details').open = true; document.querySelector('input[value=\"shop.export\"]').click()")
	b.press("Create role")
	b.heading("Auditor")
	b.flashed("The role Auditor is created.")
	b.fill("permissions", "blog.export, blog.view_order")
	b.press("Add")
	b.flashed("2 permissions are added.")
	b.fill("role", "Clerk")
	b.press("Include")
	b.flashed("Clerk is included.")
	b.here("role-included-light-1280", 1280)
	b.press("Exclude")
	b.reads("Clerk is not included any more.")
	b.press("Include it again")
	b.flashed("Clerk is included.")
	s.Advance(t, 6*time.Minute)
	b.open(s.URL + "/admin/roles/" + string(roles.clerk.ID))
	b.text("for (const e of document.querySelectorAll('details')) e.open = true")
	b.every("role-open")
	b.press("Delete the role")
	b.heading("Confirm that it is you")
	b.fill("confirm_password", apptest.Password)
	b.press("Confirm")
	b.heading("Clerk")
	b.every("role-in-use")
	b.text("document.querySelector('input[name=in_use]').click()")
	b.press("Delete the role")
	b.heading("Roles")
	b.reads("The role Clerk is deleted.")
	declareFromPage(b, s.URL)
	rows := func() string { return b.text("document.querySelectorAll('#rows > li:not(.more)').length") }
	b.open(s.URL + "/admin/permissions")
	before := rows()
	b.text("document.querySelector('.more a').click()")
	for end := time.Now().Add(10 * time.Second); rows() == before && time.Now().Before(end); {
	}
	if before != "50" || rows() != "96" {
		t.Errorf("%s permissions after %s", rows(), before)
	}
	b.fill("find", "refund")
	for end := time.Now().Add(10 * time.Second); rows() != "3" && time.Now().Before(end); {
	}
	b.here("permissions-found-dark-390", 390)
	if rows() != "3" || !strings.HasSuffix(b.text("location.href"), "?find=refund") {
		t.Errorf("%s permissions are found at %s", rows(), b.text("location.href"))
	}
}

// declareFromPage declares a permission, and takes a wrong name back before.
func declareFromPage(b *browser, at string) {
	b.t.Helper()
	b.show("light", 1280, 900)
	b.open(at + "/admin/permissions")
	b.text("document.querySelector('main details').open = true")
	b.fill("name", "shop.*")
	b.press("Declare")
	b.focused("name")
	b.here("permissions-refused-light-1280", 1280)
	b.fill("name", "shop.audit")
	b.press("Declare")
	b.heading("shop.audit")
	b.flashed("shop.audit is declared. Nobody but superusers holds it yet.")
	b.show("dark", 390, 900)
}
