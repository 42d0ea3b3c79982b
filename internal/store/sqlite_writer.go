package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	maxGroup  = 64              // functions in one commit
	maxQueue  = 1024            // functions that wait for the next ones
	queueWait = 5 * time.Second // of a caller who sets no deadline
)

var errClosed = errors.New("the database is closed")

// writer owns the one connection that writes. Its goroutine takes the functions
// that wait, lets each run in a savepoint of one transaction, commits once, and
// only then answers them all. So a commit, which waits for the disk, is shared;
// and what a function was told is never taken back by its neighbours, because
// nobody is told anything before.
type writer struct {
	pool *sql.DB   // of one connection
	conn *sql.Conn // nil after it broke; begin opens the next
	d    *dialect

	mu     sync.RWMutex // held for reading while sending to queue
	closed bool
	queue  chan *job
	ended  chan struct{}
}

// newWriter takes over the pool; when it cannot be used it is closed.
func newWriter(ctx context.Context, pool *sql.DB, d *dialect) (*writer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	var mode string
	err = conn.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode)
	if err == nil && mode != "wal" {
		err = fmt.Errorf("its file system cannot hold SQLite's write-ahead log (journal mode %s): use a local disk", mode)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(), pool.Close())
	}
	w := &writer{pool: pool, conn: conn, d: d, queue: make(chan *job, maxQueue), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

// drain refuses new functions and lets those that wait run.
func (w *writer) drain() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
}

// close closes the connection of a writer that was drained.
func (w *writer) close() error {
	if w.conn != nil {
		_ = w.conn.Close() // gives it back to the pool
	}
	return w.pool.Close()
}

// The states of a job.
const (
	queued int32 = iota
	claimed
	abandoned // its caller left before it began; it never runs
)

// job is a function that waits for the writer. It runs in the goroutine of its
// caller, whom the writer lends the connection for that long: a panic then is
// the caller's, and nothing that the function touches is touched by others.
type job struct {
	state atomic.Int32
	turn  chan *transaction // the writer: run now
	ran   chan struct{}     // the caller: it ended, with err, or with gone
	err   error
	gone  bool          // the function panicked or ended its goroutine
	done  chan struct{} // the writer: err is the outcome
}

// claim reports whether the job may run: its caller is there and stays.
func (j *job) claim() bool {
	return !j.gone && (j.state.Load() == claimed || j.state.CompareAndSwap(queued, claimed))
}

// run runs fn in the caller's goroutine.
func (j *job) run(t *transaction, fn func(*transaction) error) {
	j.gone = true
	defer func() { j.ran <- struct{}{} }()
	j.err = fn(t)
	j.gone = false
}

// do runs fn in a transaction and returns its outcome. While it waits for its
// turn it leaves when ctx ends; then fn does not run.
func (w *writer) do(ctx context.Context, fn func(*transaction) error) error {
	wait := time.NewTimer(queueWait)
	defer wait.Stop()
	j := &job{turn: make(chan *transaction, 1), ran: make(chan struct{}, 1), done: make(chan struct{})}
	if err := w.enqueue(ctx, j, wait.C); err != nil {
		return err
	}
	ended, late := ctx.Done(), wait.C
	for {
		select {
		case t := <-j.turn:
			j.run(t, fn)
		case <-j.done:
			return j.err
		case <-ended:
			if j.state.CompareAndSwap(queued, abandoned) {
				return fmt.Errorf("wait for the writer: %w", ctx.Err())
			}
			ended = nil
		case <-late:
			if j.state.CompareAndSwap(queued, abandoned) {
				return fmt.Errorf("wait for the writer: %w", context.DeadlineExceeded)
			}
			late = nil
		}
	}
}

func (w *writer) enqueue(ctx context.Context, j *job, late <-chan time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrUnavailable.Because(errClosed)
	}
	select {
	case w.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return fmt.Errorf("wait for the writer: %w", context.DeadlineExceeded)
	}
}

func (w *writer) run() {
	defer close(w.ended)
	group := make([]*job, 0, maxGroup)
	for first := range w.queue {
		group = append(group[:0], first)
		for more := true; more && len(group) < maxGroup; {
			select {
			case j, open := <-w.queue:
				if more = open; open {
					group = append(group, j)
				}
			default:
				more = false
			}
		}
		w.serve(group)
		clear(group)
	}
}

// begin starts a transaction that may write. Another process that writes (the
// command line beside a server) is waited for within a bound.
func (w *writer) begin() error {
	started := time.Now()
	for {
		old := w.conn != nil
		err := w.connect()
		if err == nil {
			if err = w.command("BEGIN IMMEDIATE"); err == nil {
				return nil
			}
		}
		busy := sqliteBusy(err)
		if !busy {
			w.disconnect()
		}
		switch {
		case old && !busy: // the connection may be what is broken: once more with a new one
		case busy && time.Since(started) < busyBound:
			time.Sleep(5 * time.Millisecond) // a kind of busy that SQLite does not wait out itself
		default:
			return fmt.Errorf("begin: %w", err)
		}
	}
}

func (w *writer) connect() (err error) {
	if w.conn == nil {
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		defer cancel()
		w.conn, err = w.pool.Conn(ctx)
	}
	return err
}

// disconnect drops the connection and with it whatever it has not committed.
func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // tells the pool to close it
	_ = w.conn.Close()
	w.conn = nil
}

// rollback leaves the connection outside any transaction, or drops it.
func (w *writer) rollback() {
	if err := w.command("ROLLBACK"); err != nil && (!sqliteFailed(err) || w.open()) {
		w.disconnect()
	}
}

// open reports whether a transaction is open. SQLite rolls back by itself after
// some errors (a full disk, no memory), and statements after that would be
// commits of their own. BEGIN is refused inside a transaction and nowhere else.
func (w *writer) open() bool {
	err := w.command("BEGIN")
	if err == nil {
		_ = w.command("ROLLBACK") // nothing was done in it
		return false
	}
	return sqliteFailed(err)
}

func (w *writer) command(text string) error {
	if w.conn == nil {
		return sql.ErrConnDone
	}
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}

// sqliteFailed: the connection works, and the command makes no sense now.
func sqliteFailed(err error) bool { return sqliteCode(sqlite3.SQLITE_ERROR)(err) }

func sqliteBusy(err error) bool {
	return sqliteCode(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT,
		sqlite3.SQLITE_BUSY_TIMEOUT, sqlite3.SQLITE_LOCKED)(err)
}
