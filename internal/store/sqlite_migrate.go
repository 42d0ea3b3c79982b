package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// SQLite has no lock but that of a transaction that writes, so a migration is
// one: lockSQLite begins it when the connection is made, the transactions that
// goose begins inside, one for each file, become savepoints, and finishSQLite
// commits.

func lockSQLite(ctx context.Context, c driver.Conn) error {
	on := c.(driver.ExecerContext)
	// Foreign keys are checked at the end: a table that is rebuilt is dropped on
	// the way. The switch does nothing inside a transaction.
	for _, command := range []string{`PRAGMA foreign_keys = OFF`, `PRAGMA busy_timeout = 600000`, `BEGIN IMMEDIATE`} {
		if _, err := on.ExecContext(ctx, command, nil); err != nil {
			return err
		}
	}
	return nil
}

// finishSQLite commits what has been migrated. What it does not commit is rolled
// back when the connection is closed.
func finishSQLite(ctx context.Context, pool *sql.DB) error {
	var table, parent string
	var row, key any
	err := pool.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&table, &row, &parent, &key)
	if err == nil {
		return fmt.Errorf("rows of %s would be left without their %s: nothing was changed", table, parent)
	}
	if errors.Is(err, sql.ErrNoRows) {
		_, err = pool.ExecContext(ctx, `COMMIT`)
	}
	return err
}

// nesting is a connector whose transactions are savepoints of the one that is
// open.
type nesting struct{ driver.Connector }

// Connect implements driver.Connector.
func (n nesting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := n.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return nestingConn{conn.(sqliteConn)}, nil
}

type sqliteConn interface {
	bareConn
	driver.ExecerContext
	driver.QueryerContext
}

type nestingConn struct{ sqliteConn }

// BeginTx implements driver.ConnBeginTx.
func (c nestingConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	_, err := c.ExecContext(ctx, `SAVEPOINT migration`, nil)
	return nestedTx{c}, err
}

type nestedTx struct{ conn nestingConn }

// Commit implements driver.Tx.
func (t nestedTx) Commit() error { return t.run(`RELEASE migration`) }

// Rollback implements driver.Tx.
func (t nestedTx) Rollback() error {
	return errors.Join(t.run(`ROLLBACK TO migration`), t.run(`RELEASE migration`))
}

func (t nestedTx) run(command string) error {
	_, err := t.conn.ExecContext(context.Background(), command, nil)
	return err
}
