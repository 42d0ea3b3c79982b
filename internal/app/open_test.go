package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// opened loads a configuration for an SQLite database and opens the service on it.
func opened(t *testing.T, url, dir string, more ...string) (*App, error) {
	t.Helper()
	cfg, err := config.Load(config.Source{WorkDir: dir, Environ: append([]string{
		"COUNTERSIGN_DATABASE_URL=" + url, "COUNTERSIGN_DATA_DIR=" + dir,
		"COUNTERSIGN_HASH_MEMORY_KIB=64", "COUNTERSIGN_HASH_ITERATIONS=1",
	}, more...)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err == nil {
		t.Cleanup(a.Close)
	}
	return a, err
}

// A process that migrates on its own refuses a schema of the future like one that
// does not, and so does the command.
func TestOpen_refuses_a_schema_of_the_future(t *testing.T) {
	t.Parallel()
	url, dir := storetest.URL(t, "sqlite"), t.TempDir()
	storetest.Exec(t, url, `INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (9999, 1, '2026-01-01')`)
	a, err := opened(t, url, dir)
	if !errors.Is(err, store.ErrSchemaNew) {
		t.Errorf("Open = %v, want ErrSchemaNew", err)
	}
	if a != nil {
		t.Error("a service was opened")
	}
	if _, err := os.Stat(filepath.Join(dir, "instance.secret")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused start left an instance secret: %v", err)
	}
	cfg, err := config.Load(config.Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_DATABASE_URL=" + url}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrSchemaNew) {
		t.Errorf("Migrate = %v, want ErrSchemaNew", err)
	}
}

// A secret that is gone is not replaced: a new one opens nothing and is in the way
// of the right one.
func TestOpen_does_not_replace_a_secret(t *testing.T) {
	t.Parallel()
	url, dir := storetest.URL(t, "sqlite"), t.TempDir()
	if _, err := opened(t, url, dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "instance.secret")
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := opened(t, url, dir); !errors.Is(err, errSecretGone) {
		t.Errorf("Open = %v, want errSecretGone", err)
	}
	if err := os.WriteFile(path, kept, 0o600); err != nil { // fails if one was made
		t.Fatal(err)
	}
	if _, err := opened(t, url, dir); err != nil {
		t.Errorf("Open with the secret back: %v", err)
	}
}
