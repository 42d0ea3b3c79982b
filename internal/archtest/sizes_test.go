package archtest

import (
	"fmt"
	"go/ast"
	"strings"
)

const (
	maxFileLines         = 500
	maxFunctionLines     = 60
	maxTestFunctionLines = 120 // tables of cases
	maxParameters        = 4   // beside the context
)

var fileSize = rule{
	name: "file size",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			if s.lines > maxFileLines {
				all = append(all, finding{file: s, text: fmt.Sprintf("%d lines; at most %d", s.lines, maxFileLines)})
			}
		}
		return all
	},
	bad:  examples(strings.Repeat("// x\n", maxFileLines) + "package thing\n"),
	good: examples(strings.Repeat("// x\n", maxFileLines-1) + "package thing\n"),
}

var functionSize = rule{
	name: "function size",
	check: functions(func(s source, f *ast.FuncDecl) string {
		limit := maxFunctionLines
		if s.test() {
			limit = maxTestFunctionLines
		}
		lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
		if lines <= limit {
			return ""
		}
		return fmt.Sprintf("%s has %d lines; at most %d", f.Name.Name, lines, limit)
	}),
	bad: examples("func f() {\n" + strings.Repeat("g()\n", maxFunctionLines-1) + "}"),
	good: []example{
		{text: "func f() {\n" + strings.Repeat("g()\n", maxFunctionLines-2) + "}"},
		{path: "internal/thing/thing_test.go", text: "func f() {\n" + strings.Repeat("g()\n", maxFunctionLines) + "}"},
	},
}

// ownParameters are the functions whose parameters are those of a standard.
var ownParameters = map[string]bool{
	"argon2id": true, // RFC 9106, section 3.1
}

var parameterCount = rule{
	name: "parameters",
	check: functions(func(s source, f *ast.FuncDecl) string {
		count := 0
		for _, field := range f.Type.Params.List {
			if typeText(field.Type) != "context.Context" {
				count += max(1, len(field.Names))
			}
		}
		if count <= maxParameters || s.test() || ownParameters[f.Name.Name] {
			return ""
		}
		return fmt.Sprintf("%s has %d parameters; more than %d are a struct", f.Name.Name, count, maxParameters)
	}),
	bad:  examples("func f(a, b, c int, d string, e bool) {}"),
	good: examples("func f(ctx context.Context, a, b int, c, d string) {}"),
}

// functions makes a check of one that looks at every function and method.
func functions(check func(source, *ast.FuncDecl) string) func(folder) []finding {
	return func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				if text := check(s, f); text != "" {
					all = append(all, finding{file: s, at: f.Pos(), text: text})
				}
			}
		}
		return all
	}
}

// typeText returns a type that is a name, a pkg.Name, or a pointer to one.
func typeText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return typeText(e.X) + "." + e.Sel.Name
	case *ast.StarExpr:
		return "*" + typeText(e.X)
	}
	return ""
}
