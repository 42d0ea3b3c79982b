package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// sourceConns is enough: whoever reads a source reads one thing at a time.
const sourceConns = 2

// Source is another service's database, which is only ever read.
type Source struct {
	// Pool has few connections. None of them can write, and times on them are UTC.
	Pool *sql.DB
	// Kind is "sqlite", "postgres" or "mysql".
	Kind string
	// Place says where the database is, for messages.
	Place string

	d *dialect
}

// OpenSource connects to the database that url names, for reading. It is less
// particular about it than Open: it takes any version and any character set. The
// error is one line and never holds the password.
func OpenSource(ctx context.Context, url string) (*Source, error) {
	where, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	s := &Source{Kind: where.kind, Place: where.place()}
	if err := s.connect(ctx, where); err != nil {
		return nil, fmt.Errorf("the %s database %s cannot be read: %w", where.label(), s.Place, reason(err))
	}
	return s, nil
}

func (s *Source) connect(ctx context.Context, where location) error {
	var err error
	switch where.kind {
	case kindSQLite:
		s.d = sqliteDialect()
		s.Pool, err = sqliteSource(where.path)
	case kindPostgres:
		s.d = postgresDialect()
		s.Pool, err = postgresSource(where)
	default:
		s.d = mysqlDialect()
		s.Pool, err = mysqlSource(where)
	}
	if err != nil {
		return err
	}
	s.Pool.SetMaxOpenConns(sourceConns)
	s.Pool.SetMaxIdleConns(sourceConns)
	err = s.Pool.PingContext(ctx)
	if err == nil && where.kind == kindSQLite { // whose ping reads nothing
		err = s.Pool.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master`).Scan(new(int64))
	}
	if err != nil {
		return errors.Join(err, s.Pool.Close())
	}
	return nil
}

// sqliteSource opens a file that others may be writing, and changes nothing of it.
// Beside a file in WAL mode SQLite puts its two others, as for everybody who reads
// it, with the owner and the mode that the file has.
func sqliteSource(path string) (*sql.DB, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	}
	connector, err := sqliteConnector(path, url.Values{"mode": {"ro"}, "_query_only": {"on"}})
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func postgresSource(where location) (*sql.DB, error) {
	config, err := postgresConfig(where)
	if err != nil {
		return nil, err
	}
	settings := func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET default_transaction_read_only = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'`)
		return err
	}
	return sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(settings))), nil
}

func mysqlSource(where location) (*sql.DB, error) {
	config, err := mysqlConfig(where)
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errors.New("an option of the connection string is not valid")
	}
	return sql.OpenDB(readOnly{connector}), nil
}

// Rebind gives a statement with '?' the placeholders of the database.
func (s *Source) Rebind(query string) string {
	if s.Kind == kindPostgres {
		return number(query)
	}
	return query
}

// Quote makes the name of a table or column, so that it can stand in a statement
// whatever characters it has.
func (s *Source) Quote(name string) string {
	quote := `"`
	if s.Kind == kindMySQL {
		quote = "`"
	}
	return quote + strings.ReplaceAll(name, quote, quote+quote) + quote
}

// MissingTable reports whether err says that a table does not exist.
func (s *Source) MissingTable(err error) bool {
	if s.Kind == kindSQLite {
		return err != nil && strings.Contains(err.Error(), "no such table")
	}
	return err != nil && s.d.missingTable(err)
}

// readOnly is a connector whose connections refuse to write.
type readOnly struct{ driver.Connector }

// Connect implements driver.Connector.
func (r readOnly) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, `SET SESSION TRANSACTION READ ONLY`, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
