package webui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// made makes an account with a name and an address.
func made(t *testing.T, s *apptest.Service, d account.Draft) user.User {
	t.Helper()
	d.Password = secret.New(apptest.Password)
	u, err := s.App.Accounts.Create(t.Context(), access.Command("test"), d)
	must(t, err)
	return u
}

// aRole makes a role that gives permissions of an application of its own.
func aRole(t *testing.T, s *apptest.Service, name string, all ...access.Permission) role.Role {
	t.Helper()
	root := access.Command("test")
	for _, p := range all {
		_, _ = s.App.Roles.CreatePermission(t.Context(), root, role.Permission{Name: p}) // it may be there
	}
	r, err := s.App.Roles.Create(t.Context(), root, role.Draft{Name: name, Permissions: all, Description: "What " + name + " do."})
	must(t, err)
	return r
}

// crowd is some accounts, of all sorts, and one who has a lot.
func crowd(t *testing.T, s *apptest.Service) (some, overlong user.User) {
	t.Helper()
	root := access.Command("test")
	for i, first := range strings.Fields("Ada Björn Chioma Dmitri Elif Fatima Giorgos Hanako Ines Jamal Kwame Lucía Mei Nadia Oskar Priya Qadir Rosa Sven Thandi") {
		u := made(t, s, account.Draft{
			Username: strings.ToLower(fmt.Sprintf("%s.%d", first, i)), Email: fmt.Sprintf("%d@example.org", i), FirstName: first, Staff: i%5 == 0, LastName: "of the crowd",
		})
		if i%7 == 3 {
			must(t, s.App.Accounts.Disable(t.Context(), root, u.ID))
		}
		s.Advance(t, 26*time.Hour)
	}
	long := made(t, s, account.Draft{Username: strings.Repeat("w", 150), Email: strings.Repeat("m", 60) + "@" + strings.Repeat("example.", 20) + "org", FirstName: strings.Repeat("Very", 30)})
	u := made(t, s, account.Draft{Username: "maria", Email: "maria@example.org", FirstName: "Maria", LastName: "Kowalska", Staff: true})
	readers, editors := aRole(t, s, "Readers", "shop.read", "shop.list"), aRole(t, s, "Editors", "shop.write")
	must(t, s.App.Roles.Include(t.Context(), root, role.Inclusion{Role: editors.ID, Included: readers.ID}))
	must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: u.ID, Role: editors.ID}))
	must(t, s.App.Roles.GrantToUser(t.Context(), root, role.Grant{To: u.ID, Permission: "shop.read", Until: s.Now().Add(time.Hour)}))
	wide := aRole(t, s, strings.Repeat("Wide", 37), access.Permission(strings.Repeat("a", 70)+"."+strings.Repeat("b", 70)))
	must(t, s.App.Roles.Assign(t.Context(), root, role.Assignment{To: long.ID, Role: wide.ID, Until: s.Now().Add(time.Hour)}))
	must(t, s.App.Roles.GrantToUser(t.Context(), root, role.Grant{To: long.ID, Permission: wide.Permissions[0]}))
	for range 3 {
		s.SignIn(t, apptest.Person{Username: "maria", Password: apptest.Password})
	}
	return u, long
}

// Must hold 1: an administrator finds somebody, creates a user, gives a role, sees why
// a permission is held, ends a session, disables and enables.
func TestChromium_users(t *testing.T) {
	b := newBrowser(t)
	if b == nil {
		return
	}
	s := apptest.Start(t, apptest.Options{})
	maria, overlong := crowd(t, s)
	b.show("light", 1280, 900)
	b.signIn(s.URL, "admin", s.Superuser(t))
	b.visit("users-filtered", s.URL+"/admin/users?state=disabled&from=2026-02-31&role=Nobody")
	b.visit("users-none", s.URL+"/admin/users?find=nobody.there")
	b.visit("user-overlong", s.URL+"/admin/users/"+string(overlong.ID))
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/users")
	b.fill("find", "mar") // without a press of any button
	for end := time.Now().Add(10 * time.Second); b.text("document.querySelectorAll('#rows > li').length") != "1" && time.Now().Before(end); {
	}
	if got := b.text("document.querySelector('#rows a').innerText + ' ' + location.search"); got != "maria ?find=mar&anywhere=&state=&staff=&superuser=&role=&from=&until=" {
		t.Errorf("the search finds %q", got)
	}
	b.open(s.URL + "/admin/users?state=active")
	b.text("document.querySelectorAll('#rows input').forEach((e, i) => e.checked = [0, 3, 4].includes(i))")
	b.press("Disable")
	b.here("users-disabled-light-1280", 1280)
	b.show("dark", 390, 900)
	b.here("users-disabled-dark-390", 390)
	b.creates(s)
	b.works(s, maria.ID)
}

// creates makes a user by the form and gives a role.
func (b *browser) creates(s *apptest.Service) {
	b.t.Helper()
	b.show("light", 1280, 900)
	b.open(s.URL + "/admin/users/new")
	for id, text := range map[string]string{"username": "zoe", "email": "zoe@example.org", "password": plain, "password_again": "another"} {
		b.fill(id, text)
	}
	b.press("Create user")
	b.here("user-new-problem-light-1280", 1280)
	b.fill("password", plain)
	b.fill("password_again", plain)
	b.press("Create user")
	b.flashed("Created: zoe.")
	b.here("user-created-light-1280", 1280)
	b.fill("role", "Nobodies")
	b.press("Give")
	b.here("user-role-problem-light-1280", 1280)
	b.fill("role", "Editors")
	b.text("document.getElementById('role_for').value = '24h'")
	b.press("Give")
	if got := b.text("document.querySelector('#why-rows').innerText"); !strings.Contains(got, "By the role Editors, which includes Readers") {
		b.t.Errorf("why zoe may read: %s", got)
	}
}

// works ends a session, disables and enables, and sets a password.
func (b *browser) works(s *apptest.Service, id ident.UserID) {
	b.t.Helper()
	page := s.URL + "/admin/users/" + string(id)
	b.open(page)
	b.press("End")
	b.flashed("That session has ended.")
	b.press("Disable")
	b.flashed("Signed out everywhere and disabled: maria.")
	b.here("user-disabled-light-1280", 1280)
	b.press("Enable again")
	b.flashed("Enabled, and can sign in again: maria.")
	b.press("New password")
	b.here("user-password-light-1280", 1280)
	b.fill("password", "Another-pass-42")
	b.fill("password_again", "Another-pass-42")
	b.press("Set password")
	b.flashed("The password is set, and every session of maria has ended.")
	b.text("document.querySelectorAll('details').forEach(e => e.open = true)")
	b.here("user-open-light-1280", 1280)
	b.show("dark", 390, 900)
	b.here("user-open-dark-390", 390)
	b.fill("confirm", "somebody")
	b.press("Delete for ever")
	b.focused("confirm") // however far down it is
	b.here("user-delete-problem-dark-390", 390)
	b.fill("confirm", "maria")
	b.press("Delete for ever")
	b.heading("Users")
	b.flashed("Deleted, with everything that they had: maria.")
}
