package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/store"
)

var kinds = []string{"sqlite", "postgres", "mysql"}

// Each runs f once for every kind of database, as a subtest of that name, each
// time on an empty one. A kind without a server is skipped, or fails the test
// when it is required.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { f(t, Open(t, url)) })
}

// EachURL is Each for tests that open the database themselves, or several times.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) { f(t, URL(t, kind)) })
	}
}

// New returns an empty SQLite database, which is closed after the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, URL(t, "sqlite"))
}

// Open opens a database and closes it after the test.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url, store.Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Kinds returns the kinds of database that this run has. The test fails when a
// required one is not there.
func Kinds(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return !available(t, kind) })
}

// URL returns the connection string of a migrated, empty database of a kind that
// is removed after the test. Without a server it skips the test, or fails it when
// the kind is required.
func URL(t testing.TB, kind string) string {
	t.Helper()
	return fresh(t, kind, true)
}

// EmptyURL is URL for a database without a schema.
func EmptyURL(t testing.TB, kind string) string {
	t.Helper()
	return fresh(t, kind, false)
}

func fresh(t testing.TB, kind string, migrated bool) string {
	t.Helper()
	if !available(t, kind) {
		t.Skipf("%s is not set", variable(kind))
	}
	switch kind {
	case "sqlite":
		path := filepath.Join(t.TempDir(), "test.db")
		if migrated {
			file, err := template()
			if err != nil {
				t.Fatalf("make the template: %v", err)
			}
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return "sqlite:" + path
	case "postgres":
		return postgres(t, os.Getenv(variable(kind)), migrated)
	default:
		return mysql(t, os.Getenv(variable(kind)), migrated)
	}
}

func available(t testing.TB, kind string) bool {
	t.Helper()
	if kind == "sqlite" || os.Getenv(variable(kind)) != "" {
		return true
	}
	if slices.Contains(strings.Split(os.Getenv("COUNTERSIGN_TEST_REQUIRE"), ","), kind) {
		t.Fatalf("%s is required here, but %s is not set", kind, variable(kind))
	}
	return false
}

func variable(kind string) string { return "COUNTERSIGN_TEST_" + strings.ToUpper(kind) }

// template is the file of a migrated SQLite database: copying it takes a tenth
// of the time of migrating.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "countersign-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrate makes the schema and closes the database, which also moves SQLite's
// log into its file.
func migrate(url string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, url, store.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	if _, err := db.Migrate(ctx); err != nil {
		return fmt.Errorf("%w (and close: %v)", err, db.Close())
	}
	return db.Close()
}
