package userfile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// TestImport: rows become accounts with what they hold and one event each, and a
// second run changes nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		f.declare("blog.publish", "shop.sell", "editor", "reader")
		lines := []string{
			`{"username":"Alice","id":"a-1","email":"al@EXAMPLE.org","is_staff":true,"is_superuser":true,"joined_at":"2024-01-02T03:04:05.678Z",
			"last_sign_in_at":"2025-01-02T03:04:05Z","roles":["reader","editor","editor"],"permissions":["shop.sell","blog.publish"],"initial_password":"` + plain + `"}`,
			`{"username":"bob","is_active":false,"password_hash":"!disabled"}`,
			`{"username":"carol","first_name":"Car","last_name":"Ol"}`,
		}
		lines[0] = strings.ReplaceAll(lines[0], "\n", "")
		equal(t, "report", f.take(userfile.Options{}, lines...), userfile.Report{Created: 3})
		equal(t, "rows", f.rows, 3)

		alice := f.user("Alice")
		if !f.opens(alice, plain) || !alice.PasswordMustChange || !alice.Staff || !alice.Superuser || !alice.Active || alice.ID != "a-1" ||
			alice.Email != "al@example.org" || alice.UsernameKey != "alice" || alice.EmailKey == "" ||
			alice.JoinedAt.UnixMilli() != 1_704_164_645_678 || alice.LastSignInAt.UnixMilli() != 1_735_787_045_000 {
			t.Errorf("alice is %+v", alice)
		}
		bob, carol := f.user("bob"), f.user("carol")
		if bob.Active || bob.Password.Reveal() != "!disabled" || !bob.JoinedAt.Equal(began) || bob.PasswordMustChange {
			t.Errorf("bob is %+v", bob)
		}
		if !strings.HasPrefix(carol.Password.Reveal(), "!") || len(carol.ID) != 36 || carol.FirstName != "Car" || carol.LastName != "Ol" {
			t.Errorf("carol is %+v", carol)
		}
		rights, err := db.Rights(t.Context(), alice.ID, time.Time{})
		must(t, err)
		equal(t, "what alice holds", rights, access.Rights{
			Superuser: true, Staff: true, Roles: []string{"editor", "reader"}, Permissions: []access.Permission{"blog.publish", "shop.sell"},
		})
		made := f.events(event.UserCreated)
		equal(t, "events", len(made), 3)
		for _, e := range made {
			if strings.Contains(e.Detail, plain) || strings.Contains(e.Detail, "argon2") || e.Actor.Kind != access.Operator || !e.At.Equal(began) {
				t.Errorf("event %+v", e)
			}
		}
		equal(t, "second run", f.take(userfile.Options{}, lines...), userfile.Report{Unchanged: 3})
		equal(t, "events after it", len(f.events("")), 3+len(f.events(event.PermissionCreated))+len(f.events(event.RoleCreated)))
	})
}

// More rows than a batch, some of them bad: all others are there.
func TestImport_many(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		f.IntegerIDs = true
		var lines []string
		for i := range 505 {
			line := fmt.Sprintf(`{"username":"user%d"}`, i)
			switch {
			case i%100 == 50:
				line = `{"username":"no one"}`
			case i%100 == 60:
				line = fmt.Sprintf(`{"username":"user%d","id":%d}`, i, 1000*i)
			}
			lines = append(lines, line)
		}
		equal(t, "report", f.take(userfile.Options{}, lines...), userfile.Report{Created: 500, Bad: 5})
		equal(t, "findings", len(f.found), 5)
		equal(t, "the first one", f.found[0].Line, 51)
		equal(t, "the id after the largest", string(f.user("user461").ID) > "460000", true)
		equal(t, "second run", f.take(userfile.Options{}, lines...), userfile.Report{Unchanged: 500, Bad: 5})
	})
}

// An account that exists is never written, and what differs is named.
func TestImport_conflicts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.declare("blog.publish", "editor")
	f.take(userfile.Options{}, `{"username":"alice","id":"42","email":"a@example.org","joined_at":"2024-01-02"}`)
	before := f.user("alice")
	for line, want := range map[string]string{
		`{"username":"alice"}`: "",
		`{"username":"alice","id":"42","email":"a@EXAMPLE.org","roles":[],"permissions":[],"is_staff":false}`: "",
		`{"username":"alice","password_hash":"!other","last_sign_in_at":"2026-01-01"}`:                        "",
		`{"username":"alice","initial_password":"` + plain + `"}`:                                             "",
		`{"username":"alice","email":"","is_active":false}`:                                                   "email, is_active",
		`{"username":"ALICE"}`:           "username",
		`{"username":"alice","id":"43"}`: "id",
		`{"username":"alice","first_name":"A","last_name":"B","is_staff":true,"is_superuser":true}`: "first_name, last_name, is_staff, is_superuser",
		`{"username":"alice","joined_at":"2024-01-03"}`:                                             "joined_at",
		`{"username":"alice","roles_until":["2027-02-01T00:00:00Z editor"]}`:                        "roles",
		`{"username":"alice","roles":["editor"],"permissions":["blog.publish"]}`:                    "roles, permissions",
	} {
		report := f.take(userfile.Options{}, line)
		if want == "" {
			equal(t, line, report, userfile.Report{Unchanged: 1})
			continue
		}
		equal(t, line, report, userfile.Report{Conflicts: 1})
		if got := f.reasons(); !strings.HasSuffix(got, "differs in "+want+"\n") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	equal(t, "the id of another", f.take(userfile.Options{}, `{"username":"bob","id":"42"}`), userfile.Report{Conflicts: 1})
	equal(t, "its reason", f.reasons(), "conflict bob: the id 42 is that of alice\n")
	equal(t, "alice", f.user("alice"), before)
}

// Cases H10, L18, L21 and L22, and the rest of what makes a row bad.
func TestImport_bad_rows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.declare("editor")
	for line, want := range map[string]string{
		`{}`:                             "username: This field may not be blank.",
		`{"username":"a b","email":"x"}`: "email: Enter a valid email address. username: Enter a valid username",
		`{"username":"` + strings.Repeat("u", 151) + `"}`:         "no more than 150 characters",
		`{"username":"a","last_name":"\u202e"}`:                   "last_name: ",
		`{"username":"a","id":"4 2"}`:                             "the id is not",
		`{"username":"a","id":"` + strings.Repeat("4", 41) + `"}`: "the id is not",
		`{"username":"a","password_hash":"secret-not-hash"}`:      "password_hash: ",
		`{"username":"a","password_hash":"$argon2id$v=19$m=4194304,t=3,p=4$c2FsdHNhbHQ$` + strings.Repeat("A", 43) + `"}`: "password_hash: ",
		`{"username":"a","password_hash":"pbkdf2_sha256$1000000000$salt$` + strings.Repeat("A", 43) + `="}`:               "password_hash: ",
		`{"username":"a","password_hash":"md5$salt$` + strings.Repeat("0", 32) + `"}`:                                     "md5 is a weak format",
		`{"username":"a","password_hash":"!","initial_password":"` + plain + `"}`:                                         "a row has one of them",
		`{"username":"alicewonder","initial_password":"alicewonder"}`:                                                     "initial_password: The password is too similar to the username.",
		`{"username":"a","initial_password":"` + strings.Repeat("x", 1025) + `"}`:                                         "initial_password: This password is too long",
		`{"username":"a","roles_until":["2027-02-01T00:00:00Z nobody"]}`:                                                  `roles: there is no role "nobody"`,
		`{"username":"a","roles_until":["editor"]}`:                                                                       "is not a time as",
		`{"username":"a","roles_until":["2027-02-01 editor"]}`:                                                            "is not a time as",
		`{"username":"a","roles_until":["2927-02-01T00:00:00Z editor"]}`:                                                  "more than 100 years",
		`{"username":"a","roles":["x"],"roles_until":["2027-02-01T00:00:00Z x"]}`:                                         "is there with two ends",
		`{"username":"a","permissions_until":["2027-02-01T00:00:00Z *"]}`:                                                 "is no name of a permission",
		`{"username":"a","roles":["nobody"]}`:                                                                             `roles: there is no role "nobody"`,
		`{"username":"a","roles":["a\u0007"]}`:                                                                            "is no name of a role",
		`{"username":"a","permissions":["a b"]}`:                                                                          "is no name of a permission",
		`{"username":"a","permissions":["blog.publish"]}`:                                                                 "permissions: there is no permission blog.publish",
	} {
		equal(t, line, f.take(userfile.Options{}, line), userfile.Report{Bad: 1})
		if got := f.reasons(); !strings.Contains(got, want) || strings.Contains(got, "secret-not-hash") || strings.Contains(got, plain) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	f.IntegerIDs = true
	for _, id := range []string{`"a"`, `"042"`, `"0"`, `9007199254740992`, `"-4"`} {
		f.take(userfile.Options{}, `{"username":"a","id":`+id+`}`)
		if got := f.reasons(); !strings.Contains(got, "ids are integers here") {
			t.Errorf("id %s: %q", id, got)
		}
	}
	f.IntegerIDs = false
	report := f.take(userfile.Options{}, `{"username":"twice","id":"1"}`, `{"username":"TWICE"}`, `{"username":"other","id":"1"}`)
	equal(t, "rows of one file", report, userfile.Report{Created: 1, Bad: 2})
	equal(t, "their reasons", f.reasons(), "TWICE: line 1 has the same username\nother: line 1 has the same id\n")
	equal(t, "allowed", f.take(userfile.Options{AllowWeakHashes: true}, `{"username":"a","password_hash":"md5$salt$`+strings.Repeat("0", 32)+`"}`), userfile.Report{Created: 1})
}

// A dry run finds what a run finds, and writes nothing.
func TestImport_dry_run(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.take(userfile.Options{}, `{"username":"alice"}`)
	events := len(f.events(""))
	report := f.take(userfile.Options{DryRun: true, CreateRoles: true},
		`{"username":"alice"}`, `{"username":"alice2","is_superuser":true,"roles":["new"],"initial_password":"`+plain+`"}`,
		`{"username":"bob","roles":["new"]}`, `{"username":"bob"}`, `{"username":"alice3","roles":["\u0007"]}`)
	equal(t, "report", report, userfile.Report{Created: 2, Unchanged: 1, Bad: 2, RolesCreated: []string{"new"}})
	equal(t, "events", len(f.events("")), events)
	_, err := f.Roles.RoleByName(t.Context(), operator, "new")
	if !errors.Is(err, role.ErrNotFound) {
		t.Errorf("the role: %v", err)
	}
}

// Roles are made for the rows that are imported, once, and recorded.
func TestImport_creates_roles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.take(userfile.Options{}, `{"username":"alice"}`)
	o := userfile.Options{CreateRoles: true}
	report := f.take(o, `{"username":"alice","roles":["unneeded"]}`, `{"username":"bob","roles":["new"]}`, `{"username":"carol","roles":[" new "]}`)
	equal(t, "report", report, userfile.Report{Created: 2, Conflicts: 1, RolesCreated: []string{"new"}})
	equal(t, "events", len(f.events(event.RoleCreated)), 1)
}

// Case H05: whoever imports a superuser needs the setup link no more.
func TestImport_of_a_superuser_drops_the_setup_link(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	hash := []byte("a hash")
	must(t, f.db.PutSetupLink(t.Context(), hash, began.Add(1e9)))
	live := func(want bool) {
		t.Helper()
		is, err := f.db.SetupLinkLive(t.Context(), hash, began)
		must(t, err)
		equal(t, "the link lives", is, want)
	}
	f.take(userfile.Options{}, `{"username":"plain"}`)
	live(true)
	f.take(userfile.Options{}, `{"username":"root","is_superuser":true}`)
	live(false)
}

// Somebody who registers a name of the batch at the same moment keeps it, and the
// rest of the batch is imported.
func TestImport_against_a_registration(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		interrupting(f, func() {
			must(t, db.InsertUser(t.Context(), user.User{ID: "first", Username: "Bob", UsernameKey: "bob"}))
		})
		report := f.take(userfile.Options{}, `{"username":"alice"}`, `{"username":"bob"}`, `{"username":"carol"}`)
		equal(t, "report", report, userfile.Report{Created: 2, Conflicts: 1})
		equal(t, "bob", f.user("bob").ID, "first")
		equal(t, "events", len(f.events(event.UserCreated)), 2)
	})
}

// A role that is deleted at the same moment costs the rows that have it.
func TestImport_against_the_deletion_of_a_role(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.declare("editor")
	interrupting(f, func() {
		r, err := f.Roles.RoleByName(t.Context(), operator, "editor")
		must(t, err)
		must(t, f.Roles.Delete(t.Context(), operator, r.ID))
	})
	report := f.take(userfile.Options{}, `{"username":"alice","roles":["editor"]}`, `{"username":"bob"}`)
	equal(t, "report", report, userfile.Report{Created: 1, Bad: 1})
	equal(t, "reason", f.reasons(), "alice: There is no such role.\n")
}

// What was written before a failure stays, and the next run goes on there.
func TestImport_goes_on_after_a_failure(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	inTx, calls := f.InTx, 0
	f.InTx = func(ctx context.Context, do func(userfile.Store) error) error {
		if calls++; calls > 1 {
			return errBroken
		}
		return inTx(ctx, do)
	}
	var lines []string
	for i := range 300 {
		lines = append(lines, fmt.Sprintf(`{"username":"user%d"}`, i))
	}
	report, err := f.try(userfile.Options{}, strings.Join(lines, "\n"))
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "line 201") {
		t.Errorf("error %v", err)
	}
	equal(t, "report", report, userfile.Report{Created: 200})
	f.InTx = inTx
	equal(t, "the next run", f.take(userfile.Options{}, lines...), userfile.Report{Created: 100, Unchanged: 200})
}

// Case H10: nobody but a superuser moves users.
func TestAccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	staff := access.Caller{Kind: access.Person, UserID: "x", Rights: access.Rights{Staff: true, Permissions: []access.Permission{access.AddUser, access.ViewUser}}}
	for who, want := range map[*access.Caller]error{{}: access.ErrAnonymous, &staff: access.ErrForbidden} {
		_, err := f.Import(t.Context(), *who, userfile.NewJSONLines(strings.NewReader(`{"username":"a"}`)), userfile.Options{})
		if !errors.Is(err, want) {
			t.Errorf("Import: %v, want %v", err, want)
		}
		var out strings.Builder
		if _, err := f.Export(t.Context(), *who, &out, userfile.ExportOptions{}); !errors.Is(err, want) || out.Len() > 0 {
			t.Errorf("Export: %v, want %v", err, want)
		}
	}
}
