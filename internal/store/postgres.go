package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func postgresDialect() *dialect {
	return &dialect{
		kind:             kindPostgres,
		isolation:        sql.LevelReadCommitted,
		rebind:           numbered(),
		rowValues:        true,
		retryable:        postgresCode("40001", "40P01"), // serialization failure, deadlock
		unavailable:      postgresUnavailable,
		duplicate:        postgresCode("23505"),
		missingReference: postgresCode("23503"),
		missingTable:     postgresCode("42P01"),
		clock:            `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`,
	}
}

// postgresCode: PostgreSQL manual, appendix A.
func postgresCode(codes ...string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && slices.Contains(codes, e.Code)
	}
}

func postgresUnavailable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "57014", // cancelled: the server's statement_timeout
			"57P01", "57P02", "57P03", // shutting down, crashed, starting up
			"25006", // read-only: a standby after a fail-over
			"55P03": // lock_timeout
			return true
		}
		class := e.Code[:min(2, len(e.Code))]
		return class == "08" || class == "53" || class == "58" // connection, resources, disk
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return disconnected(err) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// connectPostgres makes the pool. pgx keeps prepared statements per connection;
// behind a pooler that cannot, ?default_query_exec_mode=exec is pgx's own option.
func (db *DB) connectPostgres(ctx context.Context, at location, o Options) error {
	config, err := postgresConfig(at)
	if err != nil {
		return err
	}
	db.d = postgresDialect()
	db.connector = stdlib.GetConnector(*config)
	db.pool = sql.OpenDB(db.connector)
	limit(db.pool, o.MaxConns)
	var number int
	var encoding string
	err = db.pool.QueryRowContext(ctx, `
		SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_encoding')`).Scan(&number, &encoding)
	switch {
	case err != nil:
	case number < 130000:
		err = fmt.Errorf("the server is version %d: PostgreSQL 13 or newer is needed", number/10000)
	case encoding != "UTF8":
		err = fmt.Errorf("its encoding is %s: make the database with ENCODING 'UTF8'", encoding)
	}
	if err != nil {
		_ = db.pool.Close() // the error that matters is err
	}
	return err
}

func postgresConfig(at location) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(at.raw)
	if err != nil {
		return nil, postgresConfigError(err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "countersign"
	}
	return config, nil
}

// postgresConfigError keeps the cause and drops the text around it, which quotes
// the connection string.
func postgresConfigError(err error) error {
	parse, ok := errors.AsType[*pgconn.ParseConfigError](err)
	if !ok || parse.Unwrap() == nil {
		return errors.New("an option of the connection string is not valid")
	}
	return fmt.Errorf("an option of the connection string is not valid: %w", parse.Unwrap())
}

// limit sets the size of a server's pool. Connections are renewed, so that a
// server that took over, or a balancer, gets its share without a restart.
func limit(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(30 * time.Minute)
}
