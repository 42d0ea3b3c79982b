package webui_test

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/role"
)

func TestRole_edit(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	r := addRole(t, s, role.Draft{Name: "Clerk"})
	addRole(t, s, role.Draft{Name: "Admin"})
	page := v.goes("the form", v.post(atRole(r), url.Values{"name": {"Chief"}, "description": {"Leads."}, "permissions": {"x.y"}, "version": {"0"}}), atRole(r))
	v.says("saved", page, 200, "The role Chief is saved.", "<h1><bdi>Chief</bdi></h1>", "Leads.")
	for name, want := range map[string]struct {
		status int
		says   string
	}{
		"Admin": {409, "A role with that name already exists."},
		"Аdmin": {409, `It looks like the name of the role "Admin".`}, // Cyrillic: case H24
		"":      {400, "A role's name is"},
	} {
		a := v.post(atRole(r), url.Values{"name": {name}, "description": {"kept"}, "version": {"1"}})
		v.says("a refused name "+name, a, want.status, want.says, `aria-describedby="name-problem"`, `value="kept"`, "<h1><bdi>Chief</bdi></h1>")
	}
	v.says("no role", v.post("/admin/roles/nothing", url.Values{"name": {"x"}, "version": {"0"}}), 404, "There is no such role.")
	v.says("no version", v.post(atRole(r), url.Values{"name": {"x"}}), 400, "Open the page again.")
}

// A form that was opened before somebody else's change saves nothing, says so, and has
// what was typed beside what is stored.
func TestRole_stale(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	r := addRole(t, s, role.Draft{Name: "Clerk", Description: "Sells."})
	v.says("the form", v.get(atRole(r)), 200, `name="version" value="0"`)
	form := func(version string) url.Values {
		return url.Values{"name": {"Chief"}, "description": {"Leads."}, "version": {version}}
	}
	_, err := s.App.Roles.Update(t.Context(), access.Command("another"), r.ID, role.Change{Description: new("Packs.")})
	must(t, err)
	a := v.post(atRole(r), form("0"))
	v.says("stale", a, 412, "Somebody changed this role meanwhile", `value="Chief"`, `value="Leads."`, "Stored now: Clerk", "Stored now: Packs.", `name="version" value="1"`)
	if is := roleNow(t, s, r); is.Name != "Clerk" || is.Description != "Packs." {
		t.Errorf("the role is %+v", is)
	}
	v.says("again", v.goes("the form", v.post(atRole(r), form("1")), atRole(r)), 200, "The role Chief is saved.")
}

// A role is bound where there is a choice of audiences, and every page of it says so.
func TestRole_audience(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{Config: map[string]string{"AUDIENCE": "https://shop.example,books"}})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	v.says("the form", v.get("/admin/roles/new"), 200, `<option value="" selected>every audience</option>`, `<option value="books">books alone</option>`)
	v.says("an unknown one", v.post("/admin/roles/new", url.Values{"name": {"Clerk"}, "audience": {"toys"}}), 400, "No tokens are issued for this audience. There is: https://shop.example, books.", `id="audience-problem"`)
	a := v.post("/admin/roles/new", url.Values{"name": {"Clerk"}, "audience": {"books"}})
	v.says("its page", v.goes("the form", a, a.location), 200, "in tokens for <code>books</code> alone", `<option value="books" selected>`)
	v.says("the list", v.get("/admin/roles"), 200, "in tokens for <code>books</code> alone")
	over := addRole(t, s, role.Draft{Name: "over"})
	r, err := s.App.Roles.RoleByName(t.Context(), access.Command("test"), "Clerk")
	must(t, err)
	must(t, s.App.Roles.Include(t.Context(), access.Command("test"), role.Inclusion{Role: over.ID, Included: r.ID}))
	v.says("in the tree", v.get(atRole(over)), 200, "in tokens for <code>books</code> alone")
	edit := func(audience string) got {
		return v.post(atRole(r), url.Values{"name": {"Clerk"}, "description": {""}, "audience": {audience}, "version": {fmt.Sprint(roleNow(t, s, r).Version)}})
	}
	v.says("another unknown one", edit("toys"), 400, "No tokens are issued for this audience.")
	v.says("bound otherwise", v.goes("the form", edit("https://shop.example"), atRole(r)), 200, "<code>https://shop.example</code> alone")
	page := v.goes("the form", edit(""), atRole(r))
	v.says("bound to none", page, 200, "The role Clerk is saved.")
	lacks(t, "bound to none", page, "</code> alone")

	one := apptest.Start(t, apptest.Options{})
	w := newVisitor(t, one).signIn("admin", one.Superuser(t))
	lacks(t, "where there is one audience", w.get("/admin/roles/new"), `name="audience"`)
}

func TestRole_permissions(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	declare(t, s, "shop.read", "shop.write", "blog.read")
	r := addRole(t, s, role.Draft{Name: "Clerk"})
	has := func(want ...access.Permission) {
		t.Helper()
		if got := roleNow(t, s, r).Permissions; !slices.Equal(got, want) {
			t.Errorf("the role has %v, want %v", got, want)
		}
	}
	add := func(text string) got { return v.post(atRole(r)+"/permissions", url.Values{"permissions": {text}}) }
	v.says("one", v.goes("the form", add("shop.read,shop.read"), atRole(r)), 200, "shop.read is added.")
	v.says("two", v.goes("the form", add("shop.write blog.read shop.read"), atRole(r)), 200, "3 permissions are added.")
	has("blog.read", "shop.read", "shop.write")
	page := v.goes("the button", v.post(atRole(r)+"/permissions/shop.write/remove", nil), atRole(r))
	v.says("removed", page, 200, "shop.write is taken away", "Give it back", atRole(r)+"/permissions/shop.write/add")
	has("blog.read", "shop.read")
	v.says("undone", v.goes("the button", v.post(atRole(r)+"/permissions/shop.write/add", nil), atRole(r)), 200, "shop.write is added.")
	has("blog.read", "shop.read", "shop.write")
	for text, says := range map[string]string{
		"": "Name a permission.", "  ": "Name a permission.", "shop.fly shop.read": "Not declared: shop.fly.", "shop.*": "This is no name of one: shop.*.",
	} {
		v.says("adding "+text, add(text), 400, says, `id="permissions-problem"`, `aria-invalid="true"`)
	}
	v.says("no name", v.post(atRole(r)+"/permissions/shop.*/remove", nil), 400, "A permission is named app.action")
	v.says("not declared", v.post(atRole(r)+"/permissions/shop.fly/add", nil), 404, "There is no such permission.")
	has("blog.read", "shop.read", "shop.write")
}

// The permissions of a role go on where they ended, its own and the inherited.
func TestRole_permissions_pages(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	var all []access.Permission
	for i := range 120 {
		all = append(all, access.Permission(fmt.Sprintf("shop.action_%03d", i)))
	}
	declare(t, s, all...)
	below := addRole(t, s, role.Draft{Name: "below", Permissions: all})
	top := addRole(t, s, role.Draft{Name: "top"}, below)
	for r, asked := range map[string]string{atRole(below): "own", atRole(top): "inherited"} {
		seen, rows, pages := map[string]bool{}, 0, 0
		for at := r; at != "" && pages < 9; pages++ {
			body := v.get(at).body
			_, list, _ := strings.Cut(body, `id="`+asked+`">`)
			list, _, _ = strings.Cut(list, "</ul>")
			rows += strings.Count(list, "<code>")
			for _, p := range all {
				if strings.Contains(list, "<code>"+string(p)+"</code>") {
					seen[string(p)] = true
				}
			}
			_, at, _ = strings.Cut(list, `<li class="more"><a href="`)
			at, _, _ = strings.Cut(at, `"`)
			at = html.UnescapeString(at)
		}
		if len(seen) != len(all) || rows != len(all) || pages != 3 {
			t.Errorf("%s: %d permissions in %d rows on %d pages, want 120 on 3", asked, len(seen), rows, pages)
		}
	}
	v.says("the tree", v.get(atRole(top)), 200, "120 permissions", "and 100 more")
}

func TestRole_includes(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	declare(t, s, "shop.read")
	end := addRole(t, s, role.Draft{Name: "end", Permissions: []access.Permission{"shop.read"}})
	middle := addRole(t, s, role.Draft{Name: "middle"}, end)
	top := addRole(t, s, role.Draft{Name: "top"})
	include := func(in role.Role, name string) got {
		return v.post(atRole(in)+"/includes", url.Values{"role": {name}})
	}
	page := v.goes("the form", include(top, "middle"), atRole(top))
	v.says("included", page, 200, "middle is included.", "Inherited permissions", "from <a href=\"/admin/roles/"+string(end.ID), `aria-label="Exclude middle"`)
	lacks(t, "only its own are excluded here", page, `aria-label="Exclude end"`)
	v.says("from below", v.get(atRole(end)), 200, "Included by 1 role", "Who has it", "by a role that includes it")
	for name, want := range map[string]struct {
		status int
		says   string
	}{
		"top":     {409, "roles cannot include each other in a circle"},
		"end":     {409, "roles cannot include each other in a circle"},
		"nothing": {400, "There is no role of this name."},
		"":        {400, "There is no role of this name."},
	} {
		a := include(end, name)
		v.says("including "+name, a, want.status, want.says, `aria-describedby="role-problem"`)
	}
	page = v.goes("the button", v.post(atRole(top)+"/includes/"+string(middle.ID)+"/remove", nil), atRole(top))
	v.says("excluded", page, 200, "middle is not included any more.", "Include it again", "It includes no other role.")
	v.goes("undone", v.post(atRole(top)+"/includes/"+string(middle.ID)+"/add", nil), atRole(top))
	if got := roleNow(t, s, top).Includes; len(got) != 1 || got[0].ID != middle.ID {
		t.Errorf("it includes %v", got)
	}
	v.says("a circle by the address", v.post(atRole(end)+"/includes/"+string(top.ID)+"/add", nil), 409, "in a circle")
	v.says("no such role", v.post(atRole(end)+"/includes/nothing/add", nil), 404, "There is no such role.")
	last := top
	for i := range role.MaxDepth - 2 {
		last = addRole(t, s, role.Draft{Name: fmt.Sprint("deep ", i)}, last)
	}
	v.says("too deep", include(addRole(t, s, role.Draft{Name: "too deep"}), last.Name), 409, "at most 8 deep", `id="role-problem"`)
}

// Case H22: a role that gives more than the caller holds is looked at, not touched,
// and cannot be included; the page says so before anything is tried.
func TestRole_gives_more(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	declare(t, s, "shop.read", "shop.write")
	more := addRole(t, s, role.Draft{Name: "more", Permissions: []access.Permission{"shop.write"}})
	own := addRole(t, s, role.Draft{Name: "own", Permissions: []access.Permission{"shop.read"}})
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewRole, access.ChangeRole, access.DeleteRole, "shop.read"))
	page := v.get(atRole(more))
	v.says("the page", page, 200, "you can look at it and not change it")
	lacks(t, "the page", page, `<form method="post" action="/admin/roles`, "Who has it", "Delete this role")
	v.says("its own", v.get(atRole(own)), 200, `action="`+atRole(own)+`/delete"`, `name="in_use"`)
	for path, form := range map[string]url.Values{
		"": {"name": {"mine"}}, "/permissions": {"permissions": {"shop.read"}}, "/permissions/shop.write/remove": {}, "/permissions/shop.read/add": {},
		"/includes": {"role": {"own"}}, "/includes/" + string(own.ID) + "/add": {}, "/includes/" + string(own.ID) + "/remove": {}, "/delete": {"in_use": {"yes"}},
	} {
		v.says("changing it at "+path, v.post(atRole(more)+path, form), 403, access.ErrHoldsMore.Public)
	}
	v.says("including it", v.post(atRole(own)+"/includes", url.Values{"role": {"more"}}), 403, access.ErrGivesMore.Public, `id="role-problem"`)
	v.says("adding to it", v.post(atRole(own)+"/permissions", url.Values{"permissions": {"shop.read shop.write"}}), 403, "You do not hold: shop.write.", `id="permissions-problem"`)
	if got := roleNow(t, s, own); len(got.Permissions) != 1 || len(got.Includes) != 0 {
		t.Errorf("it is %+v", got)
	}
}

// Every part of the page is for who may see or do it.
func TestRole_parts(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	r := addRole(t, s, role.Draft{Name: "role"})
	ann := s.Someone(t)
	assign(t, s, ann.ID, r)
	parts := map[access.Permission]string{
		access.ViewUser: "Who has it", access.ChangeRole: "Name and description", access.DeleteRole: "Delete this role",
	}
	for p := range parts {
		page := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewRole, p)).get(atRole(r))
		for other, part := range parts {
			if strings.Contains(page.body, part) != (other == p) {
				t.Errorf("with %s: %q is there or not: %s", p, part, page.body)
			}
		}
		if strings.Contains(page.body, ann.Username) != (p == access.ViewUser) {
			t.Errorf("with %s the page says who has it, or not", p)
		}
	}
	deleter := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewRole, access.DeleteRole))
	a := deleter.post(atRole(r)+"/delete", nil)
	deleter.says("in use", a, 409, "held by 1 user")
	lacks(t, "in use", a, ann.Username)
}
