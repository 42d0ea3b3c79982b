package apptest

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
)

// Events returns the events that a filter chooses, newest first, at most 200.
func (s *Service) Events(t testing.TB, f event.Filter) []event.Event {
	t.Helper()
	found, err := s.App.Events.Store.Events(context.Background(), f, page.Request{Limit: page.MaxLimit})
	if err != nil {
		t.Fatalf("read the events: %v", err)
	}
	return found.Items
}

// Session returns the row of a session, by the sid of one of its tokens.
func (s *Service) Session(t testing.TB, token string) session.Session {
	t.Helper()
	sid, _ := Claims(t, token)["sid"].(string)
	row, err := s.App.Sessions.Store.Session(context.Background(), ident.SessionID(sid))
	if err != nil {
		t.Fatalf("read session %s: %v", sid, err)
	}
	return row
}

// CheckChain seals what waits for its seal and proves the chain of the event log.
func (s *Service) CheckChain(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	if err := s.App.Events.Sync(ctx); err != nil {
		t.Errorf("seal the last events: %v", err)
		return
	}
	if _, err := s.App.Events.Check(ctx); err != nil {
		t.Errorf("the event log: %v", err)
	}
}

// SQL opens the database beside the service, for tests that look at what is kept
// or damage it.
func (s *Service) SQL(t testing.TB) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	switch s.o.Kind {
	case "postgres":
		db, err = sql.Open("pgx", s.DatabaseURL)
	case "mysql":
		db, err = sql.Open("mysql", mysqlSource(t, s.DatabaseURL))
	default:
		db, err = sql.Open("sqlite", "file:"+s.SQLitePath()+"?_pragma=busy_timeout(5000)")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// SQLitePath returns the file of a SQLite database.
func (s *Service) SQLitePath() string { return strings.TrimPrefix(s.DatabaseURL, "sqlite:") }

// mysqlSource writes the URL of a database as its driver wants it.
func mysqlSource(t testing.TB, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal("the URL of the database cannot be read") // the error would hold its password
	}
	password, _ := u.User.Password()
	at := "tcp(" + u.Host + ")"
	if socket := u.Query().Get("socket"); socket != "" {
		at = "unix(" + socket + ")"
	}
	return u.User.Username() + ":" + password + "@" + at + u.Path
}
