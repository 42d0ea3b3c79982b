package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// each runs f on an empty database of every kind that has two tables.
func each(t *testing.T, f func(t *testing.T, db *store.DB, url string)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		db := storetest.Open(t, url)
		mustExec(t, db, `CREATE TABLE notes (id VARCHAR(40) NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`)
		mustExec(t, db, `CREATE TABLE replies (id VARCHAR(40) NOT NULL PRIMARY KEY, note_id VARCHAR(40) NOT NULL,
			CONSTRAINT replies_note FOREIGN KEY (note_id) REFERENCES notes (id))`)
		f(t, db, url)
	})
}

func TestOneWinner(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		mustExec(t, db, insertNote, "race", 0)
		const claim = `UPDATE notes SET n = n + 1 WHERE id = 'race' AND n = 0`
		var wg sync.WaitGroup
		won := make(chan int64, 32)
		for i := range 16 {
			wg.Go(func() {
				n, err := int64(0), error(nil)
				if i%2 == 0 {
					n, err = db.Exec(context.Background(), claim)
				} else {
					err = db.Tx(context.Background(), func(tx *store.DB) (err error) {
						n, err = tx.Exec(context.Background(), claim)
						return err
					})
				}
				if err != nil {
					t.Error(err)
				}
				won <- n
			})
		}
		wg.Wait()
		close(won)
		sum := int64(0)
		for n := range won {
			sum += n
		}
		if n := count(t, db, `SELECT n FROM notes`); sum != 1 || n != 1 {
			t.Errorf("%d callers won, the row says %d; want one", sum, n)
		}
	})
}

func TestTx(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		t.Run("nested joins", func(t *testing.T) {
			refused := errors.New("refused")
			err := db.Tx(t.Context(), func(tx *store.DB) error {
				if err := tx.Tx(t.Context(), note("inner", 1)); err != nil {
					return err
				}
				if n, err := tx.Number(t.Context(), `SELECT COUNT(*) FROM notes WHERE id = ?`, "inner"); n != 1 || err != nil {
					return fmt.Errorf("does not see its own row: %d, %w", n, err)
				}
				return refused
			})
			if n := count(t, db, `SELECT COUNT(*) FROM notes`); !errors.Is(err, refused) || n != 0 {
				t.Errorf("err %v and %d rows, want the refusal and none", err, n)
			}
		})
		t.Run("errors of constraints", func(t *testing.T) {
			mustExec(t, db, insertNote, "one", 1)
			_, err := db.Exec(t.Context(), insertNote, "one", 2)
			if !db.Duplicate(err) || db.MissingReference(err) {
				t.Errorf("a second row with the key: %v", err)
			}
			mustExec(t, db, `INSERT INTO replies (id, note_id) VALUES ('r', ?)`, "one")
			for _, query := range []string{`INSERT INTO replies (id, note_id) VALUES ('q', 'nobody')`, `DELETE FROM notes WHERE id = 'one'`} {
				if _, err := db.Exec(t.Context(), query); !db.MissingReference(err) || db.Duplicate(err) {
					t.Errorf("%s: %v", query, err)
				}
			}
			if db.Duplicate(nil) || db.MissingReference(nil) {
				t.Error("no error is not a violation")
			}
		})
		t.Run("an update that changes nothing has found its row", func(t *testing.T) {
			if n := mustExec(t, db, `UPDATE notes SET n = n WHERE id = 'one'`); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})
		t.Run("a cancelled caller", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Tx(ctx, func(tx *store.DB) error {
				cancel() // too late: it has begun, so it ends
				_, err := tx.Exec(ctx, insertNote, "begun", 1)
				return err
			})
			if n := count(t, db, `SELECT COUNT(*) FROM notes WHERE id = 'begun'`); err != nil || n != 1 {
				t.Errorf("cancelled inside: %v and %d rows, want success", err, n)
			}
			err = db.Tx(ctx, func(*store.DB) error { t.Error("it ran"); return nil })
			if _, execErr := db.Exec(ctx, insertNote, "never", 1); !errors.Is(err, context.Canceled) || !errors.Is(execErr, context.Canceled) {
				t.Errorf("cancelled before: %v, %v", err, execErr)
			}
			if _, err := db.Number(ctx, `SELECT COUNT(*) FROM notes`); !errors.Is(err, context.Canceled) {
				t.Errorf("a read that was cancelled before: %v", err)
			}
		})
		t.Run("one that has ended does nothing", func(t *testing.T) {
			var kept *store.DB
			if err := db.Tx(t.Context(), func(tx *store.DB) error { kept = tx; return nil }); err != nil {
				t.Fatal(err)
			}
			if err := note("late", 100)(kept); err == nil || count(t, db, `SELECT COUNT(*) FROM notes WHERE id = 'late'`) != 0 {
				t.Errorf("a write after the end: %v", err)
			}
		})
		t.Run("rows that are read while the same text runs", func(t *testing.T) {
			mustExec(t, db, insertNote, "two", 2)
			const query = `SELECT n FROM notes WHERE n >= ? ORDER BY n`
			for range 2 {
				if got, err := db.Numbers(t.Context(), query, 1); err != nil || !slices.Equal(got, []int64{1, 1, 2}) {
					t.Errorf("Numbers = %v, %v", got, err)
				}
			}
		})
	})
}

func TestOnCommit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		var told [][]string
		db.OnCommit(func(ctx context.Context, events []event.Event) {
			if ctx.Err() != nil {
				t.Error("the context has ended")
			}
			var ids []string
			for _, e := range events {
				ids = append(ids, e.ID)
			}
			told = append(told, ids)
		})
		ctx, cancel := context.WithCancel(t.Context())
		if err := db.Tx(ctx, func(tx *store.DB) error {
			tx.Appended(event.Event{ID: "a"})
			cancel()
			return tx.Tx(ctx, func(inner *store.DB) error {
				inner.Appended(event.Event{ID: "b"})
				if len(told) != 0 {
					t.Error("told before the commit")
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.DB) error {
			tx.Appended(event.Event{ID: "rolled back"})
			return errors.New("refused")
		}); err == nil {
			t.Fatal("no refusal")
		}
		if err := db.Tx(t.Context(), note("silent", 1)); err != nil {
			t.Fatal(err)
		}
		db.Appended(event.Event{ID: "alone"})
		want := [][]string{{"a", "b"}, {"alone"}}
		if !slices.EqualFunc(told, want, slices.Equal) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

// conflict is what the server of a kind says to the loser of a deadlock.
func conflict(kind string) error {
	if kind == "mysql" {
		return &mysql.MySQLError{Number: 1213, Message: "Deadlock found"}
	}
	return &pgconn.PgError{Code: "40001", Message: "could not serialize access"}
}

func TestConflictRunsAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		if db.Kind() == "sqlite" {
			return // one writer has no conflicts; see TestGroupThatIsLostRunsAgainOneByOne
		}
		var told []event.Event
		db.OnCommit(func(_ context.Context, events []event.Event) { told = append(told, events...) })
		runs := 0
		err := db.Tx(t.Context(), func(tx *store.DB) error {
			runs++
			tx.Appended(event.Event{ID: "x"})
			if err := note("again", int64(runs))(tx); err != nil {
				return err
			}
			if runs < 3 {
				return fmt.Errorf("wrapped: %w", conflict(db.Kind()))
			}
			return nil
		})
		if n := count(t, db, `SELECT n FROM notes`); err != nil || runs != 3 || n != 3 || len(told) != 1 {
			t.Errorf("err %v, %d runs, the row of run %d, %d events; want success, 3, 3, 1", err, runs, n, len(told))
		}
		runs = 0
		err = db.Tx(t.Context(), func(*store.DB) error { runs++; return conflict(db.Kind()) })
		if !errors.Is(err, store.ErrUnavailable) || runs != 5 {
			t.Errorf("for ever: %v after %d runs, want ErrUnavailable after 5", err, runs)
		}
	})
}

// Two transactions take two rows in opposite order: the server ends one.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		mustExec(t, db, insertNote, "a", 0)
		mustExec(t, db, insertNote, "b", 0)
		var wg, both sync.WaitGroup
		both.Add(2)
		for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
			wg.Go(func() {
				first := true
				if err := db.Tx(context.Background(), func(tx *store.DB) error {
					for i, id := range order {
						if _, err := tx.Exec(context.Background(), `UPDATE notes SET n = n + 1 WHERE id = ?`, id); err != nil {
							return err
						}
						if i == 0 && first && db.Kind() != "sqlite" {
							first = false
							both.Done()
							both.Wait()
						}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := db.Numbers(t.Context(), `SELECT n FROM notes`); err != nil || !slices.Equal(got, []int64{2, 2}) {
			t.Errorf("rows %v (%v), want 2 and 2", got, err)
		}
	})
}

func TestPoolExhausted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.DB, url string) {
		db, err := store.Open(t.Context(), url, store.Options{MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		release := hold(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := db.Tx(ctx, note("late", 1)); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Tx = %v, want ErrUnavailable", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- db.Tx(ctx, note("left", 1)) }()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("Tx = %v, want context.Canceled", err)
		}
		release()
		if err := db.Tx(t.Context(), note("next", 1)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestClockOffset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, _ string) {
		offset, err := db.ClockOffset(t.Context())
		if err != nil || offset.Abs() > 5*time.Second {
			t.Errorf("ClockOffset = %v, %v; the test servers are on this machine", offset, err)
		}
		if db.Kind() == "sqlite" && offset != 0 {
			t.Errorf("ClockOffset = %v, want 0", offset)
		}
	})
}
