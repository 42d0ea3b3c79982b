package store_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			url := storetest.EmptyURL(t, kind)
			db := storetest.Open(t, url)
			if err := db.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaOld) {
				t.Errorf("CheckSchema before = %v, want ErrSchemaOld", err)
			}
			files, err := fs.Glob(store.Migrations(), "migrations/"+kind+"/*.sql")
			if err != nil {
				t.Fatal(err)
			}

			var wg sync.WaitGroup
			var applied atomic.Int64
			for range 3 { // as three processes
				other := storetest.Open(t, url)
				wg.Go(func() {
					n, err := other.Migrate(context.Background())
					if err != nil {
						t.Errorf("Migrate: %v", err)
					}
					applied.Add(int64(n))
				})
			}
			wg.Wait()
			if n := applied.Load(); n != int64(len(files)) {
				t.Errorf("%d steps in all, want %d", n, len(files))
			}
			if err := db.CheckSchema(t.Context()); err != nil {
				t.Errorf("CheckSchema after: %v", err)
			}
			if n, err := db.Migrate(t.Context()); n != 0 || err != nil {
				t.Errorf("a second Migrate = %d, %v; want nothing to do", n, err)
			}
		})
	}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		newest, err := store.NewestMigration(db.Kind())
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, TRUE)`, newest+1)
		if err := db.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaNew) {
			t.Errorf("CheckSchema = %v, want ErrSchemaNew", err)
		}
		mustExec(t, db, `DELETE FROM goose_db_version WHERE version_id >= ?`, newest)
		if err := db.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaOld) || !strings.Contains(err.Error(), "countersign migrate") {
			t.Errorf("CheckSchema = %v, want ErrSchemaOld", err)
		}
	})
}

// The three sets of migrations have the same steps.
func TestMigrationsHaveTheSameNames(t *testing.T) {
	t.Parallel()
	names := make(map[string][]string)
	for _, kind := range []string{"sqlite", "postgres", "mysql"} {
		entries, err := fs.ReadDir(store.Migrations(), "migrations/"+kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names[kind] = append(names[kind], e.Name())
		}
	}
	if diff := cmp.Diff(names["sqlite"], names["postgres"]) + cmp.Diff(names["sqlite"], names["mysql"]); diff != "" {
		t.Error(diff)
	}
}
