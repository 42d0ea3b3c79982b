package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// A file system of one mebibyte that fills up: here it is the commit that fails,
// for the whole group. What was acknowledged stays, what was refused is not
// there, and with room again the service goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	db := storetest.Open(t, "sqlite:"+filepath.Join(dir, "test.db"))
	mustExec(t, db, `CREATE TABLE notes (id VARCHAR(40) NOT NULL PRIMARY KEY, n BIGINT NOT NULL, body BLOB)`)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 400<<10), 0o600); err != nil {
		t.Fatal(err)
	}

	const writers, each = 8, 20
	var wg sync.WaitGroup
	var stored, refused sync.Map
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", w, i)
				_, err := db.Exec(context.Background(), `INSERT INTO notes (id, n, body) VALUES (?, 1, zeroblob(20000))`, id)
				switch {
				case err == nil:
					stored.Store(id, true)
				case errors.Is(err, store.ErrUnavailable):
					refused.Store(id, true)
				default:
					t.Errorf("write %s: %v, want ErrUnavailable", id, err)
				}
			}
		})
	}
	wg.Wait()
	kept := 0
	for id := range stored.Range {
		if kept++; count(t, db, `SELECT COUNT(*) FROM notes WHERE id = ?`, id) != 1 {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	lost := 0
	for id := range refused.Range {
		if lost++; count(t, db, `SELECT COUNT(*) FROM notes WHERE id = ?`, id) != 0 {
			t.Errorf("%s was refused and is there", id)
		}
	}
	if kept == 0 || lost == 0 || kept+lost != writers*each {
		t.Errorf("%d writes were kept and %d refused, of %d: the disk was to fill up on the way", kept, lost, writers*each)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), insertNote, "room again", 1); err != nil {
		t.Errorf("with room again: %v", err)
	}
	var check int64
	if check = count(t, db, `SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'`); check != 1 {
		t.Error("the database is damaged")
	}
}
