package importer_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/djangodb/djangotest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Every recorded project into every database: what was imported is what Django said
// that it had written, and importing again changes nothing.
func TestRecordedProjects(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		t.Run(project, func(t *testing.T) {
			t.Parallel()
			url := djangotest.URL(t, project)
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				f := newFixture(db, preset)
				weak := importer.Options{AllowWeakHashes: true}
				recorded := djangotest.Recorded(t, project)
				r := f.run(t, url, weak)
				is(t, "users", r.Users, importer.Tally{Read: int64(len(recorded.Users)), Created: int64(len(recorded.Users))})
				is(t, "permissions", r.Permissions.Created, int64(len(recorded.Permissions)))
				is(t, "roles", r.Roles.Created, int64(len(recorded.Groups)))
				is(t, "revoked tokens", r.Tokens, importer.Tally{Read: 1, Created: 1})
				is(t, "problems", len(r.Problems), 1)
				problem(t, r, "password auth_user 13: the password string cannot be verified")
				compare(t, f, recorded)

				again := f.run(t, url, weak)
				is(t, "changed by the second run", again.Changed(), 0)
				is(t, "users of the second run", again.Users, importer.Tally{Read: int64(len(recorded.Users)), Unchanged: int64(len(recorded.Users))})
				is(t, "import events", len(f.actions(t, event.ImportCompleted)), 1)
			})
		})
	}
}

// The project's own database may be ours too: no table of one has the name of a
// table of the other.
func TestTheSameDatabase(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		t.Run(project, func(t *testing.T) {
			t.Parallel()
			url := djangotest.URL(t, project)
			db := storetest.Open(t, url)
			must[int](t)(db.Migrate(t.Context()))
			f := newFixture(db, preset)
			f.run(t, url, importer.Options{AllowWeakHashes: true})
			compare(t, f, djangotest.Recorded(t, project))
			f.unchanged(t, url, importer.Options{AllowWeakHashes: true})
		})
	}
}

// compare holds a database to what Django said.
func compare(t *testing.T, f *fixture, recorded djangotest.Project) {
	t.Helper()
	ctx := t.Context()
	for _, want := range recorded.Users {
		u := f.user(t, ident.UserID(strconv.FormatInt(want.ID, 10)))
		is(t, "username", u.Username, want.Username)
		is(t, "email", u.Email, want.Email)
		is(t, "names", []string{u.FirstName, u.LastName}, []string{want.FirstName, want.LastName})
		is(t, "flags", []bool{u.Active, u.Staff, u.Superuser}, []bool{want.Active, want.Staff, want.Superuser})
		is(t, "joined", u.JoinedAt.UnixMilli(), want.JoinedAt.UnixMilli())
		if want.LastLogin == nil != u.LastSignInAt.IsZero() {
			t.Errorf("%s signed in last at %v, want %v", u.Username, u.LastSignInAt, want.LastLogin)
		} else if want.LastLogin != nil {
			is(t, "last sign-in", u.LastSignInAt.UnixMilli(), want.LastLogin.UnixMilli())
		}
		encoded := u.Password.Reveal()
		switch {
		case want.Password != nil:
			is(t, "password string", encoded, want.Encoded)
		case strings.HasPrefix(want.Encoded, "!"):
			is(t, "unusable password string", encoded, want.Encoded)
		default:
			is(t, "password string of "+u.Username, encoded, "!")
		}
		rights := must[access.Rights](t)(f.db.Rights(ctx, u.ID, time.Time{}))
		slices.Sort(want.Groups)
		is(t, "roles of "+u.Username, rights.Roles, want.Groups)
		if all, listed := want.AllPermissions.([]any); listed {
			var names []string
			for _, p := range all {
				names = append(names, p.(string))
			}
			var got []string
			for _, p := range rights.Permissions {
				got = append(got, string(p))
			}
			is(t, "permissions of "+u.Username, got, names)
		}
		var direct []string
		for _, g := range must[[]access.Grant](t)(f.db.UserPermissions(ctx, u.ID, time.Time{})) {
			_, codename, _ := strings.Cut(string(g.Permission), ".")
			direct = append(direct, codename)
		}
		is(t, "direct permissions of "+u.Username, direct, want.Permissions)
	}
	for name, gives := range recorded.Groups {
		r := must[role.Role](t)(f.db.RoleByName(ctx, name))
		var got []string
		for _, p := range r.Permissions {
			got = append(got, string(p))
		}
		is(t, "permissions of the role "+name, got, gives)
	}
	declared := must[page.Page[role.Permission]](t)(f.db.Permissions(ctx, "", page.Request{Limit: 100})).Items
	for _, name := range recorded.Permissions {
		if !slices.ContainsFunc(declared, func(p role.Permission) bool { return string(p.Name) == name && p.Description != "" }) {
			t.Errorf("the permission %s is not declared", name)
		}
	}
	revoked := must[session.RevokedToken](t)(f.db.RevokedToken(ctx, recorded.Tokens["alice_blacklisted"].JTI))
	is(t, "owner of the blacklisted token", revoked.UserID, "2")
	if _, err := f.db.RevokedToken(ctx, recorded.Tokens["alice_live"].JTI); err == nil {
		t.Error("a live token is revoked")
	}
	is(t, "next number", must[int64](t)(f.db.NextUserNumber(ctx)), recorded.Users[len(recorded.Users)-1].ID+1)
}
