package storetest

import (
	"context"
	"database/sql"
	"strings"
	"testing"
)

// Exec runs a statement on a database beside the store, as somebody would who
// has its file or its password. The placeholders are the database's own.
func Exec(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	var server *sql.Conn
	switch kind, path, _ := strings.Cut(url, ":"); kind {
	case "sqlite":
		server = connect(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	case "postgres":
		server = connect(t, "pgx", url)
	default:
		server = connect(t, "mysql", dsn(t, url))
	}
	if _, err := server.ExecContext(context.Background(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
