package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/countersign/countersign/internal/event"
)

const (
	attempts  = 5                // of a transaction that conflicts with others
	txTimeout = 10 * time.Second // of a whole transaction on a server
)

// TxFunc returns the function that a feature runs its transactions with. S is
// the feature's own Store: inside, the feature sees the transaction as exactly
// that. The function may run more than once, so it sets its results at its top;
// it must not use the store outside the transaction, and it cannot go on after
// a statement that failed (PostgreSQL refuses every later one). Once it has
// begun, the caller waits for the outcome whatever becomes of its context.
func TxFunc[S any](db *DB) func(context.Context, func(S) error) error {
	return func(ctx context.Context, fn func(S) error) error {
		return db.tx(ctx, func(tx *DB) error { return fn(any(tx).(S)) })
	}
}

// transaction is the inside of one. Its context does not end with the request:
// a commit that is cut off on the way leaves nobody knowing whether it was.
type transaction struct {
	ctx    context.Context
	d      *dialect
	on     runner
	lost   func() bool // SQLite only: whether the database has rolled it back by itself
	events []event.Event
	// err is the failure that this transaction cannot survive. The statements
	// after it return it and do nothing: some databases would run them on their
	// own, outside any transaction.
	err error
}

func (t *transaction) exec(query string, args []any) (int64, error) {
	if t.err != nil {
		return 0, t.err
	}
	ctx, cancel := t.bounded()
	defer cancel()
	result, err := t.on.ExecContext(ctx, t.d.rebind(query), args...)
	if err != nil {
		return 0, t.failed(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.failed(err)
	}
	return n, nil
}

func (t *transaction) query(query string, args []any) (*sql.Rows, error) {
	if t.err != nil {
		return nil, t.err
	}
	rows, err := t.on.QueryContext(t.ctx, t.d.rebind(query), args...)
	if err != nil {
		return nil, t.failed(err)
	}
	return rows, nil
}

// bounded gives a statement on a server its own deadline inside the
// transaction's; SQLite's statements are not interrupted.
func (t *transaction) bounded() (context.Context, context.CancelFunc) {
	if t.lost != nil {
		return t.ctx, func() {}
	}
	return context.WithTimeout(t.ctx, statementTimeout)
}

// failed looks at the error of a statement: a refusal of that statement alone,
// or the end of the transaction.
func (t *transaction) failed(err error) error {
	if t.err == nil && (t.d.retryable(err) || t.d.unavailable(err) || t.lost != nil && t.lost()) {
		t.err = err
	}
	return err
}

// outcome is the error of a function that ran in t and returned err: what t
// cannot survive counts even when the function passed over it.
func (t *transaction) outcome(err error) error {
	if t.err != nil && !errors.Is(err, t.err) {
		return t.err
	}
	return err
}

// appended remembers an event until its transaction is committed. Outside a
// transaction the statement that wrote it has been.
func (db *DB) appended(e event.Event) {
	if db.t != nil {
		db.t.events = append(db.t.events, e)
		return
	}
	db.committed(context.Background(), []event.Event{e})
}

func (db *DB) committed(ctx context.Context, events []event.Event) {
	if hook := *db.hook; hook != nil && len(events) > 0 {
		hook(context.WithoutCancel(ctx), events)
	}
}

// inside is the DB that speaks for t.
func (db *DB) inside(t *transaction) *DB {
	tx := *db
	tx.t = t
	return &tx
}

// tx runs fn in a transaction; inside one, in that one. It starts again, at most
// five times, when the database reports a conflict that passes.
func (db *DB) tx(ctx context.Context, fn func(*DB) error) error {
	if db.t != nil {
		return fn(db)
	}
	var events []event.Event
	run := func(t *transaction) error {
		events = nil
		err := t.outcome(fn(db.inside(t)))
		events = t.events
		return err
	}
	var err error
	if db.writer != nil {
		err = db.fail(ctx, db.writer.do(ctx, run))
	} else {
		err = db.retry(ctx, func() error { return db.once(ctx, run) })
	}
	if err != nil {
		return err
	}
	db.committed(ctx, events)
	return nil
}

// once runs fn in a transaction of a database server.
func (db *DB) once(ctx context.Context, fn func(*transaction) error) error {
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), txTimeout)
	defer cancel()
	tx, err := db.begin(ctx, inner, cancel)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	overdue := time.AfterFunc(txTimeout, cancel)
	defer overdue.Stop()
	defer func() { _ = tx.Rollback() }() // no effect after the commit; also when fn panics
	err = fn(&transaction{ctx: inner, d: db.d, on: tx})
	overdue.Reset(statementTimeout) // for the commit, or the way back
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// begin waits for a connection as long as the request lives, and not longer than
// a statement may take; what has begun then lives as long as inner.
func (db *DB) begin(ctx, inner context.Context, cancel context.CancelFunc) (*sql.Tx, error) {
	waiting, done := bounded(ctx)
	defer done()
	stop := context.AfterFunc(waiting, cancel)
	tx, err := db.pool.BeginTx(inner, &sql.TxOptions{Isolation: db.d.isolation})
	if stop() {
		return tx, err
	}
	if err == nil {
		_ = tx.Rollback() // inner has ended, so nothing was done
	}
	return nil, context.Cause(waiting)
}

// retry runs fn until it does not conflict with others.
func (db *DB) retry(ctx context.Context, fn func() error) error {
	for attempt := 1; ; attempt++ {
		err := fn()
		if err == nil || attempt == attempts || !db.d.retryable(err) {
			return db.fail(ctx, err)
		}
		pause := time.Duration(attempt)*2*time.Millisecond + rand.N(5*time.Millisecond)
		select {
		case <-ctx.Done():
			return db.fail(ctx, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// fail makes ErrUnavailable of failures that pass by themselves and leaves
// others as they are. A caller that went away gets the error of its context.
func (db *DB) fail(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) || errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled) {
		return err
	}
	if timedOut(err) || db.d.unavailable(err) || db.d.retryable(err) {
		return ErrUnavailable.Because(err)
	}
	return err
}

// timedOut reports whether err is the end of a deadline, or of one of our own
// contexts, which only deadlines end.
func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
