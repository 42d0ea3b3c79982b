package importer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/djangodb/djangotest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

const alice, zoe, staffer, argon = ident.UserID("2"), ident.UserID("3"), ident.UserID("7"), ident.UserID("8")

const otherHash = "pbkdf2_sha256$1000$seasaltseasalt0123456$Qt+AZ8rEvVWSfhokky0rbS/4h4eFdSKMjdewqhmaBoM="

// imported is a fixture into which a project was imported.
func imported(t *testing.T, db *store.DB) (*fixture, string) {
	t.Helper()
	url := djangotest.URL(t, djangotest.SQLite52)
	f := newFixture(db, preset)
	f.run(t, url, importer.Options{})
	return f, url
}

// device gives an account a live session.
func (f *fixture) device(t *testing.T, of ident.UserID) ident.SessionID {
	t.Helper()
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: of, Salt: secret.Bytes(session.SaltBytes), CreatedAt: begin, RotatedAt: begin,
		IdleExpiresAt: begin.Add(time.Hour), ExpiresAt: begin.Add(time.Hour), AuthenticationMethods: []string{"pwd"},
	}
	ok(t, f.db.InsertSession(t.Context(), s))
	return s.ID
}

func (f *fixture) lives(t *testing.T, id ident.SessionID) bool {
	t.Helper()
	return must[session.Session](t)(f.db.Session(t.Context(), id)).EndedAt.IsZero()
}

// Every field that changed in the source is written, and nothing else.
func TestChangedRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, url := imported(t, db)
		before, kept := f.user(t, alice), f.device(t, alice)
		exec(t, url,
			`UPDATE auth_user SET email = 'new@Example.org', first_name = 'Alice', username = 'alice2', last_login = '2026-12-24 10:00:00' WHERE id = 2`,
			`UPDATE auth_user SET is_active = 0 WHERE id = 3`,
			`UPDATE auth_user SET is_superuser = 1, is_staff = 0 WHERE id = 7`,
			`UPDATE auth_user SET password = '`+otherHash+`' WHERE id = 8`)
		disabled, hashed := f.device(t, zoe), f.device(t, argon)
		dry := f.run(t, url, importer.Options{DryRun: true})
		is(t, "dry run", dry.Users, importer.Tally{Read: 15, Updated: 4, Unchanged: 11})
		is(t, "after the dry run", f.user(t, alice), before)
		r := f.run(t, url, importer.Options{})
		is(t, "run", r.Users, dry.Users)
		is(t, "run", r.Permissions.Updated+r.Roles.Updated, 0)

		want := before
		want.Email, want.EmailKey, want.FirstName, want.Username, want.UsernameKey = "new@example.org", "new@example.org", "Alice", "alice2", "alice2"
		want.LastSignInAt, want.RightsVersion = time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC), before.RightsVersion+1
		want.Version = f.user(t, alice).Version // that of the fields above
		is(t, "alice", f.user(t, alice), want)
		is(t, "a session of whom only the name changed", f.lives(t, kept), true)

		u := f.user(t, zoe)
		is(t, "active", u.Active, false)
		is(t, "a session of the disabled one", f.lives(t, disabled), false)
		u = f.user(t, staffer)
		is(t, "flags", []bool{u.Superuser, u.Staff}, []bool{true, false})
		is(t, "password", f.user(t, argon).Password.Reveal(), otherHash)
		is(t, "a session of the one with another password", f.lives(t, hashed), false)
		for _, id := range []ident.UserID{alice, zoe, staffer, argon} {
			is(t, "rights version of "+string(id), f.user(t, id).RightsVersion, 1)
		}
		for what, who := range map[event.Action]string{
			event.UserDisabled: "Zoë.日本-1_@+", event.UserPasswordChanged: "argon",
		} {
			all := f.actions(t, what)
			if len(all) != 1 || all[0].Subject.Name != who || all[0].Cutoff == nil || all[0].Cutoff.Min != 1 {
				t.Errorf("events %s: %+v", what, all)
			}
		}
		is(t, "updates recorded", len(f.actions(t, event.UserUpdated)), 2)
		for _, e := range f.actions(t, event.UserUpdated) {
			if e.Cutoff == nil || e.Cutoff.Reason != "roles_changed" {
				t.Errorf("%s makes no token stale: %+v", e.Subject.Name, e.Cutoff)
			}
		}
		f.unchanged(t, url, importer.Options{})
	})
}

// The last active superuser stays, whatever becomes of them in the source.
func TestLastSuperuser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, url := imported(t, db)
		const root = ident.UserID("1")
		for _, change := range []string{`is_active = 0`, `is_active = 1, is_superuser = 0`} {
			exec(t, url, `UPDATE auth_user SET `+change+` WHERE id = 1`)
			r := f.run(t, url, importer.Options{})
			is(t, "skipped", r.Users.Skipped, 1)
			problem(t, r, "the last active superuser")
			if u := f.user(t, root); !u.Active || !u.Superuser {
				t.Errorf("after %s: %+v", change, u)
			}
		}
		exec(t, url, `UPDATE auth_user SET is_superuser = 1 WHERE id = 7`)
		f.run(t, url, importer.Options{})
		r := f.run(t, url, importer.Options{})
		is(t, "problems beside another superuser", r.Users.Skipped, 0)
		is(t, "the first one", f.user(t, root).Superuser, false)
	})
}

// Groups, permissions and who has them follow the source.
func TestChangedAccess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, url := imported(t, db)
		ctx := t.Context()
		exec(t, url,
			`UPDATE auth_group SET name = 'Redaktion' WHERE id = 1`,
			`DELETE FROM auth_group_permissions WHERE group_id = 1 AND permission_id = 13`,
			`INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 20)`,
			`INSERT INTO auth_group (id, name) VALUES (9, 'Neu')`,
			`UPDATE auth_permission SET name = 'Darf lesen' WHERE id = 20`,
			`DELETE FROM auth_user_groups WHERE user_id = 3`,
			`INSERT INTO auth_user_groups (user_id, group_id) VALUES (3, 9)`,
			`DELETE FROM auth_user_user_permissions WHERE user_id = 2`,
			`INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (2, 20)`)
		r := f.run(t, url, importer.Options{})
		is(t, "problems", listed(r, "conflict"), nil)
		is(t, "roles", r.Roles, importer.Tally{Read: 4, Created: 1, Updated: 1, Unchanged: 2})
		is(t, "users", r.Users, importer.Tally{Read: 15, Updated: 2, Unchanged: 13})
		is(t, "permissions", r.Permissions.Updated, 1)
		got := must[role.Role](t)(db.RoleByName(ctx, "Redaktion"))
		is(t, "permissions of the role", got.Permissions, []access.Permission{"auth.change_user", "auth.view_user", "contenttypes.view_contenttype"})
		is(t, "roles", must[access.Rights](t)(db.Rights(ctx, zoe, time.Time{})).Roles, []string{"Neu"})
		is(t, "grants", must[[]access.Grant](t)(db.UserPermissions(ctx, alice, time.Time{})), []access.Grant{{Permission: "contenttypes.view_contenttype"}})
		is(t, "description", must[role.Permission](t)(db.Permission(ctx, "contenttypes.view_contenttype")).Description, "Darf lesen")
		if n := must[int64](t)(db.AccessVersion(ctx)); n == 0 {
			t.Error("a role lost a permission, and the access version is what it was")
		}
		for what, n := range map[event.Action]int{
			event.UserRoleRemoved: 2, event.UserRoleAssigned: 1, event.UserPermRevoked: 1, event.UserPermGranted: 1,
			event.RolePermRevoked: 1, event.RolePermGranted: 1, event.RoleUpdated: 1,
		} {
			is(t, string(what), len(f.actions(t, what)), n)
		}
		f.unchanged(t, url, importer.Options{})
	})
}

// What people changed here stays while the source's row is as it was.
func TestWhatHappenedHereStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, url := imported(t, db)
		ctx := t.Context()
		u := f.user(t, alice)
		rehashed := secret.New("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g")
		must[bool](t)(db.ReplacePassword(ctx, alice, u.Password, rehashed))
		u.Email, u.EmailKey = "here@example.org", "here@example.org"
		ok(t, db.UpdateUser(ctx, u))
		must[bool](t)(db.SetActive(ctx, zoe, false))
		editors := must[role.Role](t)(db.RoleByName(ctx, "Editors"))
		must[bool](t)(db.RemoveRole(ctx, zoe, editors.ID))
		must[bool](t)(db.RemoveRolePermission(ctx, editors.ID, "auth.add_user"))
		ok(t, db.DeleteUser(ctx, staffer))
		empty := must[role.Role](t)(db.RoleByName(ctx, "Empty"))
		ok(t, db.DeleteRole(ctx, empty.ID))
		ok(t, db.DeletePermission(ctx, "sessions.add_session"))
		f.unchanged(t, url, importer.Options{})
		if _, err := db.User(ctx, staffer); !errors.Is(err, user.ErrNotFound) {
			t.Errorf("the deleted account: %v", err)
		}
		is(t, "password", f.user(t, alice).Password.Reveal(), rehashed.Reveal())

		// The same fields change in the source.
		exec(t, url,
			`UPDATE auth_user SET email = 'there@example.org', first_name = 'Alice' WHERE id = 2`,
			`UPDATE auth_user SET first_name = 'Gone' WHERE id = 7`,
			`DELETE FROM auth_user_groups WHERE user_id = 3`,
			`INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 20), (3, 20)`,
			`UPDATE auth_permission SET name = 'x' WHERE codename = 'add_session'`)
		for range 2 { // listed until it is resolved
			r := f.run(t, url, importer.Options{})
			problem(t, r, "conflict auth_user 2: the field email changed")
			problem(t, r, "conflict auth_user 3: the field roles changed")
			problem(t, r, "conflict auth_user 7: it changed in the source, and was deleted here")
			problem(t, r, "conflict auth_group 1: its permissions changed")
			problem(t, r, "conflict auth_group 3: it changed in the source, and was deleted here")
			problem(t, r, "conflict auth_permission 21: it changed in the source, and was deleted here")
		}
		is(t, "the field without a conflict", f.user(t, alice).FirstName, "Alice")
		is(t, "the field in conflict", f.user(t, alice).Email, "here@example.org")
		exec(t, url, `UPDATE auth_user SET email = 'here@example.org' WHERE id = 2`)
		r := f.run(t, url, importer.Options{})
		is(t, "a conflict after both sides are the same", listed(r, "auth_user 2"), nil)
	})
}

// A password that a sign-in encoded anew is still the imported one: a new one in the
// source is written. One that a person changed here is not.
func TestPasswordChangedOnBothSides(t *testing.T) {
	t.Parallel()
	f, url := imported(t, storetest.New(t))
	ctx := t.Context()
	rehashed := secret.New("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g")
	must[bool](t)(f.db.ReplacePassword(ctx, alice, f.user(t, alice).Password, rehashed))
	ok(t, f.db.SetPassword(ctx, zoe, rehashed))
	exec(t, url, `UPDATE auth_user SET password = '`+otherHash+`' WHERE id IN (2, 3)`)
	r := f.run(t, url, importer.Options{})
	is(t, "the rehashed one", f.user(t, alice).Password.Reveal(), otherHash)
	is(t, "the changed one", f.user(t, zoe).Password.Reveal(), rehashed.Reveal())
	problem(t, r, "auth_user 3: the field password changed")
}

// meanwhile is a transaction in which an account's owner changes the password after
// it was read.
type meanwhile struct{ importer.Store }

func (m meanwhile) UserRoles(ctx context.Context, of ident.UserID, at time.Time) ([]role.Held, error) {
	if err := m.SetPassword(ctx, of, secret.New("!changed here")); err != nil {
		return nil, err
	}
	return m.Store.UserRoles(ctx, of, at)
}

// A password that is changed here while the import writes another one is not
// overwritten.
func TestPasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f, url := imported(t, storetest.New(t))
	exec(t, url, `UPDATE auth_user SET password = '`+otherHash+`' WHERE id = 2`)
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(importer.Store) error) error {
		return inTx(ctx, func(tx importer.Store) error { return do(meanwhile{tx}) })
	}
	problem(t, f.run(t, url, importer.Options{}), "the account was changed here at the same moment")
	if f.user(t, alice).Password.Reveal() == otherHash {
		t.Error("the source's password was written over one that it was not compared with")
	}
}

// Weak hashes are taken when they are allowed, by a later run too, and are not taken
// away again by one that does not allow them.
func TestWeakHashes(t *testing.T) {
	t.Parallel()
	f, url := imported(t, storetest.New(t))
	const md5 = ident.UserID("12")
	is(t, "not allowed", f.user(t, md5).Password.Reveal(), "!")
	r := f.run(t, url, importer.Options{AllowWeakHashes: true})
	is(t, "users", r.Users, importer.Tally{Read: 15, Updated: 2, Unchanged: 13})
	if got := f.user(t, md5).Password.Reveal(); !strings.HasPrefix(got, "md5$") {
		t.Errorf("allowed: %q", got)
	}
	f.unchanged(t, url, importer.Options{AllowWeakHashes: true})
	f.unchanged(t, url, importer.Options{})
	if got := f.user(t, md5).Password.Reveal(); !strings.HasPrefix(got, "md5$") {
		t.Errorf("not allowed any more: %q", got)
	}
}

// Users that are gone from the source are listed and stay.
func TestGoneUsers(t *testing.T) {
	t.Parallel()
	f, url := imported(t, storetest.New(t))
	exec(t, url, `DELETE FROM auth_user WHERE id IN (4, 9)`)
	for range 2 {
		r := f.run(t, url, importer.Options{})
		is(t, "gone", r.Gone, 2)
		is(t, "changed", r.Changed(), 0)
		problem(t, r, "deleted auth_user 4:")
		problem(t, r, "deleted auth_user 9:")
	}
	f.user(t, "4")
}

// A user and a group that were renamed to a name that is taken here keep the old
// one, and what else changed is written.
func TestRenamedToATakenName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, url := imported(t, db)
		ctx := t.Context()
		made := user.User{ID: "made-here", Username: "taken", UsernameKey: "taken", Password: secret.New("!")}
		ok(t, errors.Join(db.InsertUser(ctx, made), db.InsertRole(ctx, role.Role{ID: "made-here", Name: "Neu"})))
		exec(t, url,
			`UPDATE auth_user SET username = 'taken', last_name = 'Changed' WHERE id = 2`,
			`UPDATE auth_group SET name = 'Neu' WHERE id = 2`,
			`DELETE FROM auth_group_permissions WHERE group_id = 2 AND permission_id = 12`)
		for range 2 {
			r := f.run(t, url, importer.Options{})
			problem(t, r, "conflict auth_user 2: the field username changed in the source to one that is taken here")
			problem(t, r, "conflict auth_group 2: its name changed in the source to one that is taken here")
		}
		u := f.user(t, alice)
		is(t, "names", []string{u.Username, u.LastName}, []string{"alice", "Changed"})
		is(t, "the role", must[role.Role](t)(db.RoleByName(ctx, "Viewers ✓")).Permissions, []access.Permission{"auth.view_user"})
		f.unchanged(t, url, importer.Options{})
	})
}
