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
	server := beside(t, url)
	defer func() { _ = server.Close() }() // a test may do this hundreds of times
	if _, err := server.ExecContext(context.Background(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Script runs the statements of a dump, each of which ends at the end of a line,
// on one connection. Commands of psql are left out.
func Script(t testing.TB, url, script string) {
	t.Helper()
	server := beside(t, url)
	defer func() { _ = server.Close() }()
	var statement strings.Builder
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, `\`) || strings.HasPrefix(line, "--") {
			continue
		}
		statement.WriteString(line)
		if !strings.HasSuffix(strings.TrimRight(line, "\r\n"), ";") {
			continue
		}
		if _, err := server.ExecContext(context.Background(), statement.String()); err != nil {
			t.Fatalf("%s: %v", statement.String(), err)
		}
		statement.Reset()
	}
}

// beside opens a database with one connection.
func beside(t testing.TB, url string) *sql.DB {
	t.Helper()
	switch kind, path, _ := strings.Cut(url, ":"); kind {
	case "sqlite":
		return dial(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	case "postgres":
		return dial(t, "pgx", url)
	default:
		return dial(t, "mysql", dsn(t, url))
	}
}
