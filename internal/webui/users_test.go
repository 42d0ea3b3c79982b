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
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

var (
	userNames = regexp.MustCompile(`<a href="/admin/users/[A-Za-z0-9-]+"><bdi>([^<]*)</bdi>`)
	moreUsers = regexp.MustCompile(`<li class="more"><a href="([^"]+)"`)
)

// names are the usernames of a list, in its order.
func names(a got) string {
	var all []string
	for _, m := range userNames.FindAllStringSubmatch(a.body, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// more is where the next part of a list is, "" at its end.
func more(a got) string {
	if m := moreUsers.FindStringSubmatch(a.body); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// stored is what is kept of an account now.
func stored(t *testing.T, s *apptest.Service, id ident.UserID) user.User {
	t.Helper()
	u, err := s.App.Accounts.User(t.Context(), access.Command("test"), id)
	must(t, err)
	return u
}

// The list by the beginning of a name, by a part of anything, and by each filter.
func TestUsers_filters(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	viewer := staff(t, s, access.ViewUser, access.ViewRole)
	first := s.Now()
	s.Advance(t, 24*time.Hour)
	anna := made(t, s, account.Draft{Username: "anna", Email: "a@example.org", LastName: "Bauer"})
	s.Advance(t, 24*time.Hour)
	bauer := made(t, s, account.Draft{Username: "bauer", Staff: true})
	s.Advance(t, 24*time.Hour)
	made(t, s, account.Draft{Username: "Annika", Superuser: true})
	must(t, s.App.Accounts.Disable(t.Context(), root, anna.ID))
	r := aRole(t, s, "Sales & more", "shop.sell")
	must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: bauer.ID, Role: r.ID}))
	v := newVisitor(t, s).signIn("admin", viewer)
	day := func(n int) string { return first.AddDate(0, 0, n).Format(time.DateOnly) }
	for query, want := range map[string]string{
		"find=ann":                              "anna Annika",
		"find=bauer&anywhere=yes":               "bauer anna",
		"find=example.org&anywhere=yes":         "anna",
		"state=disabled":                        "anna",
		"find=ann&state=active":                 "Annika",
		"superuser=yes":                         "Annika",
		"staff=yes&superuser=no&from=" + day(1): "bauer",
		"role=Sales+%26+more":                   "bauer",
		"role=" + string(r.ID):                  "bauer",
		"from=" + day(1) + "&until=" + day(2):   "bauer anna",
		"find=zz":                               "",
		"find=" + strings.Repeat("%C3%A4", 150): "",
	} {
		a := v.get("/admin/users?" + query)
		v.says(query, a, 200)
		if got := names(a); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	v.says("nobody", v.get("/admin/users?find=zz"), 200, "Nobody matches.", `href="/admin/users?anywhere=yes&find=zz"`)
	v.says("found", v.get("/admin/users?find=anna"), 200, "disabled", "a@example.org", "Never signed in", `value="anna"`)
}

// Filters and cursors that no page of ours made are refused (400).
func TestUsers_forged(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.ViewRole))
	for query, says := range map[string]string{
		"state=maybe": "none of the choices", "staff=1": "none of the choices", "superuser=%00": "none of the choices", "anywhere=no": "none of the choices",
		"from=2026-02-30": "no date", "until=now": "no date", "until=9999-12-31": "no date", "role=nobody": "no role of this name", "role=%27+OR+1%3D1": "no role of this name",
		"find=" + strings.Repeat("x", 151): "At most 150",
	} {
		v.says(query, v.get("/admin/users?"+query), 400, says, "Correct the filter")
	}
	for i := range 60 {
		made(t, s, account.Draft{Username: fmt.Sprintf("user%02d", i)})
	}
	one := v.get("/admin/users?find=user")
	next, err := url.Parse(more(one))
	must(t, err)
	two := v.get(next.String())
	if got := names(one) + " " + names(two); strings.Count(got, "user") != 60 || !strings.HasPrefix(got, "user00 user01") || !strings.HasSuffix(got, "user59") || more(two) != "" {
		t.Errorf("in pages: %s, then %q", got, more(two))
	}
	v.says("the second page", two, 200, "Back to the beginning of the list")
	cursor := next.Query().Get("after")
	foreign := page.NewCursors(make([]byte, 32)).Encode("site users", page.Position{At: s.Now(), ID: "x"})
	for what, query := range map[string]string{
		"of the other order": "after=" + cursor, "of a stranger": "after=" + foreign, "cut": "find=user&after=" + cursor[1:], "no cursor": "after=%3Cscript%3E",
	} {
		v.says(what, v.get("/admin/users?"+query), 400, page.ErrCursor.Public)
	}
}

// What the list offers depends on what the caller holds.
func TestUsers_offers(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	bare := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser))
	a := bare.get("/admin/users")
	bare.says("the list", a, 200, "Find a user")
	for _, hidden := range []string{"/admin/users/new", "/admin/users/bulk", `name="role"`, `type="checkbox"`} {
		if strings.Contains(a.body, hidden) {
			t.Errorf("who may only look is offered %s", hidden)
		}
	}
	bare.says("the filter by role", bare.get("/admin/users?role=x"), 403, access.ErrForbidden.Public)
	all := newVisitor(t, s).signIn("admin", s.Superuser(t))
	all.says("the list", all.get("/admin/users"), 200, `href="/admin/users/new"`, `action="/admin/users/bulk"`, `name="role"`, `name="id"`)
}

// A form for a new account.
func TestUsers_new(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewUser, access.AddUser))
	form := func(changes ...string) url.Values {
		f := url.Values{"username": {"zoe"}, "email": {"zoe@example.org"}, "first_name": {"Zoë"}, "password": {plain}, "password_again": {plain}}
		for i := 0; i < len(changes); i += 2 {
			f.Set(changes[i], changes[i+1])
		}
		return f
	}
	a := v.get("/admin/users/new")
	v.says("the form", a, 200, "New user")
	if strings.Contains(a.body, `name="superuser"`) {
		t.Error("who is no superuser is offered to make one")
	}
	v.says("another password", v.post("/admin/users/new", form("password_again", "x")), 400, "not the same", `value="zoe"`)
	v.says("a bad one", v.post("/admin/users/new", form("password", "1", "password_again", "1")), 400, "password-problem")
	v.says("a bad name", v.post("/admin/users/new", form("username", "a b")), 400, "Enter a valid username")
	v.says("a superuser", v.post("/admin/users/new", form("superuser", "yes")), 403, account.ErrGivesFlag.Public)
	a = v.post("/admin/users/new", form("staff", "yes"))
	if a.status != 303 || !strings.HasPrefix(a.location, "/admin/users/") {
		t.Fatalf("%d %s: %s", a.status, a.location, a.body)
	}
	v.says("made", v.get(a.location), 200, "Created: zoe.", "zoe@example.org", "Zoë", "staff")
	a = v.post("/admin/users/new", form("username", "ZOE"))
	v.says("taken", a, 409, "already exists")
	if strings.Contains(a.body, plain) {
		t.Error("a password comes back")
	}
	newVisitor(t, s).signIn("account", apptest.Person{Username: "zoe", Password: plain})
	boss := newVisitor(t, s).signIn("admin", s.Superuser(t))
	boss.says("a superuser's form", boss.get("/admin/users/new"), 200, `name="superuser"`)
	if a = boss.post("/admin/users/new", form("username", "yan", "superuser", "yes")); a.status != 303 {
		t.Errorf("a superuser makes another: %d %s", a.status, a.body)
	}
}

// Cases J01 to J06: whatever an account, a role or an agent is called, the pages of
// users show it as text.
func TestUsers_hostile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := access.Command("test")
	u := made(t, s, account.Draft{Username: "victim"})
	at := "/admin/users/" + string(u.ID)
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	db := s.SQL(t)
	for _, text := range hostile {
		// As an import or another hand may have left it, past every check.
		if _, err := db.ExecContext(t.Context(), `UPDATE users SET username = ?, email = ?, first_name = ?, last_name = ? WHERE id = ?`, text, text, text, text, u.ID); err != nil {
			t.Fatal(err)
		}
		if r, err := s.App.Roles.Create(t.Context(), root, role.Draft{Name: text, Description: text}); err == nil {
			must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: u.ID, Role: r.ID}))
		}
		q := url.QueryEscape(text)
		for _, path := range []string{
			"/admin/users", "/admin/users?find=" + q, "/admin/users?anywhere=yes&find=" + q, "/admin/users?role=" + q, "/admin/users?state=" + q + "&from=" + q,
			"/admin/users?after=" + q, at, at + "?why=" + q, at + "?sessions=" + q, at + "?show=" + q, at + "/password",
		} {
			harmless(t, text, v.get(path).body)
		}
		typed := url.Values{}
		for _, name := range []string{"username", "email", "first_name", "last_name", "role", "permission", "confirm", "asked", "session", "id", "name", "role_for"} {
			typed.Set(name, text)
		}
		typed.Set("version", "0")
		typed.Set("confirm", text+"x")
		for _, action := range []string{"", "/roles/give", "/roles/take", "/permissions/grant", "/permissions/revoke", "/sessions/end", "/delete", "/disable", "/enable"} {
			typed.Set("role_for", "")
			a := v.post(at+action, typed)
			harmless(t, text, a.body)
			if a.status == 303 {
				harmless(t, text, v.get(at).body)
			}
		}
		typed.Set("action", "disable")
		harmless(t, text, v.post("/admin/users/bulk", typed).body)
		harmless(t, text, v.post("/admin/users/new", typed).body)
	}
}
