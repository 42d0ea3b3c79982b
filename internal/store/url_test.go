package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/store"
)

func TestURL(t *testing.T) {
	t.Parallel()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, kind, place string }{
		{"sqlite:x.db", "sqlite", filepath.Join(dir, "x.db")},
		{"sqlite:./data/x.db", "sqlite", filepath.Join(dir, "data", "x.db")},
		{"sqlite:/var/lib/countersign/x.db", "sqlite", "/var/lib/countersign/x.db"},
		{"sqlite:///var/lib/x.db", "sqlite", "/var/lib/x.db"},
		{"sqlite:a?b#c%20d.db", "sqlite", filepath.Join(dir, "a?b#c%20d.db")},
		{"postgres://u:hunter2@db.example/app?sslmode=verify-full", "postgres", "db.example/app"},
		{"postgresql://u:hunter2@db.example:6432/app", "postgres", "db.example:6432/app"},
		{"postgres:///app?host=/run/postgresql", "postgres", "/run/postgresql/app"},
		{"postgres://u:hunter2@a:5432,b:5432/app", "postgres", "a:5432,b:5432/app"},
		{"mysql://u:hunter2@db.example:3306/app", "mysql", "db.example:3306/app"},
		{"mysql://u:hunter2@[::1]:3306/app?tls=true", "mysql", "[::1]:3306/app"},
		{"mariadb://u:hunter%40%2F2@db.example/app?tls=skip-verify", "mysql", "db.example/app"},
		{"mysql://u@/app?socket=/run/mysqld.sock", "mysql", "/run/mysqld.sock/app"},
	} {
		kind, place, err := store.CheckURL(c.url)
		if err != nil || kind != c.kind || place != c.place {
			t.Errorf("%s: %s %s %v, want %s %s", c.url, kind, place, err, c.kind, c.place)
		}
	}
}

func TestURLThatIsRefused(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                    "sqlite:PATH",
		"x.db":                                "sqlite:PATH",
		"redis://hunter2@x/1":                 "sqlite:PATH",
		"oracle:hunter2":                      "sqlite:PATH",
		"sqlite:":                             "names no file",
		"sqlite::memory:":                     "in memory",
		"sqlite:x\x00.db":                     "NUL",
		"postgres://u:hunter2@h":              "no database",
		"postgres://u:hunter2@h/":             "no database",
		"postgres://u:hunter2@h/a/b":          "no database",
		"postgres:u:hunter2@h/a":              "no //",
		"postgres://u:hun/ter2@h/a":           "percent-encoded",
		"postgres://u:hunter2%@h/a":           "percent-encoded",
		"mysql://u:p@h/a#hunter2":             "%23",
		"mysql://u:p@h/a?tls=%zzhunter2":      "cannot be read",
		"mysql://u:hunter2@h/a?tsl=true":      `"tsl"`,
		"mysql://u:hunter2@h/a?tls=yes":       "tls is",
		"mysql://u:hunter2@h/a?tls=preferred": "tls is",
		"mysql://u:hunter2@h/a?tls=skip-verify&tls_ca=/ca.pem": "tls=true",
	} {
		_, _, err := store.CheckURL(url)
		if err == nil {
			t.Errorf("%s was accepted", url)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "hunter2") || strings.Contains(text, "ter2") {
			t.Errorf("%s: %q, want %q and no password", url, text, want)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"sqlite:x", "postgres://u:secretpassword@h/a?sslmode=disable", "mysql://u:secretpassword@h:1/a?tls=true", "mysql://@/?socket=", "postgres:///", "postgres:///%0A", "mysql:///a?socket=%0D%0A", "sqlite:a\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, place, err := store.CheckURL(text)
		shown := place
		if err != nil {
			shown = err.Error()
		}
		if strings.ContainsAny(shown, "\r\n") {
			t.Errorf("%q: more than one line: %q", text, shown)
		}
	})
}

// Whatever the password is, and however badly it is escaped, it is not shown.
func FuzzURLPassword(f *testing.F) {
	for _, seed := range []string{"hunter2secret", "p@ss/word:1#?", "%zz%41secret", "a b\nc\td"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if len(password) < 6 {
			return // turns up by chance
		}
		for _, scheme := range []string{"postgres", "mysql"} {
			_, place, err := store.CheckURL(scheme + "://u:" + password + "!@h.example/app")
			if err != nil {
				place = err.Error()
			}
			if strings.Contains(place, password+"!") {
				t.Errorf("%q shows the password", place)
			}
		}
	})
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`SELECT 1`: `SELECT 1`,
		`UPDATE t SET a = ?, b = b + ? WHERE c = '?' AND "d?" = ?`: `UPDATE t SET a = $1, b = b + $2 WHERE c = '?' AND "d?" = $3`,
		`SELECT 'it''s ?', ?`: `SELECT 'it''s ?', $1`,
	} {
		if got := store.Number(query); got != want {
			t.Errorf("Number(%s) = %s, want %s", query, got, want)
		}
	}
}
