package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteReaders = 8
	// busyBound is how long a statement waits for another process that writes.
	busyBound = 5 * time.Second
)

func sqliteDialect() *dialect {
	return &dialect{
		kind:             kindSQLite,
		rebind:           same,
		rowValues:        true,
		retryable:        func(error) bool { return false }, // the writer has done what can be done
		unavailable:      sqliteUnavailable,
		duplicate:        sqliteCode(sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID),
		missingReference: sqliteCode(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY),
		// SQLITE_ERROR is all that SQLite says of a table that is not there.
		missingTable: sqliteCode(sqlite3.SQLITE_ERROR),
	}
}

func sqliteCode(codes ...int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		if !ok {
			return false
		}
		for _, code := range codes {
			if e.Code() == code {
				return true
			}
		}
		return false
	}
}

// sqliteUnavailable: another process holds the lock, the disk is full, broken or
// read-only, or there is no memory. Damage (CORRUPT, NOTADB) does not pass by itself.
func sqliteUnavailable(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return disconnected(err)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// connectSQLite opens the file, with one connection that writes and a pool that
// cannot.
func (db *DB) connectSQLite(ctx context.Context, path string, o Options) error {
	if err := private(path, o.Log); err != nil {
		return err
	}
	db.d = sqliteDialect()
	var err error
	db.connector, err = sqliteConnector(path, url.Values{"_pragma": {"journal_mode(WAL)", "journal_size_limit(67108864)"}})
	if err != nil {
		return err
	}
	reading, err := sqliteConnector(path, url.Values{"_query_only": {"on"}})
	if err != nil {
		return err
	}
	if db.writer, err = newWriter(ctx, sqlitePool(db.connector, 1), db.d); err != nil {
		return err
	}
	db.pool = sqlitePool(reading, min(o.MaxConns, sqliteReaders))
	db.version = &version{pool: db.pool}
	if err := db.pool.PingContext(ctx); err != nil {
		return errors.Join(err, db.Close())
	}
	return nil
}

func sqlitePool(connector driver.Connector, conns int) *sql.DB {
	pool := sql.OpenDB(preparing{connector})
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool
}

// sqliteConnector opens connections to a file. Foreign keys and the rest are
// settings of a connection, so they are part of how each is opened.
func sqliteConnector(path string, more url.Values) (driver.Connector, error) {
	q := url.Values{
		"_defensive": {"true"}, "_dqs": {"false"}, "_error_rc": {"true"},
		"_pragma": {"busy_timeout(5000)", "synchronous(FULL)", "foreign_keys(on)", "trusted_schema(off)"},
	}
	for name, values := range more {
		q[name] = append(q[name], values...)
	}
	// A file: URI takes any path; a plain name would end at a question mark.
	name := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	connector, err := sqlite.NewConnector("file:" + name + "?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("prepare to open the file: %w", err)
	}
	return connector, nil
}

// private makes the database file, or sees to it that nobody else reads it:
// password hashes are in there. SQLite gives the files beside it the same mode.
func private(path string, log *slog.Logger) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Warn("others can read the database file, and its mode cannot be changed", "file", name, "err", err)
			return nil
		}
	}
	log.Warn("others could read the database file; its mode is 0600 now", "file", path, "was", info.Mode().Perm().String())
	return nil
}

// version watches SQLite's own counter of commits by other connections, on a
// connection that does nothing else.
type version struct {
	pool *sql.DB

	mu   sync.Mutex
	conn *sql.Conn
	last int64
	seen bool
}

func (v *version) changed(ctx context.Context) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	ctx = context.WithoutCancel(ctx) // an interrupted connection would be thrown away, with its counter
	if v.conn == nil {
		conn, err := v.pool.Conn(ctx)
		if err != nil {
			return true, err
		}
		v.conn, v.seen = conn, false
	}
	var now int64
	if err := v.conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&now); err != nil {
		_ = v.conn.Close()
		v.conn = nil
		return true, err
	}
	changed := !v.seen || now != v.last
	v.last, v.seen = now, true
	return changed, nil
}

func (v *version) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn == nil {
		return nil
	}
	return v.conn.Close()
}

// dataChanged reports whether anything was committed since the last call, by any
// process, without reading a table. Where the database cannot tell, it is true.
// Who keeps an answer to skip a statement must ask again after an error.
func (db *DB) dataChanged(ctx context.Context) (bool, error) {
	if db.version == nil || db.t != nil {
		return true, nil
	}
	changed, err := db.version.changed(ctx)
	return changed, db.fail(ctx, err)
}
