package event_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/event"
)

// Every action of the source is offered to who filters, and has a name that a filter
// takes.
func TestActions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []event.Action
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Action" {
				return true
			}
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, event.Action(text))
			return true
		})
	}
	offered := event.Actions()
	slices.Sort(offered)
	slices.Sort(declared)
	if diff := cmp.Diff(declared, offered); diff != "" {
		t.Errorf("Actions is not what is declared:\n%s", diff)
	}
	for _, a := range declared {
		if got, err := event.ParseAction(string(a)); got != a || err != nil {
			t.Errorf("%q: %q, %v", a, got, err)
		}
	}
	for _, bad := range []string{"", "user", "user.", ".x", "User.disabled", "a.b.c", "a b.c", "a.b\n", "' OR 1=1--", strings.Repeat("a", 60) + ".b"} {
		if _, err := event.ParseAction(bad); !errors.Is(err, event.ErrAction) {
			t.Errorf("%q is an action: %v", bad, err)
		}
	}
}
