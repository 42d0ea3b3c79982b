package store

import (
	"context"
	"database/sql/driver"

	"github.com/countersign/countersign/internal/event"
)

// What the tests of this package use of its inside. They are in store_test
// because storetest, which gives them databases, imports this package.

func (db *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return db.exec(ctx, query, args...)
}

func (db *DB) Tx(ctx context.Context, fn func(*DB) error) error { return db.tx(ctx, fn) }

func (db *DB) Number(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = db.row(ctx, query, args...).Scan(&n)
	return n, err
}

func (db *DB) Numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := db.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, db.rowsError(ctx, rows)
}

func (db *DB) Duplicate(err error) bool                      { return db.duplicate(err) }
func (db *DB) MissingReference(err error) bool               { return db.missingReference(err) }
func (db *DB) Appended(e event.Event)                        { db.appended(e) }
func (db *DB) DataChanged(ctx context.Context) (bool, error) { return db.dataChanged(ctx) }

// Waiting is how many functions are in the writer's queue.
func (db *DB) Waiting() int { return len(db.writer.queue) }

// Disconnect breaks the writer's connection inside a transaction.
func (db *DB) Disconnect(ctx context.Context) error {
	return db.writer.do(ctx, func(*transaction) error {
		return db.writer.conn.Raw(func(any) error { return driver.ErrBadConn })
	})
}

// CheckURL parses a connection string and returns what messages say of it.
func CheckURL(text string) (kind, place string, err error) {
	at, err := parseURL(text)
	if err != nil {
		return "", "", err
	}
	switch at.kind {
	case kindMySQL:
		_, err = mysqlConfig(at)
	case kindPostgres:
		_, err = postgresConfig(at)
	}
	if err != nil {
		return "", "", err
	}
	return at.kind, at.place(), nil
}

var (
	Number            = number
	CheckMySQLVersion = checkMySQLVersion
	NewestMigration   = newestMigration
)
