package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/countersign/countersign"

// root is the folder of go.mod, seen from this package's.
const root = "../.."

// source is one parsed Go file.
type source struct {
	path  string // from the module's root, with slashes
	text  string
	ast   *ast.File
	fset  *token.FileSet
	lines int
}

// test tells whether the file is part of no program: a test, or of a package that
// only tests import.
func (s source) test() bool {
	return strings.HasSuffix(s.path, "_test.go") || place[path.Dir(s.path)].tier == support
}

// imports returns the imported paths.
func (s source) imports() []string {
	var all []string
	for _, spec := range s.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// folder is the Go files of one folder: a package, its tests, and the external
// tests beside it.
type folder struct {
	path  string // from the module's root: "internal/user"
	files []source
}

// code returns the files that are not tests.
func (f folder) code() []source {
	return slices.DeleteFunc(slices.Clone(f.files), source.test)
}

// name returns the name of the package.
func (f folder) name() string {
	for _, s := range f.files {
		if name := s.ast.Name.Name; !strings.HasSuffix(name, "_test") {
			return name
		}
	}
	return ""
}

// parse reads one file.
func parse(name, text string) (source, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: name, text: text, ast: tree, fset: fset, lines: strings.Count(text, "\n")}, err
}

// walk calls visit with every file of the repository: not with what git or the
// tools keep beside it, nor with other modules.
func walk(visit func(name string) error) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		local, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			return visit(filepath.ToSlash(local))
		}
		switch entry.Name() {
		case ".git", ".cache", "node_modules", "countersign-data":
			return fs.SkipDir
		}
		return nil
	})
}

// tree is every folder of the module that has Go files, parsed once.
var tree = sync.OnceValues(func() ([]folder, error) {
	folders := map[string]folder{}
	err := walk(func(name string) error {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		s, err := parse(name, string(text))
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		folders[dir] = folder{path: dir, files: append(folders[dir].files, s)}
		return nil
	})
	return slices.SortedFunc(maps.Values(folders), func(a, b folder) int { return strings.Compare(a.path, b.path) }), err
})

// packages returns tree and fails the test where a file cannot be parsed.
func packages(t *testing.T) []folder {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}
