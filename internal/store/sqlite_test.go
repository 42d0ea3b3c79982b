package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// notes returns an empty SQLite database with one table.
func notes(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.Open(t, storetest.EmptyURL(t, "sqlite"))
	mustExec(t, db, `CREATE TABLE notes (id VARCHAR(40) NOT NULL PRIMARY KEY, n BIGINT NOT NULL, body BLOB)`)
	return db
}

func mustExec(t *testing.T, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	n, err := db.Exec(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func count(t *testing.T, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	n, err := db.Number(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

const insertNote = `INSERT INTO notes (id, n) VALUES (?, ?)`

// hold occupies the writer until release is called, so that what comes
// meanwhile waits and becomes one group.
func hold(t *testing.T, db *store.DB) (release func()) {
	t.Helper()
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- db.Tx(context.Background(), func(*store.DB) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		t.Helper()
		close(end)
		if err := <-ended; err != nil {
			t.Errorf("the transaction that held the writer: %v", err)
		}
	}
}

// queue starts fn in a transaction and waits until it is in the queue as number n.
func queue(t *testing.T, db *store.DB, n int, fn func(*store.DB) error) <-chan error {
	t.Helper()
	answer := make(chan error, 1)
	go func() { answer <- db.Tx(context.Background(), fn) }()
	wait(t, func() bool { return db.Waiting() >= n })
	return answer
}

// wait returns when a condition holds that another goroutine brings about.
func wait(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("what was waited for did not happen")
		}
	}
}

func note(id string, n int64) func(*store.DB) error {
	return func(tx *store.DB) error {
		_, err := tx.Exec(context.Background(), insertNote, id, n)
		return err
	}
}

func TestFiftyWritersOfWhichHalfAreCancelled(t *testing.T) {
	t.Parallel()
	db := notes(t)
	release := hold(t, db)
	var all, cancelled sync.WaitGroup
	errs, ran := make([]error, 50), make([]bool, 50)
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		work := func() {
			errs[i] = db.Tx(ctx, func(tx *store.DB) error {
				ran[i] = true
				return note(fmt.Sprint(i), int64(i))(tx)
			})
		}
		if i%2 == 0 {
			cancelled.Go(work)
		} else {
			all.Go(work)
		}
		wait(t, func() bool { return db.Waiting() > i })
		if i%2 == 0 {
			cancel()
		} else {
			defer cancel()
		}
	}
	cancelled.Wait() // they leave while the writer is still held
	release()
	all.Wait()
	for i, err := range errs {
		stored := count(t, db, `SELECT COUNT(*) FROM notes WHERE id = ?`, fmt.Sprint(i)) == 1
		switch {
		case i%2 == 0 && (!errors.Is(err, context.Canceled) || ran[i] || stored):
			t.Errorf("writer %d was cancelled before it began: err %v, ran %v, stored %v", i, err, ran[i], stored)
		case i%2 == 1 && (err != nil || !stored):
			t.Errorf("writer %d: err %v, stored %v", i, err, stored)
		}
	}
}

// What was acknowledged is there and what was not is not, whenever the cancel
// comes.
func TestCancelledAtAnyMoment(t *testing.T) {
	t.Parallel()
	db := notes(t)
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range 10 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration((w*10+i)%40)*100*time.Microsecond)
				id := fmt.Sprintf("%d-%d", w, i)
				_, err := db.Exec(ctx, insertNote, id, 1)
				cancel()
				n, readErr := db.Number(context.Background(), `SELECT COUNT(*) FROM notes WHERE id = ?`, id)
				if readErr != nil || (n == 1) != (err == nil) {
					t.Errorf("write %s: %v, but %d rows (%v)", id, err, n, readErr)
				}
			}
		})
	}
	wg.Wait()
}

func TestRefusalInAGroup(t *testing.T) {
	t.Parallel()
	db := notes(t)
	refused := errors.New("refused")
	release := hold(t, db)
	first := queue(t, db, 1, note("first", 1))
	second := queue(t, db, 2, func(tx *store.DB) error {
		if err := note("second", 2)(tx); err != nil {
			return err
		}
		return refused
	})
	third := queue(t, db, 3, note("first", 3)) // a duplicate of the first
	fourth := queue(t, db, 4, func(tx *store.DB) error {
		n, err := tx.Number(context.Background(), `SELECT COUNT(*) FROM notes`)
		if err != nil || n != 1 {
			return fmt.Errorf("sees %d rows (%v), want the first's", n, err)
		}
		return note("fourth", 4)(tx)
	})
	select {
	case err := <-first:
		t.Fatalf("answered before the commit: %v", err)
	default:
	}
	release()
	if err := <-first; err != nil {
		t.Errorf("first: %v", err)
	}
	if err := <-second; !errors.Is(err, refused) {
		t.Errorf("second: %v, want its own refusal", err)
	}
	if err := <-third; !db.Duplicate(err) {
		t.Errorf("third: %v, want a duplicate", err)
	}
	if err := <-fourth; err != nil {
		t.Errorf("fourth: %v", err)
	}
	if n := count(t, db, `SELECT SUM(n) FROM notes`); n != 5 {
		t.Errorf("the sum of the rows is %d, want those of first and fourth, 5", n)
	}
}

// INSERT OR ROLLBACK makes SQLite roll the whole transaction back by itself, as
// a full disk or a lack of memory does.
func TestGroupThatIsLostRunsAgainOneByOne(t *testing.T) {
	t.Parallel()
	db := notes(t)
	mustExec(t, db, insertNote, "taken", 1)
	lose := func(tx *store.DB) error {
		_, err := tx.Exec(context.Background(), `INSERT OR ROLLBACK INTO notes (id, n) VALUES ('taken', 100)`)
		return err
	}
	runs := 0
	release := hold(t, db)
	before := queue(t, db, 1, func(tx *store.DB) error { runs++; return note("before", 10)(tx) })
	loser := queue(t, db, 2, lose)
	stubborn := queue(t, db, 3, func(tx *store.DB) error {
		_ = lose(tx) // passes over the error and would write outside any transaction
		return note("stubborn", 1000)(tx)
	})
	after := queue(t, db, 4, note("after", 20))
	release()
	if err := <-before; err != nil || runs != 2 {
		t.Errorf("before: %v after %d runs, want success in the second", err, runs)
	}
	if err := <-loser; !db.Duplicate(err) {
		t.Errorf("loser: %v, want its own error", err)
	}
	if err := <-stubborn; err == nil {
		t.Error("stubborn: its transaction was gone, and nothing says so")
	}
	if err := <-after; err != nil {
		t.Errorf("after: %v", err)
	}
	if n := count(t, db, `SELECT SUM(n) FROM notes`); n != 31 {
		t.Errorf("the sum of the rows is %d, want 31", n)
	}
}

func TestFullDatabase(t *testing.T) {
	t.Parallel()
	db := notes(t)
	pages := count(t, db, `PRAGMA page_count`)
	limit := func(n int64) {
		if err := db.Tx(t.Context(), func(tx *store.DB) error {
			_, err := tx.Number(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, n))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	big := func(tx *store.DB) error {
		_, err := tx.Exec(context.Background(), `INSERT INTO notes (id, n, body) VALUES ('big', 100, zeroblob(1000000))`)
		return err
	}
	limit(pages + 10)
	release := hold(t, db)
	first, full, last := queue(t, db, 1, note("first", 1)), queue(t, db, 2, big), queue(t, db, 3, note("last", 2))
	release()
	if err := <-full; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the write that does not fit: %v, want ErrUnavailable", err)
	}
	if err := errors.Join(<-first, <-last); err != nil {
		t.Errorf("its neighbours: %v", err)
	}
	if n := count(t, db, `SELECT SUM(n) FROM notes`); n != 3 {
		t.Errorf("the sum of the rows is %d, want 3", n)
	}
	limit(1 << 30)
	if err := db.Tx(t.Context(), big); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestPanicStaysWithItsCaller(t *testing.T) {
	t.Parallel()
	db := notes(t)
	release := hold(t, db)
	got := make(chan any, 1)
	go func() {
		defer func() { got <- recover() }()
		_ = db.Tx(context.Background(), func(tx *store.DB) error {
			_ = note("panic", 100)(tx)
			panic("boom")
		})
	}()
	wait(t, func() bool { return db.Waiting() == 1 })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = db.Tx(context.Background(), func(tx *store.DB) error {
			_ = note("exit", 200)(tx)
			runtime.Goexit()
			return nil
		})
	}()
	wait(t, func() bool { return db.Waiting() == 2 })
	neighbour := queue(t, db, 3, note("neighbour", 1))
	release()
	if v := <-got; v != "boom" {
		t.Errorf("the caller recovered %v, want boom", v)
	}
	<-ended
	if err := <-neighbour; err != nil {
		t.Errorf("its neighbour: %v", err)
	}
	func() { // and alone
		defer func() { _ = recover() }()
		_ = db.Tx(context.Background(), func(tx *store.DB) error { panic(note("alone", 100)(tx)) })
	}()
	mustExec(t, db, insertNote, "next", 2)
	if n := count(t, db, `SELECT SUM(n) FROM notes`); n != 3 {
		t.Errorf("the sum of the rows is %d, want 3", n)
	}
}

func TestAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t, "sqlite")
	db, other := storetest.Open(t, url), storetest.Open(t, url)
	mustExec(t, db, `CREATE TABLE notes (id VARCHAR(40) NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`)
	release := hold(t, other)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := db.Exec(ctx, insertNote, "late", 1); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a caller who cannot wait: %v, want ErrUnavailable", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancelled := make(chan error, 1)
	go func() {
		_, err := db.Exec(ctx, insertNote, "gone", 1)
		cancelled <- err
	}()
	cancel()
	if err := <-cancelled; !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a caller who went away: %v, want context.Canceled", err)
	}
	answer := make(chan error, 1)
	go func() { answer <- db.Tx(context.Background(), note("patient", 2)) }()
	release()
	if err := <-answer; err != nil {
		t.Errorf("a caller who waited: %v", err)
	}
	if n := count(t, other, `SELECT SUM(n) FROM notes`); n != 2 {
		t.Errorf("the sum of the rows is %d, want 2", n)
	}
}

func TestCloseLetsTheQueueEnd(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t, "sqlite")
	db, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, `CREATE TABLE notes (id VARCHAR(40) NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`)
	release := hold(t, db)
	var answers []<-chan error
	for i := range 10 {
		answers = append(answers, queue(t, db, i+1, note(fmt.Sprint(i), 1)))
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	release()
	for i, answer := range answers {
		if err := <-answer; err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(t.Context(), insertNote, "late", 1); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("after Close: %v, want ErrUnavailable", err)
	}
	if n := count(t, storetest.Open(t, url), `SELECT COUNT(*) FROM notes`); n != 10 {
		t.Errorf("%d rows, want 10", n)
	}
}

func TestFilesAreOursAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c%23#.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // widened before, and made anew
		db := storetest.Open(t, "sqlite:"+path)
		mustExec(t, db, `CREATE TABLE notes (id TEXT)`)
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v, want 0600", name, info, err)
			}
		}
		path = filepath.Join(t.TempDir(), "new.db")
	}
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	t.Parallel()
	db := notes(t)
	check := func() {
		t.Helper()
		if err := db.Tx(t.Context(), func(tx *store.DB) error {
			for pragma, want := range map[string]int64{"foreign_keys": 1, "synchronous": 2, "busy_timeout": 5000, "trusted_schema": 0, "query_only": 0} {
				if n, err := tx.Number(t.Context(), "PRAGMA "+pragma); err != nil || n != want {
					t.Errorf("the writer's %s is %d (%v), want %d", pragma, n, err, want)
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	check()
	if err := db.Disconnect(t.Context()); err == nil {
		t.Error("a transaction whose connection broke was acknowledged")
	}
	check() // on the connection that took its place
	if _, err := db.Numbers(t.Context(), `INSERT INTO notes (id, n) VALUES ('x', 1)`); err == nil {
		t.Error("a reader could write")
	}
}

func TestDataChanged(t *testing.T) {
	t.Parallel()
	db := notes(t)
	changed := func() bool {
		t.Helper()
		yes, err := db.DataChanged(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !changed() {
		t.Error("the first answer is no")
	}
	if changed() {
		t.Error("nothing happened, and the answer is yes")
	}
	mustExec(t, db, insertNote, "a", 1)
	if !changed() || changed() {
		t.Error("a commit is one change")
	}
}

func TestOpenSQLiteSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is not a database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing", "x.db"): "no such file or directory",
		dir:                                   "is a directory",
		garbage:                               "not a database",
	} {
		db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
		if err == nil {
			_ = db.Close()
			t.Errorf("%s was opened", path)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, path) || strings.Contains(text, "\n") {
			t.Errorf("Open(%s) = %q, want one line with %q", path, text, want)
		}
	}
}
