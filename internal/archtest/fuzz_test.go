package archtest

import (
	"go/ast"
	"strings"
	"testing"
)

// parsers are the packages that read what strangers send or edit: tokens, bodies,
// headers, cursors, hashes, keys, settings, connection strings.
var parsers = []string{
	"internal/strictjson",
	"verify",
	"internal/browser",
	"internal/catalogue",
	"internal/config",
	"internal/djangodb",
	"internal/httpapi",
	"internal/keyring",
	"internal/page",
	"internal/password",
	"internal/simplejwt",
	"internal/store",
	"internal/token",
	"internal/user",
	"internal/userfile",
	"internal/web",
	"internal/webui",
}

func TestParsersAreFuzzed(t *testing.T) {
	t.Parallel()
	fuzzed := map[string]bool{}
	for _, p := range packages(t) {
		for _, s := range p.files {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
					fuzzed[p.path] = true
				}
			}
		}
	}
	for _, name := range parsers {
		if !fuzzed[name] {
			t.Errorf("%s reads what strangers send and has no fuzz test", name)
		}
	}
}
