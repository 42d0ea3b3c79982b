package djangotest

import (
	"embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/store/storetest"
)

//go:embed testdata
var files embed.FS

// The databases that there are.
const (
	SQLite32   = "django32"
	SQLite52   = "django52"
	Postgres32 = "django32-postgresql"
	MySQL32    = "django32-mysql"
)

// All are the databases that there are.
func All() []string { return []string{SQLite32, SQLite52, Postgres32, MySQL32} }

// Kind is the kind of database of a project.
func Kind(project string) string {
	switch project {
	case Postgres32:
		return "postgres"
	case MySQL32:
		return "mysql"
	}
	return "sqlite"
}

// URL returns the connection string of a copy of a project's database. It skips the
// test without a server, as storetest.URL does.
func URL(t testing.TB, project string) string {
	t.Helper()
	return Into(t, project, "")
}

// Into restores a project into the database of a connection string, which may have
// tables of others; with an empty one, into a new one. It returns the string.
func Into(t testing.TB, project, url string) string {
	t.Helper()
	kind := Kind(project)
	if kind == "sqlite" {
		if url == "" {
			path := filepath.Join(t.TempDir(), "django.sqlite3")
			if err := os.WriteFile(path, file(t, project+".sqlite3"), 0o600); err != nil {
				t.Fatal(err)
			}
			return "sqlite:" + path
		}
		t.Fatal("a file of SQLite is not restored into another one")
	}
	if url == "" {
		url = storetest.EmptyURL(t, kind)
	}
	storetest.Script(t, url, string(file(t, project+".sql")))
	return url
}

// User is a user as Django described them.
type User struct {
	ID          int64
	Username    string
	Email       string
	FirstName   string  `json:"first_name"`
	LastName    string  `json:"last_name"`
	Password    *string // nil: nobody can sign in
	Encoded     string
	Active      bool `json:"is_active"`
	Staff       bool `json:"is_staff"`
	Superuser   bool `json:"is_superuser"`
	Groups      []string
	Permissions []string `json:"user_permissions"` // without the application's name

	// AllPermissions is a list of names, or the word "all".
	AllPermissions any        `json:"all_permissions"`
	JoinedAt       time.Time  `json:"date_joined"`
	LastLogin      *time.Time `json:"last_login"`
}

// Token is a pair of tokens that Django issued.
type Token struct{ User, Refresh, Access, JTI string }

// Project is what Django said of a database that it had written.
type Project struct {
	Meta struct {
		Secret    string `json:"secret_key"`
		Algorithm string
	}
	Users       []User
	Groups      map[string][]string
	Permissions []string
	Tokens      map[string]Token
}

// Recorded returns what is in a database.
func Recorded(t testing.TB, project string) Project {
	t.Helper()
	var p Project
	if err := json.Unmarshal(file(t, project+".json"), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Users) == 0 || len(p.Groups) == 0 || len(p.Permissions) == 0 || len(p.Tokens) == 0 {
		t.Fatalf("%s has no description", project)
	}
	return p
}

// Exec changes a project's database, as Django would.
func Exec(t testing.TB, url, statement string) {
	t.Helper()
	if strings.HasPrefix(url, "mysql") {
		statement = strings.ReplaceAll(statement, `"`, "`")
	}
	storetest.Exec(t, url, statement)
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	content, err := files.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
