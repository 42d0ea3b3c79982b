package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/guide/configuration.md")

// Case M06: secrets of a Config reach no sink.
func TestConfigPrintsNoSecret(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	c := mustLoad(t, Source{Environ: []string{
		"COUNTERSIGN_SECRET=" + goodSecret, "COUNTERSIGN_ALGORITHM=HS256", "COUNTERSIGN_SIGNING_SECRET=" + goodSigning,
		"COUNTERSIGN_DATABASE_URL=postgres://app:" + canary + "@db:5432/x?sslpassword=" + canary,
	}})
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", *c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "config", c, "value", *c)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "config", c, "value", *c)
	fmt.Fprintf(&out, "%+v\n", c.Settings())
	for _, s := range []string{canary, goodSecret, goodSigning} {
		if strings.Contains(out.String(), s) || strings.Contains(out.String(), fmt.Sprintf("%x", s)) {
			t.Errorf("%s was printed:\n%s", s, out.String())
		}
	}
	if s := settingOf(t, c, "database_url"); s.Value != "postgres://app:[redacted]@db:5432/x?sslpassword=[redacted]" {
		t.Errorf("database_url prints as %s", s.Value)
	}
	if s := settingOf(t, c, "signing_secret"); s.Value != redacted {
		t.Errorf("signing_secret prints as %s", s.Value)
	}
}

func TestRedactURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"sqlite:/var/lib/a b.db":                    "sqlite:/var/lib/a b.db",
		"sqlite:x.db?key=canary&mode=ro":            "sqlite:x.db?key=[redacted]&mode=ro",
		"postgres://db/x":                           "postgres://db/x",
		"postgres://u@db/x?sslmode=disable":         "postgres://u@db/x?sslmode=disable",
		"postgres://u:canary@db:5432/x":             "postgres://u:[redacted]@db:5432/x",
		"mysql://u:ca%40nary@db/x":                  "mysql://u:[redacted]@db/x",
		"mysql://u:canary@canary@db/x":              "mysql://u:[redacted]@db/x",
		"postgres:///x?host=/run&PASSWORD=canary":   "postgres:///x?host=/run&PASSWORD=[redacted]",
		"postgres:///x?host=/run&p%61ssword=canary": "postgres:///x?host=/run&p%61ssword=[redacted]",
		"postgres://u:ca/nary@db/x":                 redacted,
		"postgres://u:12?canary@db/x":               redacted,
		"postgres://u:12#canary@db/x":               redacted,
		"postgres://u:%zzcanary@db/x":               redacted,
		"postgres://u:canary@db:port/x":             redacted,
		"u:canary@tcp(db)/x":                        redacted,
		"canary":                                    redacted,
		"":                                          redacted,
	} {
		if got := RedactURL(raw); got != want {
			t.Errorf("RedactURL(%s) = %s, want %s", raw, got, want)
		}
	}
}

func FuzzRedactURL(f *testing.F) {
	for _, seed := range []string{"", "/", "?", "#", "@", "%", ":", "%40", "a@b/c?d#e", "//", "\x00", "é"} {
		f.Add("postgres", seed, seed)
		f.Add("mysql", seed, "")
	}
	f.Fuzz(func(t *testing.T, name, before, after string) {
		const canary = "canary7f3a"
		raw := name + "://user:" + before + canary + after + "@db.example:5432/x"
		if got := RedactURL(raw); name != schemeSQLite && strings.Contains(got, canary) {
			t.Errorf("RedactURL(%q) = %q", raw, got)
		}
		if err := checkDatabaseURL(raw); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("checkDatabaseURL(%q) = %v", raw, err)
		}
	})
}

// Every field has a comment of the form that the reference needs, a default or a
// reason for none, and tags that its type can read.
func TestFieldsAreDescribed(t *testing.T) {
	t.Parallel()
	texts := docs()
	config := reflect.ValueOf(&Config{}).Elem()
	seen := map[string]bool{}
	for _, f := range fields() {
		if texts[f.key] == "" || strings.HasPrefix(texts[f.key], f.name) || !strings.HasSuffix(texts[f.key], ".") {
			t.Errorf("%s: the comment is %q, want %s is ….", f.key, texts[f.key], f.name)
		}
		if seen[f.key] {
			t.Errorf("%s: twice", f.key)
		}
		seen[f.key] = true
		if f.def != "" && f.derived != "" {
			t.Errorf("%s: has a default and is derived", f.key)
		}
		for _, value := range []string{f.def, f.preset} {
			if value == "" {
				continue
			}
			if err := f.set(config.Field(f.index), value); err != nil {
				t.Errorf("%s = %s: %v", f.key, value, err)
			}
		}
		switch config.Field(f.index).Interface().(type) {
		case int:
			if _, err := f.integer(f.upper); err != nil {
				t.Errorf("%s: range %s..%s: %v", f.key, f.lower, f.upper, err)
			}
		default:
			if f.upper == "" {
				continue
			}
			if _, err := f.duration(f.upper); err != nil {
				t.Errorf("%s: range %s..%s: %v", f.key, f.lower, f.upper, err)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d settings, the source was not read", len(seen))
	}
}

func TestReferencePage(t *testing.T) {
	t.Parallel()
	page := filepath.Join("..", "..", "docs", "guide", "configuration.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != Reference() {
		t.Errorf("%s is not what the comments say: run go test ./internal/config -run TestReferencePage -update", page)
	}
}
