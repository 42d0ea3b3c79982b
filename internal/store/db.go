package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
)

const (
	connectTimeout   = 5 * time.Second // for Open
	statementTimeout = 3 * time.Second // for a statement, a commit, and the wait for a connection
)

// ErrUnavailable is any failure that passes by itself: a lost connection, a
// statement or a wait that took too long, a full or read-only disk.
var ErrUnavailable = fault.New(fault.Unavailable, "database_unavailable",
	"The service cannot reach its database right now; try again shortly.").RetryIn(time.Second)

// Options are what Open may be told. The zero value is good.
type Options struct {
	// MaxConns is how many connections to a database server are open at most; 0
	// is 16. SQLite has one that writes and as many that read, at most eight.
	MaxConns int
	// Log takes warnings about the database; nil is slog.Default.
	Log *slog.Logger
	// Committed is OnCommit's function, for those who have it already.
	Committed func(context.Context, []event.Event)
}

// DB is a database. It implements the Store of every feature; inside a
// transaction another DB does, which speaks for that transaction alone.
type DB struct {
	d         *dialect
	connector driver.Connector                      // of connections that may write
	pool      *sql.DB                               // SQLite: the readers
	writer    *writer                               // SQLite only
	version   *version                              // SQLite only
	position  *lastPosition                         // of the event log
	hook      *func(context.Context, []event.Event) // shared with the transactions
	t         *transaction                          // nil outside one
}

// Open connects to the database that url names (see the package comment) and
// makes sure that it answers and is one that the service can trust its data to.
// It does not look at the schema: see Migrate and CheckSchema. The error is one
// line that names the kind of database, where it is and why it cannot be used;
// it never holds the password.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 16
	}
	where, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	db := &DB{hook: &o.Committed, position: new(lastPosition)}
	if err := db.connect(ctx, where, o); err != nil {
		return nil, fmt.Errorf("the %s database %s cannot be used: %w", where.label(), where.place(), reason(err))
	}
	return db, nil
}

func (db *DB) connect(ctx context.Context, where location, o Options) error {
	switch where.kind {
	case kindSQLite:
		return db.connectSQLite(ctx, where.path, o)
	case kindPostgres:
		return db.connectPostgres(ctx, where, o)
	default:
		return db.connectMySQL(ctx, where, o)
	}
}

// OnCommit sets the function that is told of events after the commit that wrote
// them: once for a transaction, with its events in the order in which they were
// appended, in the goroutine of the caller and before the caller is answered.
// The context does not end with the request. Set it before the first use of db.
func (db *DB) OnCommit(fn func(context.Context, []event.Event)) { *db.hook = fn }

// Kind returns "sqlite", "postgres" or "mysql" (which is also MariaDB).
func (db *DB) Kind() string { return db.d.kind }

// Close lets the transactions that were accepted end and closes the connections.
func (db *DB) Close() error {
	if db.writer == nil {
		return db.pool.Close()
	}
	db.writer.drain()
	// The writer goes last: the last one to leave moves SQLite's log into its file.
	if err := errors.Join(db.version.close(), db.pool.Close(), db.writer.close()); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// Ping reports whether the database answers, with ErrUnavailable when not.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.row(ctx, `SELECT 1`).Scan(&one)
}

// runner is what a pool, a connection and a transaction have in common.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// exec runs a statement and returns how many rows it matched. Outside a
// transaction it is one of its own.
func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if db.t != nil {
		return db.t.exec(query, args)
	}
	var n int64
	if db.writer != nil {
		err := db.tx(ctx, func(tx *DB) (err error) {
			n, err = tx.t.exec(query, args)
			return err
		})
		return n, err
	}
	err := db.retry(ctx, func() error {
		ctx, cancel := bounded(ctx)
		defer cancel()
		result, err := db.pool.ExecContext(ctx, db.d.rebind(query), args...)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// query runs a statement that returns rows. Close them, and end with rowsError
// in place of rows.Err, so that a connection that is lost on the way is
// ErrUnavailable. In a transaction do not start another statement while they
// are open: a server's connection holds one at a time.
func (db *DB) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if db.t != nil {
		return db.t.query(query, args)
	}
	inner := ctx
	if db.writer == nil {
		// The rows outlive this call, so the clock and not a defer ends it.
		var cancel context.CancelFunc
		inner, cancel = context.WithCancel(ctx)
		time.AfterFunc(statementTimeout, cancel)
	}
	rows, err := db.pool.QueryContext(inner, db.d.rebind(query), args...)
	if err != nil {
		return nil, db.fail(ctx, err)
	}
	return rows, nil
}

// rowsError returns what ended the rows early, nil when nothing did.
func (db *DB) rowsError(ctx context.Context, rows *sql.Rows) error {
	err := rows.Err()
	if err != nil && db.t != nil {
		return db.t.failed(err)
	}
	return db.fail(ctx, err)
}

// row runs a statement that returns at most one row.
func (db *DB) row(ctx context.Context, query string, args ...any) *row {
	r := &row{db: db, ctx: ctx, cancel: func() {}}
	var on runner = db.pool
	switch {
	case db.t != nil:
		if r.err = db.t.err; r.err != nil {
			return r
		}
		on = db.t.on
		ctx, r.cancel = db.t.bounded()
	case db.writer != nil:
		// A point read takes microseconds. Watching the request meanwhile costs a
		// goroutine, and an interrupt the connection and its prepared statements.
		if r.err = db.fail(ctx, ctx.Err()); r.err != nil {
			return r
		}
		ctx = context.WithoutCancel(ctx)
	default:
		ctx, r.cancel = bounded(ctx)
	}
	r.row = on.QueryRowContext(ctx, db.d.rebind(query), args...)
	return r
}

// row is the answer of DB.row.
type row struct {
	db     *DB
	ctx    context.Context
	cancel context.CancelFunc
	row    *sql.Row
	err    error
}

// Scan copies the columns of the row. It returns sql.ErrNoRows when there is none.
func (r *row) Scan(dest ...any) error {
	defer r.cancel()
	if r.err != nil {
		return r.err
	}
	err := r.row.Scan(dest...)
	switch {
	case err == nil || errors.Is(err, sql.ErrNoRows):
		return err
	case r.db.t != nil:
		return r.db.t.failed(err)
	default:
		return r.db.fail(r.ctx, err)
	}
}

// duplicate reports whether err says that a unique or primary key exists already.
func (db *DB) duplicate(err error) bool { return err != nil && db.d.duplicate(err) }

// missingReference reports whether err says that a row which another one needs,
// or would leave behind, is not as its foreign key asks.
func (db *DB) missingReference(err error) bool { return err != nil && db.d.missingReference(err) }

// bounded gives a statement its deadline, which is no later than its caller's. A
// network that swallows everything must not hold a request for all of its time.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, statementTimeout)
}
