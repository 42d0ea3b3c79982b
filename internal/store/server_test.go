package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// disconnect ends every connection to the database of other, but other's own.
func disconnect(t *testing.T, other *store.DB) {
	t.Helper()
	if other.Kind() == "postgres" {
		if _, err := other.Numbers(t.Context(), `SELECT CAST(pg_terminate_backend(pid) AS INTEGER) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		return
	}
	ids, err := other.Numbers(t.Context(), `SELECT id FROM information_schema.processlist
		WHERE db = DATABASE() AND id <> CONNECTION_ID()`)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		const gone = 1094 // it has ended by itself meanwhile
		_, err := other.Exec(t.Context(), `KILL ?`, id)
		if e, ok := errors.AsType[*mysql.MySQLError](err); err != nil && (!ok || e.Number != gone) {
			t.Fatal(err)
		}
	}
}

func TestLostConnections(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB, url string) {
		if db.Kind() == "sqlite" {
			return // there is no server
		}
		other := storetest.Open(t, url)
		err := db.Tx(t.Context(), func(tx *store.DB) error {
			if err := note("lost", 1)(tx); err != nil {
				return err
			}
			disconnect(t, other)
			_ = note("swallowed", 1)(tx)
			return nil
		})
		if !errors.Is(err, store.ErrUnavailable) || fault.Of(err).RetryAfter == 0 {
			t.Errorf("a transaction whose connection was lost: %v, want ErrUnavailable with a time", err)
		}
		for range 3 { // with prepared statements that are gone
			disconnect(t, other)
			wait(t, func() bool { return db.Ping(context.Background()) == nil })
			if n := count(t, db, `SELECT COUNT(*) FROM notes`); n != 0 {
				t.Errorf("%d rows, want none", n)
			}
		}
		if err := db.Tx(t.Context(), note("healed", 1)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestOpenServerSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	// Port 1 of the loopback refuses everybody.
	for url, kind := range map[string]string{
		"postgres://ada:hunter2secret@127.0.0.1:1/app?sslmode=disable":             "PostgreSQL",
		"postgres://ada:hunter2secret@127.0.0.1:1,127.0.0.1:1/app?sslmode=disable": "PostgreSQL",
		"mysql://ada:hunter2secret@127.0.0.1:1/app":                                "MySQL",
		"mysql://ada:hunter2secret@/app?socket=/nowhere/mysqld.sock":               "MySQL",
		"postgres://ada:hunter2secret@127.0.0.1:1/app?sslmode=hunter2":             "PostgreSQL",
		"postgres://ada:hunter2secret@127.0.0.1:1/app?sslrootcert=/nowhere":        "PostgreSQL",
		"mysql://ada:hunter2secret@127.0.0.1:1/app?tls_ca=/nowhere":                "MySQL",
	} {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err == nil {
			_ = db.Close()
			t.Errorf("%s was opened", url)
			continue
		}
		text := err.Error()
		if !strings.HasPrefix(text, "the "+kind+" database ") || !strings.Contains(text, "app") || strings.Contains(text, "\n") {
			t.Errorf("Open = %q, want one line that names %s and the database", text, kind)
		}
		if strings.Contains(text, "hunter2secret") {
			t.Errorf("Open = %q, which holds the password", text)
		}
		t.Log(text)
	}
}

func TestMySQLVersion(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"8.0.36": true, "8.4.2-commercial": true, "9.1.0": true, "8.0.11-TiDB-v7.5.0": true, "5.7.44-log": false,
		"10.11.19-MariaDB-0+deb12u1": true, "10.6.0-MariaDB": true, "11.4.2-MariaDB": true,
		"5.5.5-10.5.23-MariaDB": false, "5.5.5-10.11.1-MariaDB": true, "10.5.23-MariaDB": false, "": false, "strange": false,
	} {
		if err := store.CheckMySQLVersion(version); (err == nil) != ok {
			t.Errorf("%q: %v, want accepted: %v", version, err, ok)
		}
	}
}
