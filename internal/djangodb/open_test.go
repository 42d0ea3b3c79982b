package djangodb_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/djangodb"
	"github.com/countersign/countersign/internal/djangodb/djangotest"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/store/storetest"
)

func open(t *testing.T, url string, o djangodb.Options) *djangodb.Database {
	t.Helper()
	d, err := djangodb.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// users reads all users, in pages of so many.
func users(t *testing.T, d *djangodb.Database, limit int) []importer.User {
	t.Helper()
	var all []importer.User
	for page, err := range d.Users(t.Context(), limit) {
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 || len(page) > limit {
			t.Fatalf("a page of %d users, want 1 to %d", len(page), limit)
		}
		all = append(all, page...)
	}
	return all
}

// What is no database of a Django project, or only half of one, is refused with
// what is missing.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		url  string
		o    djangodb.Options
		want string
	}{
		"no URL":            {"db.sqlite3", djangodb.Options{}, "the database is not one of sqlite:PATH"},
		"no file":           {"sqlite:" + other + ".gone", djangodb.Options{}, "there is no such file"},
		"a folder":          {"sqlite:" + filepath.Dir(other), djangodb.Options{}, "it is not a file"},
		"another file":      {"sqlite:" + other, djangodb.Options{}, "file is not a database"},
		"nobody listens":    {"postgres://u:canary@127.0.0.1:1/d", djangodb.Options{}, "the PostgreSQL database 127.0.0.1:1/d cannot be read"},
		"another database":  {storetest.URL(t, "sqlite"), djangodb.Options{}, "it is not the database of a Django project: there is no table django_migrations"},
		"an unknown field":  {"sqlite:x", djangodb.Options{Columns: map[string]string{"nick": "x"}}, `there is no field "nick"`},
		"no username":       {"sqlite:x", djangodb.Options{Columns: map[string]string{"username": "-"}}, "the field username cannot be left out"},
		"a nameless column": {"sqlite:x", djangodb.Options{Columns: map[string]string{"email": ""}}, "the column for email has no name"},
	} {
		_, err := djangodb.Open(t.Context(), c.url, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := os.Stat(other + ".gone"); !os.IsNotExist(err) {
		t.Error("looking for a file made it")
	}
}

func TestHalfMigrated(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		"DELETE FROM django_migrations":                                             "django_migrations is empty",
		"DROP TABLE django_content_type":                                            "there is no table django_content_type",
		"DROP TABLE auth_group":                                                     "its migrations have not all run: there is no table auth_group",
		"DROP TABLE auth_user_groups":                                               "there is no table auth_user_groups",
		"DROP TABLE token_blacklist_blacklistedtoken":                               "there is no table token_blacklist_blacklistedtoken",
		"ALTER TABLE auth_user RENAME COLUMN last_login TO seen":                    "the table auth_user has no column last_login.",
		"ALTER TABLE auth_permission RENAME COLUMN codename TO code":                "auth_permission has no column codename",
		"ALTER TABLE token_blacklist_outstandingtoken RENAME COLUMN jti TO jti_hex": "token_blacklist_outstandingtoken has no column jti",
		"ALTER TABLE auth_user RENAME TO people":                                    "there is no table auth_user: name the table of AUTH_USER_MODEL with --user-table",
	} {
		url := djangotest.URL(t, djangotest.SQLite52)
		djangotest.Exec(t, url, statement)
		if _, err := djangodb.Open(t.Context(), url, djangodb.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
	}
	url := djangotest.URL(t, djangotest.SQLite52)
	djangotest.Exec(t, url, "DROP TABLE token_blacklist_blacklistedtoken")
	djangotest.Exec(t, url, "DROP TABLE token_blacklist_outstandingtoken")
	d := open(t, url, djangodb.Options{})
	for range d.RevokedTokens(t.Context(), 10, djangotest.Recorded(t, djangotest.SQLite52).Users[0].JoinedAt) {
		t.Error("a project without a blacklist has revoked tokens")
	}
	if !strings.Contains(strings.Join(d.Notes(), " "), "no token blacklist") {
		t.Errorf("notes: %q", d.Notes())
	}
}

// custom gives a project a user model of its own, in the table accounts_member,
// with UUIDs and without a username.
var custom = []string{
	`CREATE TABLE accounts_member (uid char(32) NOT NULL PRIMARY KEY, password varchar(128) NOT NULL, last_login datetime NULL,
		email varchar(254) NOT NULL UNIQUE, is_active bool NOT NULL, is_superuser bool NOT NULL, created datetime NOT NULL)`,
	`CREATE TABLE accounts_member_groups (id integer PRIMARY KEY, member_id char(32) NOT NULL, group_id integer NOT NULL)`,
	`CREATE TABLE accounts_member_user_permissions (id integer PRIMARY KEY, member_id char(32) NOT NULL, permission_id integer NOT NULL)`,
	`INSERT INTO accounts_member VALUES ('0123456789abcdef0123456789abcdef', '!', NULL, 'a@example.org', 1, 0, '2026-01-02 03:04:05.678901')`,
	`INSERT INTO accounts_member VALUES ('fedcba9876543210fedcba9876543210', '!', '2026-02-03 04:05:06', 'b@example.org', 0, 1, '2026-01-02 03:04:05')`,
	`INSERT INTO accounts_member_groups VALUES (1, 'fedcba9876543210fedcba9876543210', 2)`,
	`INSERT INTO accounts_member_user_permissions VALUES (1, '0123456789abcdef0123456789abcdef', 7)`,
	`INSERT INTO django_content_type (id, app_label, model) VALUES (90, 'accounts', 'member')`,
}

// A user model of its own: what to say is said, and then it is read.
func TestCustomUserModel(t *testing.T) {
	t.Parallel()
	url := djangotest.URL(t, djangotest.SQLite52)
	for _, statement := range append([]string{`DROP TABLE auth_user`}, custom...) {
		djangotest.Exec(t, url, statement)
	}
	refused := func(o djangodb.Options, want string) {
		t.Helper()
		if _, err := djangodb.Open(t.Context(), url, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	refused(djangodb.Options{}, "its table may be accounts_member: say --user-table accounts_member")
	o := djangodb.Options{UserTable: "accounts_member"}
	refused(o, "the table accounts_member has no column id, username, first_name, last_name, is_staff, date_joined.")
	o.Columns = map[string]string{
		"id": "uid", "username": "email", "first_name": "-", "last_name": "-", "is_staff": djangodb.None, "date_joined": "created",
	}
	d := open(t, url, o)
	all := users(t, d, 1)
	if len(all) != 2 {
		t.Fatalf("%d users", len(all))
	}
	a, b := all[0], all[1]
	if a.ID != "01234567-89ab-cdef-0123-456789abcdef" || a.User.Username != "a@example.org" || !a.User.Active || a.User.Superuser ||
		!a.User.LastSignInAt.IsZero() || a.User.JoinedAt.UnixMicro() != 1767323045678901 || a.Broken != "" {
		t.Errorf("the first: %+v", a)
	}
	if diff := cmp.Diff([][]string{{"7"}, {"2"}}, [][]string{a.Permissions, b.Groups}); diff != "" {
		t.Error(diff)
	}
	gone, err := d.MissingUsers(t.Context(), []string{a.ID, "11111111-1111-1111-1111-111111111111"})
	if err != nil || len(gone) != 1 || gone[0].ID[0] != '1' {
		t.Errorf("missing: %v, %v", gone, err)
	}
	if n, err := d.LastNumber(t.Context()); n != 0 || err != nil {
		t.Errorf("last number: %d, %v", n, err)
	}
}

// An empty auth_user beside another users' table is no reason to import nobody.
func TestEmptyUserTable(t *testing.T) {
	t.Parallel()
	url := djangotest.URL(t, djangotest.SQLite52)
	for _, statement := range append([]string{`DELETE FROM auth_user`}, custom...) {
		djangotest.Exec(t, url, statement)
	}
	_, err := djangodb.Open(t.Context(), url, djangodb.Options{})
	if err == nil || !strings.Contains(err.Error(), "the table auth_user is empty, and accounts_member looks like the users'") {
		t.Errorf("%v", err)
	}
	if all := users(t, open(t, url, djangodb.Options{UserTable: "auth_user"}), 10); len(all) != 0 {
		t.Errorf("%d users", len(all))
	}
}

// The name of a table cannot be a statement.
func TestNamesAreQuoted(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		url := djangotest.URL(t, project)
		for _, name := range []string{`auth_user; DROP TABLE auth_user; --`, "auth_user\"`;--", "x' OR '1'='1"} {
			if _, err := djangodb.Open(t.Context(), url, djangodb.Options{UserTable: name}); err == nil || !strings.Contains(err.Error(), "there is no table") {
				t.Errorf("%s: the table %q: %v", project, name, err)
			}
			_, err := djangodb.Open(t.Context(), url, djangodb.Options{Columns: map[string]string{"email": name}})
			if err == nil || !strings.Contains(err.Error(), "has no column") {
				t.Errorf("%s: the column %q: %v", project, name, err)
			}
		}
	}
}

// Nothing of a source is written, not a byte of a file.
func TestSourceIsOnlyRead(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		t.Run(project, func(t *testing.T) {
			t.Parallel()
			url := djangotest.URL(t, project)
			path, isFile := strings.CutPrefix(url, "sqlite:")
			var before [32]byte
			if isFile {
				before = digest(t, path)
			}
			d := open(t, url, djangodb.Options{})
			if n := len(users(t, d, 4)); n != 15 {
				t.Errorf("%d users", n)
			}
			if err := d.Write(t.Context(), "DELETE FROM auth_user_groups"); err == nil {
				t.Error("a statement that writes was run")
			}
			if isFile && digest(t, path) != before {
				t.Error("the file is another one")
			}
			if beside, _ := filepath.Glob(path + "-*"); isFile && len(beside) > 0 {
				t.Errorf("files beside it: %v", beside)
			}
		})
	}
}

func digest(t *testing.T, path string) [32]byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}

// A copy has the name of what it was copied from, and another project another one.
func TestName(t *testing.T) {
	t.Parallel()
	name := func(project string) string { return open(t, djangotest.URL(t, project), djangodb.Options{}).Name() }
	first, second, other := name(djangotest.SQLite52), name(djangotest.SQLite52), name(djangotest.SQLite32)
	if first != second || first == other {
		t.Errorf("the names are %s, of a copy %s, of another project %s", first, second, other)
	}
}
