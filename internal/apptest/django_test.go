package apptest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/importer"
)

// debianPython is the Python that sees Debian's packages; another one in PATH does
// not.
const debianPython = "/usr/bin/python3"

// djangoSite is a running service of Django and simplejwt. It speaks the dialect,
// so it is asked as a Service is.
type djangoSite struct {
	*Service
	database string // as the import takes it
}

// django finds Debian's Django, simplejwt and cryptography, and migrates a
// database for the project, which it returns.
var django = sync.OnceValues(func() ([]byte, error) {
	if out, err := exec.Command(debianPython, "-c", "import django, rest_framework_simplejwt, cryptography").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %.200s", debianPython, err, bytes.TrimSpace(out))
	}
	dir, err := os.MkdirTemp("", "countersign-django-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS("testdata/django")); err != nil {
		return nil, err
	}
	migrate := exec.Command(debianPython, "manage.py", "migrate", "--verbosity", "0")
	migrate.Dir = dir
	if out, err := migrate.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("migrate: %w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "db.sqlite3"))
})

// haveDjango reports whether Django is here. Without it there is nothing to test,
// unless COUNTERSIGN_TEST_REQUIRE names django.
func haveDjango(t *testing.T) bool {
	t.Helper()
	_, err := django()
	if err == nil {
		return true
	}
	if slices.Contains(strings.Split(os.Getenv("COUNTERSIGN_TEST_REQUIRE"), ","), "django") {
		t.Fatalf("django is required here: %v", err)
	}
	t.Logf("left out: %v", err)
	return false
}

// startDjango runs the project with these members of SIMPLE_JWT, on a database of
// its own, until the test ends.
func startDjango(t *testing.T, settings map[string]any) *djangoSite {
	t.Helper()
	database, err := django()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "db.sqlite3")
	if err := os.CopyFS(dir, os.DirFS("testdata/django")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, database, 0o600); err != nil {
		t.Fatal(err)
	}
	members, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	served := exec.Command(debianPython, "serve.py")
	served.Dir, served.Env = dir, append(os.Environ(), "SHOP_HOSTS=127.0.0.1", "SHOP_JWT="+string(members))
	said := &Log{}
	served.Stderr = said
	input, err := served.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := served.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := served.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endDjango(t, served, input, said) })
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("Django did not start: %v", err)
	}
	return &djangoSite{Service: &Service{URL: "http://127.0.0.1:" + strings.TrimSpace(port), Client: newClient()}, database: "sqlite:" + path}
}

// endDjango ends a server by closing its standard input, which also ends when this
// process does.
func endDjango(t *testing.T, served *exec.Cmd, input io.Closer, said *Log) {
	_ = input.Close()
	if err := served.Wait(); err != nil {
		t.Errorf("Django ended with: %v", err)
	}
	if t.Failed() {
		t.Logf("Django said:\n%s", said)
	}
}

// opens reports who a site's protected view takes a token for: the id and the
// name, and nothing where it refuses.
func (d *djangoSite) opens(t testing.TB, token string) (id json.Number, username string) {
	t.Helper()
	answer := d.Do(t, Request{Path: "/api/protected/", As: token})
	if answer.Status != http.StatusOK {
		if answer.Status != http.StatusUnauthorized {
			t.Errorf("status %d: %.300s", answer.Status, answer.Body)
		}
		return "", ""
	}
	var body struct {
		User struct {
			ID       json.Number
			Username string
		}
	}
	answer.Decode(t, &body)
	return body.User.ID, body.User.Username
}

// importDjango imports the site's database as the command does, beside the running
// service.
func (s *Service) importDjango(t *testing.T, d *djangoSite) importer.Report {
	t.Helper()
	r, err := s.Beside(t).ImportDjango(t.Context(), access.Command("import django"), app.DjangoProject{URL: d.database}, importer.Options{})
	if err != nil || len(r.Problems) > 0 {
		t.Fatalf("import: %v, %+v", err, r.Problems)
	}
	return r
}

// promoted returns a token whose claims name another user, under the signature that
// it had.
func promoted(t *testing.T, token, user string) string {
	t.Helper()
	claims := Claims(t, token)
	claims["user_id"] = user
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	parts[1] = base64.RawURLEncoding.EncodeToString(payload)
	return strings.Join(parts, ".")
}

// The guide has the line that exports Django's settings as the program knows it.
func TestGuide_has_the_export_line(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/guide/move-from-django.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "\n    "+config.DjangoExportCommand+"\n") {
		t.Errorf("the guide does not say\n%s", config.DjangoExportCommand)
	}
}
