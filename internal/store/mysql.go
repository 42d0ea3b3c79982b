package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlMode makes MySQL refuse what the other databases refuse, in place of
// storing something else.
const mysqlMode = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'"

// mysqlSilence is how long the server may send or take nothing: longer than a
// statement's deadline, which says better what happened.
const mysqlSilence = statementTimeout + time.Second

func mysqlDialect() *dialect {
	return &dialect{
		kind:             kindMySQL,
		isolation:        sql.LevelReadCommitted,
		rebind:           same,
		retryable:        mysqlCode(1213, 1205, 1020), // deadlock, lock wait, record changed since read
		unavailable:      mysqlUnavailable,
		duplicate:        mysqlCode(1062, 1586),
		missingReference: mysqlCode(1216, 1217, 1451, 1452),
		missingTable:     mysqlCode(1146),
		clock:            `SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)`,
	}
}

// mysqlCode: MySQL 8.0 error message reference, server errors; MariaDB's are the
// same but from 1900 on.
func mysqlCode(codes ...uint16) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*mysql.MySQLError](err)
		return ok && slices.Contains(codes, e.Number)
	}
}

func mysqlUnavailable(err error) bool {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		switch e.Number {
		case 3, 1021, 1026, 1030, 1114, // disk full, write error, storage engine, table full
			1040, 1203, 1226, // too many connections
			1053, 1077, 1079, 1927, // shutting down, connection killed
			1317, 1969, 3024, // interrupted, statement took too long
			1290, 1792, 1836, // read-only: a replica after a fail-over
			1243, 1615, // a prepared statement that the server does not know any more
			1044, 1045, 1049, 1130, 1698: // refused at connecting: rights or databases change under a running service
			return true
		}
		return false
	}
	return errors.Is(err, mysql.ErrInvalidConn) || disconnected(err)
}

// connectMySQL makes the pool and makes sure of the session's settings, since a
// proxy or an init_connect may have its own.
func (db *DB) connectMySQL(ctx context.Context, at location, o Options) error {
	config, err := mysqlConfig(at)
	if err != nil {
		return err
	}
	db.connector, err = mysql.NewConnector(config)
	if err != nil {
		return errors.New("an option of the connection string is not valid")
	}
	// The driver's commit and rollback know no context, and connections that the
	// pool opens by itself have none that ends. Migrations go without this limit:
	// one statement of theirs may take minutes.
	config.ReadTimeout, config.WriteTimeout = mysqlSilence, mysqlSilence
	serving, err := mysql.NewConnector(config)
	if err != nil {
		return errors.New("an option of the connection string is not valid")
	}
	db.d = mysqlDialect()
	db.pool = sql.OpenDB(preparing{serving})
	limit(db.pool, o.MaxConns)
	if err := checkMySQL(ctx, db.pool); err != nil {
		_ = db.pool.Close() // the error that matters is err
		return err
	}
	return nil
}

func mysqlConfig(at location) (*mysql.Config, error) {
	c := mysql.NewConfig()
	c.User = at.url.User.Username()
	c.Passwd, _ = at.url.User.Password()
	c.DBName = strings.TrimPrefix(at.url.Path, "/")
	c.Net, c.Addr = "tcp", at.address("3306")
	c.Timeout = connectTimeout
	c.ClientFoundRows = true // a row that is set to what it was has still been found
	c.Logger = &mysql.NopLogger{}
	// Lock waits end before the statement does, and then the transaction is retried.
	c.Params = map[string]string{"sql_mode": mysqlMode, "time_zone": "'+00:00'", "innodb_lock_wait_timeout": "2"}
	if err := c.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, err
	}
	return c, mysqlOptions(c, at)
}

// mysqlOptions takes the few options that a connection string may have. An
// unknown one is refused: a misspelt tls would otherwise be no tls.
func mysqlOptions(c *mysql.Config, at location) error {
	q := at.url.Query()
	for name, values := range q {
		value := values[len(values)-1]
		switch name {
		case "socket":
			c.Net, c.Addr = "unix", value
		case "tls", "tls_ca":
		default:
			return fmt.Errorf("the option %q is not known: there are socket, tls and tls_ca", name)
		}
	}
	mode := q.Get("tls")
	if ca := q.Get("tls_ca"); ca != "" {
		if mode != "" && mode != "true" {
			return errors.New("tls_ca goes with tls=true only")
		}
		roots, err := certificates(ca)
		if err != nil {
			return err
		}
		c.TLS = &tls.Config{RootCAs: roots, ServerName: at.url.Hostname(), MinVersion: tls.VersionTLS12}
		return nil
	}
	switch mode {
	case "", "false":
	case "true", "skip-verify":
		c.TLSConfig = mode
	default:
		// "preferred" too: whoever can cut the connection could choose plain text.
		return errors.New("tls is true, skip-verify or false")
	}
	return nil
}

func certificates(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read tls_ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls_ca: no certificate in %s", file)
	}
	return roots, nil
}

func checkMySQL(ctx context.Context, pool *sql.DB) error {
	var version, mode, charset string
	err := pool.QueryRowContext(ctx, `SELECT VERSION(), @@SESSION.sql_mode, @@character_set_database`).Scan(&version, &mode, &charset)
	if err != nil {
		return err
	}
	if err := checkMySQLVersion(version); err != nil {
		return err
	}
	if !strings.Contains(mode, "STRICT_ALL_TABLES") {
		return fmt.Errorf("the server did not take the strict mode (sql_mode is %s)", mode)
	}
	if charset != "utf8mb4" {
		return fmt.Errorf("its character set is %s, which cannot hold all text: ALTER DATABASE … CHARACTER SET utf8mb4", charset)
	}
	return nil
}

var mysqlVersion = regexp.MustCompile(`(\d+)\.(\d+)\.\d+`)

// checkMySQLVersion reads what the server calls itself. MariaDB puts its name
// after the number, and before it "5.5.5-" for old clients.
func checkMySQLVersion(version string) error {
	needed, major, minor := "MySQL 8.0", 8, 0
	if strings.Contains(version, "MariaDB") {
		needed, major, minor = "MariaDB 10.6", 10, 6
		version = strings.TrimPrefix(version, "5.5.5-")
	}
	m := mysqlVersion.FindStringSubmatch(version)
	if m == nil {
		return fmt.Errorf("the server calls itself %q: %s or newer is needed", version, needed)
	}
	first, _ := strconv.Atoi(m[1])
	second, _ := strconv.Atoi(m[2])
	if first < major || first == major && second < minor {
		return fmt.Errorf("the server is version %s: %s or newer is needed", m[0], needed)
	}
	return nil
}
