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
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// atRole is the page of a role.
func atRole(r role.Role) string { return "/admin/roles/" + string(r.ID) }

// roleNow is the role as it is kept now.
func roleNow(t *testing.T, s *apptest.Service, r role.Role) role.Role {
	t.Helper()
	found, err := s.App.Roles.Role(t.Context(), access.Command("test"), r.ID)
	must(t, err)
	return found
}

// assign gives a role to an account.
func assign(t *testing.T, s *apptest.Service, to string, r role.Role) {
	t.Helper()
	must(t, s.App.Roles.Assign(t.Context(), access.Command("test"), role.Assignment{To: ident.UserID(to), Role: r.ID}))
}

// lacks reports what a page says and is not to say.
func lacks(t *testing.T, what string, a got, all ...string) {
	t.Helper()
	for _, each := range all {
		if strings.Contains(html.UnescapeString(a.body), each) {
			t.Errorf("%s: the page says %q: %s", what, each, a.body)
		}
	}
}

func TestRoles_list(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	v.says("nothing", v.get("/admin/roles"), 200, "There is no role yet.", "Create the first one", `aria-current="page">Roles`)
	declare(t, s, "shop.read", "shop.write")
	reader := addRole(t, s, role.Draft{Name: "Reader", Permissions: []access.Permission{"shop.read"}})
	addRole(t, s, role.Draft{Name: "100% Writer", Description: "Writes.", Permissions: []access.Permission{"shop.write"}}, reader)
	v.says("both", v.get("/admin/roles"), 200, "Gives 1 permission.", "Writes.", "Gives 2 permissions, 1 of its own. Includes <bdi>Reader</bdi>.")
	found := v.get("/admin/roles?find=" + url.QueryEscape("0% w"))
	v.says("a part of a name", found, 200, "100% Writer", `value="0% w"`)
	lacks(t, "a part of a name", found, ">Reader</bdi></a>")
	v.says("none", v.get("/admin/roles?find=_"), 200, "No role has that in its name.")
	for _, forged := range []string{"x", "AAAA", "' OR 1=1", "%00"} { // case L16
		v.says("a forged cursor", v.get("/admin/roles?after="+url.QueryEscape(forged)), 400, "This cursor does not belong to a list")
		v.says("a forged cursor of a role", v.get(atRole(reader)+"?own="+url.QueryEscape(forged)), 400, "This cursor does not belong to a list")
	}
	viewer := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewRole))
	lacks(t, "who may look alone", viewer.get("/admin/roles"), "/admin/roles/new", ">Permissions</a>")
}

// Case L16: the list goes on where it ended, with its search.
func TestRoles_pages(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for i := range 60 {
		addRole(t, s, role.Draft{Name: fmt.Sprintf("Role %02d & more", i)})
	}
	addRole(t, s, role.Draft{Name: "another"})
	row, more := regexp.MustCompile(`href="/admin/roles/[0-9a-f-]{36}"`), regexp.MustCompile(`<li class="more"><a href="([^"]*)"`)
	seen, pages := map[string]bool{}, 0
	for at := "/admin/roles?find=" + url.QueryEscape("& m"); at != "" && pages < 9; pages++ {
		a := v.get(at)
		v.says("a page", a, 200, `value="& m"`)
		for _, each := range row.FindAllString(a.body, -1) {
			seen[each] = true
		}
		if strings.Contains(a.body, "Back to the beginning") != (pages > 0) {
			t.Errorf("page %d leads back, or not: %s", pages, a.body)
		}
		at = ""
		if m := more.FindStringSubmatch(a.body); m != nil {
			at = html.UnescapeString(m[1])
		}
	}
	if len(seen) != 60 || pages != 3 {
		t.Errorf("%d roles on %d pages, want 60 on 3", len(seen), pages)
	}
}

func TestRoles_new(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	declare(t, s, "shop.read", "shop.write", "blog.write")
	v.says("the form", v.get("/admin/roles/new"), 200, "New role", `value="shop.read"`, "countersign", "All that you can give.")
	form := url.Values{"name": {" Clerk "}, "description": {"Writes."}, "permission": {"shop.read"}, "permissions": {"shop.write,\r\nblog.write shop.read"}}
	a := v.post("/admin/roles/new", form)
	page := v.goes("the form", a, a.location)
	v.says("created", page, 200, "The role Clerk is created.", "Gives 3 permissions.", "blog.write", "shop.read", "shop.write", "Nobody has this role yet.")

	for _, c := range []struct {
		field, value, says string
		status             int
	}{
		{"name", "Clerk", "A role with that name already exists.", 409},
		{"name", "clerk", `It looks like the name of the role "Clerk".`, 409},
		{"name", "Сlеrk", `It looks like the name of the role "Clerk".`, 409}, // case H24: two Cyrillic letters
		{"name", "", "A role's name is 1 to 150 printable characters", 400},
		{"name", "abc\u202Efdp.exe", "A role's name is 1 to 150 printable characters", 400},
		{"name", "a\x00b", "A role's name is 1 to 150 printable characters", 400},
		{"name", strings.Repeat("é", 151), "A role's name is 1 to 150 printable characters", 400},
		{"description", strings.Repeat("x", 256), "A description is at most 255 printable characters.", 400},
		{"permissions", "shop.* shop.read", "This is no name of one: shop.*.", 400},
		{"permissions", "shop", "This is no name of one: shop.", 400},
		{"permissions", strings.Repeat("x", 9000), "This is no name of one: xxx", 400},
		{"permissions", "shop.fly no.one", "Not declared: shop.fly, no.one.", 400},
		{"permissions", manyNames(501), "At most 500 permissions at once.", 400},
	} {
		form := url.Values{"name": {"Another"}, "description": {"text"}, "permission": {"shop.read"}, "permissions": {"shop.write"}}
		form.Set(c.field, c.value)
		a := v.post("/admin/roles/new", form)
		v.says(c.field+" "+fmt.Sprintf("%.30q", c.value), a, c.status, c.says, `id="`+c.field+`-problem"`, `value="shop.read" checked`)
		if c.field != "name" {
			v.says("what was typed", a, c.status, `value="Another"`)
		}
	}
	if n := len(s.Events(t, event.Filter{Action: event.RoleCreated})); n != 1 {
		t.Errorf("%d roles were created", n)
	}
}

// There can be thousands of permissions: the page lists some, and takes all by name.
func TestRoles_new_of_many(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for i := range 320 {
		declare(t, s, access.Permission(fmt.Sprintf("shop.action_%03d", i)))
	}
	page := v.get("/admin/roles/new")
	v.says("the form", page, 200, "There are many", "list of all")
	if n := strings.Count(page.body, `type="checkbox"`); n != 300 {
		t.Errorf("%d are listed, want 300", n)
	}
	a := v.post("/admin/roles/new", url.Values{"name": {"Clerk"}, "permission": {"shop.action_001"}, "permissions": {"shop.action_319"}})
	v.says("created", v.goes("the form", a, a.location), 200, "shop.action_001", "shop.action_319")
}

func manyNames(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "many.name_%d ", i)
	}
	return text.String()
}

// Case H22: nobody gives by a role what they do not hold, and is told what that is.
func TestRoles_new_gives_more(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	declare(t, s, "shop.read", "shop.write")
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.AddRole, "shop.read"))
	page := v.get("/admin/roles/new")
	v.says("the form", page, 200, `value="shop.read"`)
	lacks(t, "the form", page, "shop.write", "countersign.view_user")
	a := v.post("/admin/roles/new", url.Values{"name": {"Clerk"}, "permission": {"shop.read", "shop.write"}})
	v.says("more", a, 403, "You do not hold: shop.write.", `id="permissions-problem"`)
	v.says("what they hold", v.goes("the form", v.post("/admin/roles/new", url.Values{"name": {"Clerk"}, "permission": {"shop.read"}}), "/admin/roles/new"), 200, "The role Clerk is created.")
	v.says("its page", v.get("/admin/roles"), 403)
}

// Case J01 to J06: whatever a role, what it includes, and who has it are called, the
// pages show it as text; what turns the text around it is kept apart.
func TestRoles_hostile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	db := s.SQL(t)
	top := addRole(t, s, role.Draft{Name: "top"})
	below := addRole(t, s, role.Draft{Name: "below"})
	middle := addRole(t, s, role.Draft{Name: "middle"}, below)
	must(t, s.App.Roles.Include(t.Context(), access.Command("test"), role.Inclusion{Role: top.ID, Included: middle.ID}))
	declare(t, s, "shop.hostile")
	for i, text := range hostile { // as an import may have brought it
		_, err := db.ExecContext(t.Context(), "UPDATE roles SET name = ?, search_text = ?, description = ? WHERE id = ?", text, strings.ToLower(text), text, string(middle.ID))
		must(t, err)
		_, err = db.ExecContext(t.Context(), "UPDATE permissions SET description = ? WHERE name = 'shop.hostile'", text)
		must(t, err)
		for _, path := range []string{"/admin/roles", atRole(top), atRole(middle), atRole(below), "/admin/permissions", "/admin/permissions/shop.hostile"} {
			a := v.get(path)
			harmless(t, text, a.body)
			v.says("the page", a, 200, "</bdi>")
			if !strings.Contains(path, "permission") && !strings.Contains(html.UnescapeString(a.body), "<bdi>"+text+"</bdi>") {
				t.Errorf("%s does not show %q apart: %s", path, text, a.body)
			}
		}
		for path, form := range map[string]url.Values{
			"/admin/roles/new":             {"name": {text}, "permissions": {text}, "description": {text}},
			atRole(below):                  {"name": {text + "\x00"}, "description": {text}, "version": {"0"}},
			atRole(below) + "/permissions": {"permissions": {text + " *"}},
			atRole(below) + "/includes":    {"role": {text + "?"}},
			"/admin/permissions":           {"name": {text}, "description": {text}},
		} {
			a := v.post(path, form)
			harmless(t, text, a.body)
			v.says(fmt.Sprint("the form at ", path, " with ", i), a, 400)
		}
		harmless(t, text, v.get("/admin/roles?find="+url.QueryEscape(text)).body)
		harmless(t, text, v.get("/admin/permissions?find="+url.QueryEscape(text)).body)
		harmless(t, text, v.get("/admin/permissions/"+url.PathEscape(text)).body)
		harmless(t, text, v.get("/admin/roles/"+url.PathEscape(text)).body)
	}
}

// A dangerous action on a role wants a fresh password (case J20), and what the page
// posts goes on after it.
func TestRoles_delete(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	ann := s.Someone(t)
	used := addRole(t, s, role.Draft{Name: "used"})
	free, over := addRole(t, s, role.Draft{Name: "free"}), addRole(t, s, role.Draft{Name: "over"}, used)
	assign(t, s, ann.ID, used)
	page := v.get(atRole(used))
	v.says("who loses it", page, 200, "1 user would lose it: <bdi>"+ann.Username+"</bdi>.", "1 role would not include it any more: <bdi>over</bdi>.", `name="in_use"`, "/admin/users/"+ann.ID, "/admin/users?role="+string(used.ID))
	lacks(t, "nobody loses it", v.get(atRole(free)), `name="in_use"`, "would lose")
	v.says("in use", v.post(atRole(used)+"/delete", nil), 409, "The role is in use: held by "+ann.Username+"; included by over.", `<details class="danger" open>`)
	s.Advance(t, 6*time.Minute)
	v.says("later", v.post(atRole(used)+"/delete", url.Values{"in_use": {"yes"}}), 403, "Confirm that it is you", `name="in_use" value="yes"`)
	v.says("with the password", v.goes("the form", v.post(atRole(used)+"/delete", url.Values{"in_use": {"yes"}, "confirm_password": {p.Password}}), "/admin/roles"), 200, "The role used is deleted.")
	v.says("the other", v.goes("the form", v.post(atRole(free)+"/delete", nil), "/admin/roles"), 200, "The role free is deleted.")
	v.says("again", v.post(atRole(free)+"/delete", nil), 404, "There is no such role.")
	v.says("its page", v.get(atRole(free)), 404, "There is no such role.")
	if len(roleNow(t, s, over).Includes) != 0 {
		t.Error("it is still included")
	}
}
