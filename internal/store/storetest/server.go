package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/countersign/countersign/internal/store"
)

// unique returns a name that no other test and no other process uses. Test
// servers are shared, and names of databases are theirs.
func unique() string { return "countersign_test_" + strings.ToLower(rand.Text()[:16]) }

// databaseURL returns the URL of another database of the same server.
func databaseURL(t testing.TB, admin, name string) string {
	t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("the URL of the test server cannot be read") // the error would hold its password
	}
	u.Path = "/" + name
	return u.String()
}

// postgres makes a database, migrated by copying a template.
func postgres(t testing.TB, admin string, migrated bool) string {
	t.Helper()
	server := connect(t, "pgx", admin)
	name := unique()
	from := "template0"
	if migrated {
		from = postgresTemplate(t, server, admin)
	}
	do(t, server, `CREATE DATABASE `+name+` TEMPLATE `+from)
	t.Cleanup(func() {
		do(t, connect(t, "pgx", admin), `DROP DATABASE `+name+` WITH (FORCE)`)
	})
	return databaseURL(t, admin, name)
}

// postgresTemplate returns a migrated database that nobody connects to. It is
// named for the migrations that made it and stays on the server, for the next
// process that tests the same ones.
func postgresTemplate(t testing.TB, server *sql.Conn, admin string) string {
	t.Helper()
	name := "countersign_template_" + fingerprint(t, "postgres")
	if exists(t, server, name) {
		return name
	}
	const lock = 0x636f756e74657274 // one process makes it
	do(t, server, fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, int64(lock)))
	defer do(t, server, fmt.Sprintf(`SELECT pg_advisory_unlock(%d)`, int64(lock)))
	if exists(t, server, name) {
		return name
	}
	// A template that was left half made has another name.
	building := unique()
	do(t, server, `CREATE DATABASE `+building+` TEMPLATE template0`)
	if err := migrate(databaseURL(t, admin, building)); err != nil {
		do(t, server, `DROP DATABASE `+building+` WITH (FORCE)`)
		t.Fatalf("make the template: %v", err)
	}
	do(t, server, `ALTER DATABASE `+building+` RENAME TO `+name)
	return name
}

func exists(t testing.TB, server *sql.Conn, name string) bool {
	t.Helper()
	var n int
	err := server.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM pg_database WHERE datname = $1`, name).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

// fingerprint names a set of migrations.
func fingerprint(t testing.TB, kind string) string {
	t.Helper()
	hash := sha256.New()
	err := fs.WalkDir(store.Migrations(), "migrations/"+kind, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(store.Migrations(), path)
		fmt.Fprintf(hash, "%s %d %s", path, len(content), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// mysql makes a database and migrates it: MySQL cannot copy one.
func mysql(t testing.TB, admin string, migrated bool) string {
	t.Helper()
	name := unique()
	do(t, connect(t, "mysql", dsn(t, admin)), `CREATE DATABASE `+name+` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
	t.Cleanup(func() {
		do(t, connect(t, "mysql", dsn(t, admin)), `DROP DATABASE `+name)
	})
	at := databaseURL(t, admin, name)
	if migrated {
		if err := migrate(at); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// dsn writes a URL as the MySQL driver wants it.
func dsn(t testing.TB, admin string) string {
	t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("the URL of the test server cannot be read") // the error would hold its password
	}
	c := driver.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr = "tcp", u.Host
	if socket := u.Query().Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	c.DBName = strings.TrimPrefix(u.Path, "/")
	return c.FormatDSN()
}

// connect opens one connection, which lives until the test ends.
// dial opens a database for one connection at a time.
func dial(t testing.TB, driver, source string) *sql.DB {
	t.Helper()
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatalf("open the test server: %v", err)
	}
	pool.SetMaxOpenConns(1)
	return pool
}

// connect opens a connection that lives as long as the test.
func connect(t testing.TB, driver, source string) *sql.Conn {
	t.Helper()
	pool := dial(t, driver, source)
	t.Cleanup(func() { _ = pool.Close() })
	conn, err := pool.Conn(context.Background())
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	return conn
}

func do(t testing.TB, server *sql.Conn, statement string) {
	t.Helper()
	if _, err := server.ExecContext(context.Background(), statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}
