package archtest

import (
	"fmt"
	"go/token"
	"path"
	"strings"
	"testing"
)

// finding is one breach of a rule.
type finding struct {
	file source
	at   token.Pos
	text string
}

// String returns the place and the complaint.
func (f finding) String() string {
	if !f.at.IsValid() {
		return f.file.path + ": " + f.text
	}
	return fmt.Sprintf("%s:%d: %s", f.file.path, f.file.fset.Position(f.at).Line, f.text)
}

// rule is one thing that holds for every folder of Go files.
type rule struct {
	name  string
	check func(folder) []finding
	bad   []example // each is one breach
	good  []example
}

// example is a file, by default internal/thing/thing.go of package thing. Text
// without a package clause gets one.
type example struct{ path, text string }

// folder returns the folder that has this one file.
func (e example) folder(t *testing.T) folder {
	t.Helper()
	if e.path == "" {
		e.path = "internal/thing/thing.go"
	}
	if !strings.Contains(e.text, "package ") {
		e.text = "package thing\n\n" + e.text
	}
	s, err := parse(e.path, e.text)
	if err != nil {
		t.Fatalf("%s: %v", e.text, err)
	}
	return folder{path: path.Dir(e.path), files: []source{s}}
}

// examples makes examples of the contents of internal/thing/thing.go.
func examples(texts ...string) []example {
	var all []example
	for _, text := range texts {
		all = append(all, example{text: text})
	}
	return all
}

var rules = []rule{
	fileSize, functionSize, parameterCount,
	packageComment, exportedComment,
	plainNames, nothingLeft,
	noInit, noPackageState, noExit,
	noSleep, noSkip,
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range packages(t) {
				for _, f := range r.check(p) {
					t.Error(f)
				}
			}
		})
	}
}

// TestRulesCatch: a rule that finds nothing in good code must find something in
// bad code.
func TestRulesCatch(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if len(r.bad) == 0 || len(r.good) == 0 {
				t.Error("a rule has examples of both kinds")
			}
			for _, e := range r.bad {
				if found := r.check(e.folder(t)); len(found) != 1 {
					t.Errorf("%d findings, want one: %v in\n%s", len(found), found, e.text)
				}
			}
			for _, e := range r.good {
				for _, f := range r.check(e.folder(t)) {
					t.Errorf("%v in\n%s", f, e.text)
				}
			}
		})
	}
}
