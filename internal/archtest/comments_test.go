package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"strings"
)

var packageComment = rule{
	name: "doc.go",
	check: func(p folder) []finding {
		want := "Package " + p.name() + " "
		for _, s := range p.files {
			switch {
			case s.ast.Name.Name == "main" && s.ast.Doc != nil:
				return nil // a program is one or a few files
			case path.Base(s.path) != "doc.go":
			case !strings.HasPrefix(s.ast.Doc.Text(), want):
				return []finding{{file: s, text: "the comment does not start with " + want}}
			default:
				return nil
			}
		}
		return []finding{{file: p.files[0], text: "the package has no doc.go"}}
	},
	bad: []example{
		{text: "// Package thing is in the wrong file.\npackage thing"},
		{path: "internal/thing/doc.go", text: "package thing"},
		{path: "internal/thing/doc.go", text: "// Package other is another.\npackage thing"},
	},
	good: []example{
		{path: "internal/thing/doc.go", text: "// Package thing is one.\npackage thing"},
		{path: "cmd/thing/main.go", text: "// Command thing does it.\npackage main"},
	},
}

var exportedComment = rule{
	name: "comments of exported names",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			if strings.HasSuffix(s.path, "_test.go") || s.ast.Name.Name == "main" {
				continue
			}
			for _, d := range s.ast.Decls {
				for _, at := range uncommented(d) {
					all = append(all, finding{file: s, at: at.Pos(), text: fmt.Sprintf("the comment of %s does not start with its name", at.Name)})
				}
			}
		}
		return all
	},
	bad: examples(
		"func Exported() {}",
		"// Does something.\nfunc Exported() {}",
		"type Exported struct{}",
		"// Exported is a type.\ntype Exported struct{}\nfunc (e *Exported) Method() {}",
		"var Exported = 1",
		"const (\n\tExported = 1\n)",
	),
	good: append(examples(
		"// Exported does something.\nfunc Exported() {}",
		"// An Exported is a type.\ntype Exported struct{}",
		"type unexported struct{}\nfunc (u unexported) Method() {}",
		"// The numbers.\nconst (\n\tOne = 1\n)",
		"// The names.\ntype (\n\tOne string\n)",
		"const (\n\tOne = 1 // the first\n)",
	), example{path: "internal/thing/thing_test.go", text: "func TestExported() {}"}),
}

// uncommented returns the exported names of a declaration whose comment is
// missing or starts with something else.
func uncommented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && !token.IsExported(receiver(d)) {
			return nil
		}
		return named(d.Doc, d.Name)
	case *ast.GenDecl:
		var all []*ast.Ident
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if !grouped(d, spec.Doc, spec.Comment) {
					all = append(all, named(d.Doc, spec.Name)...)
				}
			case *ast.ValueSpec:
				if !grouped(d, spec.Doc, spec.Comment) {
					all = append(all, named(d.Doc, spec.Names[0])...)
				}
			}
		}
		return all
	}
	return nil
}

// grouped tells whether a line stands in parentheses and is described, by itself
// or together with the others.
func grouped(d *ast.GenDecl, own, behind *ast.CommentGroup) bool {
	return d.Lparen.IsValid() && (d.Doc != nil || own != nil || behind != nil)
}

// named returns the name if it is exported and the comment does not start with it.
func named(doc *ast.CommentGroup, name *ast.Ident) []*ast.Ident {
	text := doc.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	rest, ok := strings.CutPrefix(text, name.Name)
	if !name.IsExported() || ok && (rest == "" || !token.IsIdentifier("x"+rest[:1])) {
		return nil
	}
	return []*ast.Ident{name}
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}
