package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// emptyWords say nothing about what a thing is. They are looked for as words of a
// name: manager in key_manager.go, and Impl in StoreImpl. Package names have some
// more: a common password is one that many people have, but a package of common
// things is one of everything.
var (
	emptyWords    = regexp.MustCompile(`(?i)^(utils?|helpers?|managers?|impl|misc)$`)
	emptyPackages = regexp.MustCompile(`^(common|models?|services?|types|pkg|base|shared|core|lib)$`)
)

// wordsOf splits a name at its humps and underscores.
var wordsOf = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z]+`)

func isEmptyWord(name string) bool {
	return slices.ContainsFunc(wordsOf.FindAllString(name, -1), emptyWords.MatchString)
}

var plainNames = rule{
	name: "names that say nothing",
	check: func(p folder) []finding {
		var all []finding
		if isEmptyWord(p.name()) || emptyPackages.MatchString(p.name()) {
			all = append(all, finding{file: p.files[0], text: "package " + p.name()})
		}
		for _, s := range p.files {
			if isEmptyWord(path.Base(s.path)) {
				all = append(all, finding{file: s, text: "the file's name"})
			}
			for _, d := range s.ast.Decls {
				for _, name := range declared(d) {
					if isEmptyWord(name.Name) {
						all = append(all, finding{file: s, at: name.Pos(), text: name.Name})
					}
				}
			}
		}
		return all
	},
	bad: []example{
		{text: "package util"},
		{text: "package common"},
		{path: "internal/thing/string_helpers.go", text: "package thing"},
		{text: "type KeyManager struct{}"},
		{text: "type storeImpl struct{}"},
	},
	good: examples("func implied() {}", "type Simplest struct{}", "type Futility struct{}", "var commonPasswords []string"),
}

// declared returns the names that a declaration makes: not methods, which may
// answer to an interface of somebody else.
func declared(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var all []*ast.Ident
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				all = append(all, spec.Name)
			case *ast.ValueSpec:
				all = append(all, spec.Names...)
			}
		}
		return all
	}
	return nil
}

// leftForLater is written so that it does not find itself.
var leftForLater = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

var nothingLeft = rule{
	name: "nothing left for later",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			number := 0
			for line := range strings.Lines(s.text) {
				number++
				if word := leftForLater.FindString(line); word != "" {
					all = append(all, finding{file: s, text: fmt.Sprintf("line %d: %s", number, word)})
				}
			}
		}
		return all
	},
	bad:  examples("// TO"+"DO: later\npackage thing", "var x = 1 // FIX"+"ME"),
	good: examples("// What is to do is done.\npackage thing"),
}

// call reports whether a node calls pkg.Name.
func call(n ast.Node, name string) bool {
	c, ok := n.(*ast.CallExpr)
	return ok && typeText(c.Fun) == name
}

// calls returns where a file calls one of the functions, without looking inside
// calls of the one that is an exception.
func calls(s source, exception string, names ...string) []token.Pos {
	var all []token.Pos
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if n == nil || exception != "" && call(n, exception) {
			return false
		}
		for _, name := range names {
			if call(n, name) {
				all = append(all, n.Pos())
			}
		}
		return true
	})
	return all
}
