package importer_test

import (
	"context"
	"errors"
	"slices"
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
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// badRows breaks rows of a project, and says what each is listed with. The user 900
// comes after all of them.
var badRows = []struct{ statement, want string }{
	{"UPDATE auth_user SET username = CAST(X'6180FF' AS TEXT) WHERE id = 2", "bad_row auth_user 2: the username is not UTF-8 text"},
	{"UPDATE auth_user SET username = 'a' || char(0) || 'b' WHERE id = 3", "bad_row auth_user 3: the username has a NUL in it"},
	{"UPDATE auth_user SET username = 'bob smith' WHERE id = 4", `bad_row auth_user 4: the username "bob smith" has characters`},
	{"UPDATE auth_user SET username = printf('%.151c', 'x') WHERE id = 5", "bad_row auth_user 5: the username has 151 characters, and 150 are the most"},
	{"UPDATE auth_user SET date_joined = 'yesterday' WHERE id = 6", `bad_row auth_user 6: date_joined is no time: "yesterday"`},
	{"UPDATE auth_user SET last_login = 1700000000 WHERE id = 7", `bad_row auth_user 7: last_login is no time: "1700000000"`},
	{"UPDATE auth_user SET is_active = 'maybe' WHERE id = 8", "bad_row auth_user 8: is_active is neither true nor false"},
	{"UPDATE auth_user SET username = '' WHERE id = 9", "bad_row auth_user 9: the username is empty"},
	{"UPDATE auth_user SET first_name = 'a' || char(27) || 'b' WHERE id = 10", "bad_row auth_user 10: the first name has characters that cannot be printed"},
	{"UPDATE auth_user SET email = printf('%.255c', 'x') WHERE id = 11", "bad_row auth_user 11: the email has 255 characters, and 254 are the most"},
	{"UPDATE auth_user SET password = 'argon2$argon2id$v=19$m=4194304,t=2,p=8$c2FsdHNhbHQ$aGFzaGhhc2g' WHERE id = 12", "password auth_user 12: the password string cannot be verified"},
	{"INSERT INTO auth_user_groups (user_id, group_id) VALUES (14, 77)", "bad_row auth_user 14: its group 77 does not exist"},
	{"INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (15, 78)", "bad_row auth_user 15: its permission 78 does not exist"},
	{"UPDATE auth_group SET name = ' ' WHERE id = 1", "bad_row auth_group 1:"},
	{"INSERT INTO auth_group (id, name) VALUES (4, 'Empty ')", "bad_row auth_group 4: its name is that of row 3"},
	{"UPDATE auth_permission SET codename = 'not a name' WHERE id = 1", "bad_row auth_permission 1:"},
	{"UPDATE auth_permission SET content_type_id = 99 WHERE id = 2", "bad_row auth_permission 2: its content type 99 does not exist"},
	{"UPDATE token_blacklist_outstandingtoken SET jti = 'x' || char(0) WHERE id = 4", "bad_row token_blacklist_blacklistedtoken 1: its jti cannot be kept"},
	{"INSERT INTO token_blacklist_blacklistedtoken (id, token_id, blacklisted_at) VALUES (5, 55, '2026-01-01 00:00:00')", "bad_row token_blacklist_blacklistedtoken 5: its token 55 does not exist"},
	{"INSERT INTO token_blacklist_outstandingtoken (id, jti, token, expires_at) VALUES (6, 'odd', 'no token', 'never')", ""},
	{"INSERT INTO token_blacklist_blacklistedtoken (id, token_id, blacklisted_at) VALUES (6, 6, 'once')", "bad_row token_blacklist_blacklistedtoken 6: when it expires cannot be read"},
	{"INSERT INTO auth_user SELECT 900, password, last_login, 0, 'last', '', '', 0, 1, date_joined, '' FROM auth_user WHERE id = 1", ""},
}

// Every bad row is listed with its table, its id and the reason, and the rest is
// imported; a strict run imports nothing.
func TestBadRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		url := djangotest.URL(t, djangotest.SQLite52)
		f := newFixture(db, preset)
		for _, c := range badRows {
			exec(t, url, c.statement)
		}
		strict, err := f.try(t, url, importer.Options{Strict: true})
		if !errors.Is(err, importer.ErrStrict) || strict.Written {
			t.Fatalf("a strict run: %v", err)
		}
		nothing(t, f)
		dry := f.run(t, url, importer.Options{DryRun: true})
		nothing(t, f)
		r := f.run(t, url, importer.Options{})
		for what, got := range map[string]importer.Report{"strict": strict, "dry": dry} {
			is(t, what+" run", got.Problems, r.Problems)
			is(t, what+" run", got.Users, r.Users)
			is(t, what+" run", got.Tokens, r.Tokens)
		}
		for _, c := range badRows {
			if c.want != "" {
				problem(t, r, c.want)
			}
		}
		is(t, "users", r.Users, importer.Tally{Read: 16, Created: 6, Skipped: 10})
		is(t, "the one after all of them", f.user(t, "900").Username, "last")
		is(t, "absurd parameters", f.user(t, "12").Password.Reveal(), "!")
		is(t, "the user of a group that does not exist", f.user(t, "14").Username, "empty")
		if _, err := db.RevokedToken(t.Context(), "odd"); err != nil {
			t.Errorf("a blacklisted token whose expiry cannot be read: %v", err)
		}
		f.unchanged(t, url, importer.Options{})

		// Once they are mended, they come too.
		exec(t, url, "UPDATE auth_user SET username = 'mended', is_active = 1 WHERE id = 8")
		again := f.run(t, url, importer.Options{})
		is(t, "users", again.Users, importer.Tally{Read: 16, Created: 1, Unchanged: 6, Skipped: 9})
	})
}

// nothing fails when anything was imported.
func nothing(t *testing.T, f *fixture) {
	t.Helper()
	for _, kind := range []importer.Kind{importer.KindPermission, importer.KindRole, importer.KindUser} {
		of := importer.Origin{Source: "django-0ff5da2a78927a1f", Kind: kind}
		is(t, "remembered rows of "+string(kind), must[int64](t)(f.db.ImportedCount(t.Context(), of)), 0)
	}
	if _, err := f.db.User(t.Context(), "1"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("a user was imported: %v", err)
	}
	is(t, "import events", len(f.actions(t, event.ImportWritten))+len(f.actions(t, event.ImportCompleted)), 0)
}

// Case L21: names that differ by case or normalisation are a conflict where they are
// one name, and two names under the preset.
func TestLookAlikes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		url := djangotest.URL(t, djangotest.SQLite52)
		const copyOf = "INSERT INTO auth_user SELECT %, password, last_login, 0, '#', '', '', 0, 1, date_joined, '' FROM auth_user WHERE id = 2"
		for id, name := range map[string]string{"20": "ALICE", "600": "ａlice", "21": "Argon"} {
			exec(t, url, strings.NewReplacer("%", id, "#", name).Replace(copyOf))
		}
		f := newFixture(db, user.Naming{})
		dry := f.run(t, url, importer.Options{DryRun: true})
		r := f.run(t, url, importer.Options{})
		is(t, "users", r.Users, importer.Tally{Read: 18, Created: 15, Skipped: 3})
		is(t, "users of the dry run", dry.Users, r.Users)
		problem(t, r, `conflict auth_user 20: the username "ALICE" differs from "alice", the account with the id 2, by case`)
		problem(t, r, `conflict auth_user 21: the username "Argon" differs from "argon", the account with the id 8, by case`)
		problem(t, r, `conflict auth_user 600: the username "alice" is that of the account with the id 2`)
		f.unchanged(t, url, importer.Options{})
	})
	f := newFixture(storetest.New(t), preset)
	url := djangotest.URL(t, djangotest.SQLite52)
	exec(t, url, "UPDATE auth_user SET username = 'ALICE' WHERE id = 3")
	r := f.run(t, url, importer.Options{})
	is(t, "under the preset", r.Users.Skipped, 0)
}

// What administrators made here is never taken over: ids, names, roles.
func TestConflictsWithWhatIsHere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		url := djangotest.URL(t, djangotest.SQLite52)
		f := newFixture(db, preset)
		byID := user.User{ID: "2", Username: "somebody", UsernameKey: "somebody", Password: secret.New("!")}
		byName := user.User{ID: ident.UserID(ident.New()), Username: "staffer", UsernameKey: "staffer", Password: secret.New("!")}
		editors := role.Role{ID: ident.RoleID(ident.New()), Name: "Editors", Permissions: []access.Permission{access.ViewUser}}
		ok(t, errors.Join(db.InsertUser(ctx, byID), db.InsertUser(ctx, byName), db.InsertRole(ctx, editors)))
		for range 2 {
			r := f.run(t, url, importer.Options{})
			problem(t, r, `conflict auth_user 2: the id is that of the account "somebody", which this import did not make`)
			problem(t, r, `conflict auth_user 7: the username "staffer" is that of the account with the id `+string(byName.ID))
			problem(t, r, `conflict auth_group 1: a role "Editors" was made here`)
		}
		is(t, "the account with the id", f.user(t, "2"), byID)
		is(t, "the account with the name", f.user(t, byName.ID), byName)
		is(t, "the role", must[role.Role](t)(db.Role(ctx, editors.ID)), editors)
		is(t, "roles of somebody in the group", must[access.Rights](t)(db.Rights(ctx, zoe, time.Time{})).Roles, []string{"Viewers ✓"})

		// With the role out of the way, the group is imported and its members have it.
		ok(t, db.DeleteRole(ctx, editors.ID))
		r := f.run(t, url, importer.Options{})
		is(t, "roles", r.Roles.Created, 1)
		is(t, "roles of somebody in the group", must[access.Rights](t)(db.Rights(ctx, zoe, time.Time{})).Roles, []string{"Editors", "Viewers ✓"})
	})
}

// Case H22: an application whose label is this service's own opens nothing here.
func TestOwnPermissionsAreNotImported(t *testing.T) {
	t.Parallel()
	url := djangotest.URL(t, djangotest.SQLite52)
	exec(t, url, "UPDATE django_content_type SET app_label = 'countersign' WHERE model = 'group'")
	f := newFixture(storetest.New(t), preset)
	r := f.run(t, url, importer.Options{})
	problem(t, r, "auth_permission 11: countersign.delete_group would open the administration of this service")
	rights := must[access.Rights](t)(f.db.Rights(t.Context(), alice, time.Time{}))
	if slices.ContainsFunc(rights.Permissions, func(p access.Permission) bool { return strings.HasPrefix(string(p), role.BuiltIn) }) {
		t.Errorf("alice has %v", rights.Permissions)
	}
}

// Two projects have their own ids: what one made, the other does not change.
func TestTwoProjects(t *testing.T) {
	t.Parallel()
	f := newFixture(storetest.New(t), preset)
	f.run(t, djangotest.URL(t, djangotest.SQLite32), importer.Options{})
	before := f.user(t, alice)
	r := f.run(t, djangotest.URL(t, djangotest.SQLite52), importer.Options{})
	is(t, "users", r.Users, importer.Tally{Read: 15, Skipped: 15})
	is(t, "roles", r.Roles.Skipped, 3)
	is(t, "alice", f.user(t, alice), before)
}

// Ids that were given and are free again are not given here: an old token would
// speak for whoever gets one.
func TestNumbersOfDeletedUsersStayTaken(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		t.Run(project, func(t *testing.T) {
			t.Parallel()
			url := djangotest.URL(t, project)
			exec(t, url, "DELETE FROM token_blacklist_blacklistedtoken", "DELETE FROM token_blacklist_outstandingtoken",
				"DELETE FROM auth_user WHERE id > 13")
			f := newFixture(storetest.New(t), preset)
			f.run(t, url, importer.Options{})
			is(t, "next number", must[int64](t)(f.db.NextUserNumber(t.Context())), 16)
		})
	}
}

// An absurd id does not use up the sequence.
func TestHugeNumbers(t *testing.T) {
	t.Parallel()
	url := djangotest.URL(t, djangotest.SQLite52)
	exec(t, url, "INSERT INTO auth_user SELECT 9223372036854775807, '!', NULL, 0, 'huge', '', '', 0, 1, date_joined, '' FROM auth_user WHERE id = 1")
	f := newFixture(storetest.New(t), preset)
	f.run(t, url, importer.Options{})
	is(t, "username", f.user(t, "9223372036854775807").Username, "huge")
	is(t, "next number", must[int64](t)(f.db.NextUserNumber(t.Context())), 16)
}

func TestOnlySuperusersImport(t *testing.T) {
	t.Parallel()
	f := newFixture(storetest.New(t), preset)
	_, err := f.Run(context.Background(), access.Caller{}, nil, importer.Options{})
	if !errors.Is(err, access.ErrAnonymous) {
		t.Errorf("nobody: %v", err)
	}
	_, err = f.Run(context.Background(), access.Caller{Kind: access.Person, Rights: access.Rights{Staff: true}}, nil, importer.Options{})
	if !errors.Is(err, access.ErrForbidden) {
		t.Errorf("somebody: %v", err)
	}
}
