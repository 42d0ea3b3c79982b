package archtest

import (
	"go/ast"
	"go/token"
	"slices"
)

var noInit = rule{
	name: "no init",
	check: functions(func(_ source, f *ast.FuncDecl) string {
		if f.Recv != nil || f.Name.Name != "init" {
			return ""
		}
		return "what runs before main cannot be given what it needs"
	}),
	bad:  examples("func init() {}"),
	good: examples("func initial() {}", "func (t thing) init() {}"),
}

var noExit = rule{
	name: "no exit",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			if s.ast.Name.Name == "main" || s.test() {
				continue
			}
			for _, at := range calls(s, "", "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln") {
				all = append(all, finding{file: s, at: at, text: "only main ends the process"})
			}
		}
		return all
	},
	bad:  examples("func f() { os.Exit(1) }", "func f() { log.Fatalf(``) }"),
	good: []example{{text: "func f() error { return nil }"}, {path: "cmd/thing/main.go", text: "package main\nfunc main() { os.Exit(1) }"}},
}

// mutable are the types whose only use in a package's variable is to change it.
// sync.Once and what sync.OnceValue returns are not: they are values that are
// computed late.
var mutable = []string{
	"sync.Mutex", "sync.RWMutex", "sync.Map", "sync.WaitGroup", "atomic.Bool", "atomic.Int32", "atomic.Int64",
	"atomic.Uint32", "atomic.Uint64", "atomic.Value", "atomic.Pointer",
}

var noPackageState = rule{
	name: "no package state",
	check: func(p folder) []finding {
		variables, all := map[string]bool{}, []finding(nil)
		for _, s := range p.code() {
			for _, d := range s.ast.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					if slices.Contains(mutable, typeText(generic(v.Type))) {
						all = append(all, finding{file: s, at: v.Pos(), text: v.Names[0].Name + " belongs into a value"})
					}
					for _, name := range v.Names {
						variables[name.Name] = true
					}
				}
			}
		}
		for _, s := range p.code() {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					for _, name := range assigned(f, variables) {
						all = append(all, finding{file: s, at: name.Pos(), text: name.Name + " is the package's and changes"})
					}
				}
			}
		}
		return all
	},
	bad: examples(
		"var count int\nfunc f() { count++ }",
		"var seen = map[string]bool{}\nfunc f() { seen[``] = true }",
		"var seen = map[string]bool{}\nfunc f() { delete(seen, ``) }",
		"var at struct{ x int }\nfunc f() { at.x = 1 }",
		"var mu sync.Mutex",
		"var p atomic.Pointer[int]",
	),
	good: append(examples(
		"var names = []string{`a`}\nfunc f() { for _, name := range names { _ = name } }",
		"var count = 1\nfunc f() { count := 2; count++ }",
		"var count = 1\nfunc f(count int) { count++ }",
		"var ErrX = 1\nvar once = sync.OnceValue(f)",
		"var _ I = (*t)(nil)\nfunc f() { _ = 1 }",
	), example{path: "internal/thing/thing_test.go", text: "var update = false\nfunc f() { update = true }"}),
}

// generic returns the type of which e is an instance.
func generic(e ast.Expr) ast.Expr {
	if i, ok := e.(*ast.IndexExpr); ok {
		return i.X
	}
	return e
}

// assigned returns where a function changes one of the package's variables. A
// name that the function declares anywhere is taken for its own.
func assigned(f *ast.FuncDecl, variables map[string]bool) []*ast.Ident {
	own := map[string]bool{"_": true}
	var changed []*ast.Ident
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				own[name.Name] = true
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				own[name.Name] = true
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				name := base(left)
				if n.Tok == token.DEFINE && name != nil {
					own[name.Name] = true
				} else if name != nil {
					changed = append(changed, name)
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if name := base(e); name != nil && n.Tok == token.DEFINE {
					own[name.Name] = true
				} else if name != nil {
					changed = append(changed, name)
				}
			}
		case *ast.IncDecStmt:
			if name := base(n.X); name != nil {
				changed = append(changed, name)
			}
		case *ast.CallExpr:
			if name := typeText(n.Fun); (name == "delete" || name == "clear") && len(n.Args) > 0 && base(n.Args[0]) != nil {
				changed = append(changed, base(n.Args[0]))
			}
		}
		return true
	})
	return slices.DeleteFunc(changed, func(name *ast.Ident) bool { return own[name.Name] || !variables[name.Name] })
}

// base returns the variable that an expression on the left of an assignment
// starts with.
func base(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
