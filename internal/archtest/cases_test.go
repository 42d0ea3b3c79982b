package archtest

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// groups are the ranges of ids that docs/security-cases.md has, each with its last.
var groups = map[string]int{"H": 25, "J": 20}

// caseRow is a line of a table of the page: id, what is checked, and what holds it.
var caseRow = regexp.MustCompile(`(?m)^\| ([A-Z][0-9]{2}) \| ([^|]+) \| ([^|]+) \|$`)

// caseID finds the ids that a comment names, alone or from one to another.
var caseID = regexp.MustCompile(`\b([A-Z])([0-9]{2})(?:(?: to | ?[-–] ?)([A-Z])([0-9]{2}))?\b`)

// idsIn are the case ids of a text, with those that lie between two.
func idsIn(text string) map[string]bool {
	ids := map[string]bool{}
	for _, m := range caseID.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(m[2])
		last := first
		if m[3] == m[1] {
			last, _ = strconv.Atoi(m[4])
		}
		for n := first; n <= last; n++ {
			ids[fmt.Sprintf("%s%02d", m[1], n)] = true
		}
	}
	return ids
}

func TestCaseIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"// Case H01: x":                       {"H01"},
		"// Cases H14 to H16 and H21 of pages": {"H14", "H15", "H16", "H21"},
		"(J01-J03), J05–J06":                   {"J01", "J02", "J03", "J05", "J06"},
		"// Cases H08, J10":                    {"H08", "J10"},
		"0H12 H123 sha256 HH10":                {},
	} {
		got := idsIn(text)
		for _, id := range want {
			if !got[id] {
				t.Errorf("%q: %s is not found", text, id)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// The page of security cases has every id once, with the tests that hold it or the
// reason why it does not apply; each test exists, and it or its comment names the id.
func TestSecurityCases(t *testing.T) {
	t.Parallel()
	const page = "../../docs/security-cases.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, m := range caseRow.FindAllStringSubmatch(string(text), -1) {
		id, held := m[1], m[3]
		if rows[id] {
			t.Errorf("%s has two lines in %s", id, page)
		}
		rows[id] = true
		tests := promised.FindAllStringSubmatch(held, -1)
		if why, out := strings.CutPrefix(held, "Does not apply:"); out == (len(tests) > 0) || out && len(strings.Fields(why)) < 4 {
			t.Errorf("%s names tests, or says why it does not apply, and not both: %s", id, held)
		}
		for _, named := range tests {
			switch test := declaration(t, named[1], named[2]); {
			case test == "":
				t.Errorf("%s: there is no %s in %s", id, named[2], named[1])
			case !idsIn(test)[id]:
				t.Errorf("%s is held by %s in %s, which does not name it: write \"Case %s\" above the test", id, named[2], named[1], id)
			}
		}
	}
	for group, last := range groups {
		for n := 1; n <= last; n++ {
			if id := fmt.Sprintf("%s%02d", group, n); !rows[id] {
				t.Errorf("%s has no line, or not one of three columns, in %s", id, page)
			}
		}
	}
	for id := range rows {
		if n, _ := strconv.Atoi(id[1:]); groups[id[:1]] < n {
			t.Errorf("%s is in %s and in no range", id, page)
		}
	}
	noted(t, rows)
}

// noted fails for an id of these ranges that a test names and that there is not.
func noted(t *testing.T, rows map[string]bool) {
	t.Helper()
	for _, p := range packages(t) {
		for _, s := range p.files {
			if !strings.HasSuffix(s.path, "_test.go") || p.path == "internal/archtest" {
				continue
			}
			var comments strings.Builder
			for _, c := range s.ast.Comments {
				comments.WriteString(c.Text())
			}
			for id := range idsIn(comments.String()) {
				if _, ours := groups[id[:1]]; ours && !rows[id] {
					t.Errorf("%s names %s, which docs/security-cases.md does not have", s.path, id)
				}
			}
		}
	}
}

// declaration is a test of a package with the comment above it, "" when there is none.
func declaration(t *testing.T, dir, test string) string {
	t.Helper()
	for _, p := range packages(t) {
		if p.path != dir {
			continue
		}
		for _, s := range p.files {
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Name.Name != test || f.Recv != nil || !strings.HasSuffix(s.path, "_test.go") {
					continue
				}
				from := f.Pos()
				if f.Doc != nil {
					from = f.Doc.Pos()
				}
				return s.text[s.fset.Position(from).Offset:s.fset.Position(f.End()).Offset]
			}
		}
	}
	return ""
}
