package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/countersign/countersign/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the embedded files: migrations/<kind>/<number>_<name>.sql.
func Migrations() fs.FS { return migrations }

// migrateTimeout is how long a migration may take, the wait for one that another
// process runs included.
const migrateTimeout = 10 * time.Minute

// What CheckSchema finds.
var (
	ErrSchemaOld = fault.New(fault.Unavailable, "schema_old",
		"The database is not up to date: run countersign migrate.")
	ErrSchemaNew = fault.New(fault.Unavailable, "schema_new",
		"This database was migrated by a newer Countersign: start that version, or a newer one.")
)

// Migrate brings the schema up to date and returns how many steps that took. It
// holds a lock for as long as it works: of several processes, one migrates and
// the others wait and find nothing to do.
func (db *DB) Migrate(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	applied, err := db.migrate(ctx)
	if err != nil {
		return applied, db.fail(ctx, fmt.Errorf("migrate the %s database: %w", db.d.kind, err))
	}
	return applied, nil
}

func (db *DB) migrate(ctx context.Context) (int, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.d.kind)
	if err != nil {
		return 0, err
	}
	var pool *sql.DB
	var dialect goose.Dialect
	finish := func() error { return nil }
	switch db.d.kind {
	case kindPostgres:
		dialect, pool = goose.DialectPostgres, sql.OpenDB(locking{db.connector, lockPostgres})
	case kindMySQL:
		dialect, pool = goose.DialectMySQL, sql.OpenDB(locking{db.connector, lockMySQL})
	default:
		dialect, pool = goose.DialectSQLite3, sql.OpenDB(locking{nesting{db.connector}, lockSQLite})
		finish = func() error { return finishSQLite(ctx, pool) }
	}
	// The lock belongs to the connection, so there is one.
	pool.SetMaxOpenConns(1)
	defer func() { _ = pool.Close() }() // which gives the lock back, and everything else is committed
	provider, err := goose.NewProvider(dialect, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, err
	}
	results, err := provider.Up(ctx)
	applied := len(results)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		applied = len(partial.Applied)
		err = fmt.Errorf("%s: %w", partial.Failed.Source.Path, partial.Err)
	}
	return applied, errors.Join(err, finish())
}

// CheckSchema compares the schema with what this build knows, in one statement:
// nil, ErrSchemaOld or ErrSchemaNew, or that the database could not be asked.
func (db *DB) CheckSchema(ctx context.Context) error {
	newest, err := newestMigration(db.d.kind)
	if err != nil {
		return err
	}
	var applied int64
	err = db.row(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&applied)
	switch {
	case err != nil && db.d.missingTable(err):
		return ErrSchemaOld.Because(errors.New("there is no schema yet"))
	case err != nil:
		return fmt.Errorf("ask for the version of the schema: %w", err)
	case applied < newest:
		return ErrSchemaOld.Because(fmt.Errorf("the schema is at %d, this build needs %d", applied, newest))
	case applied > newest:
		return ErrSchemaNew.Because(fmt.Errorf("the schema is at %d, this build knows %d", applied, newest))
	}
	return nil
}

// newestMigration is the number of the last embedded file.
func newestMigration(kind string) (int64, error) {
	entries, err := migrations.ReadDir("migrations/" + kind)
	if err != nil {
		return 0, fmt.Errorf("read the embedded migrations: %w", err)
	}
	var newest int64
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the migration %s has no number: %w", e.Name(), err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}

// locking is a connector whose connections hold the migration lock from their
// first moment: whatever is done with them is done under it, and it goes when
// they go, also when the process dies.
type locking struct {
	driver.Connector
	lock func(context.Context, driver.Conn) error
}

// Connect implements driver.Connector. It waits for the lock.
func (l locking) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.lock(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another process that migrates: %w", err), conn.Close())
	}
	return conn, nil
}

// migrationLock is the number of our advisory lock, which is one per database in
// PostgreSQL: any number that nobody else is likely to use.
const migrationLock = 0x636f756e74727367 // "countrsg"

func lockPostgres(ctx context.Context, c driver.Conn) error {
	_, err := c.(driver.ExecerContext).ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, migrationLock), nil)
	return err
}

// lockMySQL: MySQL's locks are one per server and have names of at most 64
// characters. The answer is 1, or 0 after the time, which is as text or as a
// number.
func lockMySQL(ctx context.Context, c driver.Conn) error {
	rows, err := c.(driver.QueryerContext).QueryContext(ctx,
		fmt.Sprintf(`SELECT GET_LOCK(CONCAT('countersign.', SHA1(DATABASE())), %d)`, int(migrateTimeout/time.Second)), nil)
	if err != nil {
		return err
	}
	got := make([]driver.Value, 1)
	if err := errors.Join(rows.Next(got), rows.Close()); err != nil {
		return err
	}
	if text, ok := got[0].([]byte); got[0] != int64(1) && (!ok || string(text) != "1") {
		return context.DeadlineExceeded
	}
	return nil
}
