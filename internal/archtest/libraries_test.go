package archtest

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// owners says which packages alone may import a library, or a package of the
// standard library that has its place. The longest name that fits counts. A
// library without a line fails; so does one that only tests use, anywhere else.
var owners = map[string][]string{
	// Storage.
	"database/sql":                   {"internal/store", "internal/store/storetest", "internal/djangodb", "internal/apptest", "bench/importer", "bench/admin"},
	"github.com/go-sql-driver/mysql": {"internal/store", "internal/store/storetest"},
	"github.com/jackc/pgx/v5":        {"internal/store", "internal/store/storetest", "bench/admin"},
	"github.com/pressly/goose/v3":    {"internal/store"},
	"modernc.org/sqlite":             {"internal/store", "bench/importer"},

	// HTTP.
	"net/http":                         {"internal/web", "internal/simplejwt", "internal/httpapi", "internal/wellknown", "internal/webui", "internal/app", "internal/apptest", "bench", "bench/bare", "verify"},
	"net/http/httptest":                {"internal/apptest"},
	"net/http/pprof":                   {},
	"html/template":                    {"internal/httpapi", "internal/webui"},
	"github.com/danielgtaylor/huma/v2": {"internal/httpapi"},
	"github.com/go-jose/go-jose/v4":    {"internal/keyring"},
	"golang.org/x/crypto":              {"internal/password"},
	"github.com/ccojocar/zxcvbn-go":    {"internal/password/strength"},
	"github.com/google/uuid":           {"internal/ident"},
	"github.com/maypok86/otter/v2":     {"internal/snapshot"},
	"golang.org/x/text":                {"internal/user", "internal/role"},
	"github.com/knadh/koanf":           {"internal/config"},
	"github.com/pelletier/go-toml/v2":  {"internal/catalogue"},
	"github.com/spf13/cobra":           {"internal/cli"},
	"golang.org/x/term":                {"internal/cli"},
	"github.com/google/go-cmp":         {"internal/store/storetest", "internal/apptest"},
	"github.com/rogpeppe/go-internal":  {},
	"github.com/c2sp/wycheproof":       {},

	// The standard library's own hazards.
	"crypto/des":   {},
	"crypto/md5":   {"internal/password", "internal/user"}, // Django's oldest hashes, and its mark of a password
	"crypto/rc4":   {},
	"crypto/sha1":  {"internal/password"}, // the same, and PBKDF2
	"encoding/gob": {},
	"expvar":       {},
	"flag":         {"bench", "bench/importer", "bench/admin"},
	"log":          {"bench"},
	"log/slog":     {"*"},
	"math/rand":    {},
	"math/rand/v2": {"internal/store", "verify"}, // how long a conflict, and a refresh of keys, waits
	"net/rpc":      {},
	"os/exec":      {"internal/apptest", "bench", "bench/importer"},
	"os/signal":    {"internal/cli", "cmd/countersign", "bench"},
	"plugin":       {},
	"testing":      {"internal/store/storetest", "internal/djangodb/djangotest", "internal/apptest"},
	"unsafe":       {"internal/password"}, // for go:linkname
}

// forTests are the libraries that any test may use.
var forTests = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/c2sp/wycheproof"}

// within tells whether an imported path is the library or a part of it.
func within(imported, library string) bool {
	return imported == library || strings.HasPrefix(imported, library+"/")
}

// owner returns the line that an imported path falls under.
func owner(imported string) (who []string, known bool) {
	for name := imported; name != "."; name = path.Dir(name) {
		if who, known = owners[name]; known {
			return who, true
		}
	}
	return nil, false
}

// standard tells whether an imported path is of the standard library.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// mayImport returns why a file of the package may not import something, or "".
func mayImport(p string, test bool, imported string) string {
	who, known := owner(imported)
	switch {
	case test && standard(imported):
		return ""
	case test && slices.ContainsFunc(forTests, func(library string) bool { return within(imported, library) }):
		return ""
	case !known && standard(imported):
		return ""
	case !known:
		return "the library has no owner"
	case slices.Contains(who, p) || slices.Contains(who, "*"):
		return ""
	case len(who) == 0:
		return "nobody may"
	}
	return "only " + strings.Join(who, ", ") + " may"
}

func TestLibraries(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, s := range p.files {
			for _, imported := range s.imports() {
				if _, is := ours(imported); is {
					continue
				}
				if why := mayImport(p.path, strings.HasSuffix(s.path, "_test.go"), imported); why != "" {
					t.Errorf("%s must not import %s: %s", s.path, imported, why)
				}
			}
		}
	}
}

func TestMayImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pkg      string
		test     bool
		imported string
		allowed  bool
	}{
		{"internal/user", false, "strings", true},
		{"internal/user", false, "log/slog", true},
		{"internal/user", false, "log", false},
		{"internal/user", false, "net/http", false},
		{"internal/user", false, "net/http/httptest", false},
		{"internal/user", false, "testing/synctest", false},
		{"internal/user", true, "net/http", true},
		{"internal/user", false, "database/sql/driver", false},
		{"internal/store", false, "database/sql/driver", true},
		{"internal/store", false, "math/rand/v2", true},
		{"internal/store", false, "math/rand", false},
		{"internal/user", false, "example.com/new/library", false},
		{"internal/user", true, "example.com/new/library", false},
		{"internal/user", true, "github.com/google/go-cmp/cmp", true},
		{"internal/user", false, "github.com/google/go-cmp/cmp", false},
		{"internal/config", false, "github.com/knadh/koanf/v2", true},
	} {
		if why := mayImport(c.pkg, c.test, c.imported); (why == "") != c.allowed {
			t.Errorf("%s (test: %v) imports %s: allowed %v, want %v", c.pkg, c.test, c.imported, why == "", c.allowed)
		}
	}
}

// TestVerifyNeedsTheStandardLibraryAlone asks the go command itself: whoever
// imports package verify takes on nothing else.
func TestVerifyNeedsTheStandardLibraryAlone(t *testing.T) {
	t.Parallel()
	for _, name := range goList(t, "linux", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./verify") {
		if name != module+"/verify" && name != module+"/internal/strictjson" {
			t.Errorf("verify needs %s", name)
		}
	}
}

// goList runs go list for a system and returns its lines.
func goList(t *testing.T, system string, arguments ...string) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", append([]string{"list"}, arguments...)...)
	list.Dir = root
	list.Env = append(list.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	var complaint strings.Builder
	list.Stderr = &complaint
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", arguments, err, complaint.String())
	}
	return strings.Fields(string(out))
}
