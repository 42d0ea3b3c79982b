package catalogue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/catalogue"
	"github.com/countersign/countersign/internal/fault"
)

const blogTOML = `
# What the blog knows of rights.
[permissions]
"blog.publish_post" = "May publish a post. "
"blog.read_post"    = ""

[roles.reader]
permissions = ["blog.read_post"]

[roles.editor]
description = "Writes and publishes."
permissions = ["blog.publish_post", "blog.delete_post"]
includes    = ["reader"]

[roles."Café"]
permissions = []
includes    = []
`

const blogJSON = ` {
	"roles": {
		"Cafe\u0301": {"includes": [], "permissions": []},
		"editor": {"description": "Writes and publishes.", "permissions": ["blog.publish_post", "blog.delete_post"], "includes": ["reader"]},
		"reader": {"permissions": ["blog.read_post"]}
	},
	"permissions": {"blog.read_post": "", "blog.publish_post": "May publish a post."}
}`

func TestParse(t *testing.T) {
	t.Parallel()
	want := catalogue.Catalogue{
		Permissions: []catalogue.Permission{{"blog.publish_post", "May publish a post."}, {"blog.read_post", ""}},
		Roles: []catalogue.Role{
			{Name: "Café", Permissions: []access.Permission{}, Includes: []string{}},
			{Name: "editor", Description: new("Writes and publishes."), Permissions: []access.Permission{"blog.delete_post", "blog.publish_post"}, Includes: []string{"reader"}},
			{Name: "reader", Permissions: []access.Permission{"blog.read_post"}},
		},
	}
	for name, text := range map[string]string{"TOML": blogTOML, "JSON": blogJSON} {
		got, err := catalogue.Parse([]byte(text))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	for _, nothing := range []string{"", "{}", "# nothing", `{"permissions":{}}`} {
		if got, err := catalogue.Parse([]byte(nothing)); err != nil || len(got.Permissions)+len(got.Roles) > 0 {
			t.Errorf("%q: %v, %v", nothing, got, err)
		}
	}
}

// Case H24: names with wildcards, spaces and controls, and everything that two readers
// could take for two things.
func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[permissions]\n\"blog.*\" = \"\"":            `permission "blog.*" is no name of a permission`,
		"[permissions]\n\"blog edit\" = \"\"":         `permission "blog edit" is no name of a permission`,
		"[permissions]\nblog.edit = \"\"":             `permission "blog" needs its description in quotes; a name with a dot needs quotes too`,
		"[permissions]\n\"a.b\" = 1":                  `permission "a.b" needs its description`,
		"permissions = 1":                             "permissions is not a table",
		"[Permissions]":                               `"Permissions" is neither permissions nor roles`,
		"[roles]\neditor = 1":                         `role "editor" is not a table`,
		"[roles.\" \"]":                               `role " " has a name that is not allowed`,
		"[roles.\"a\\u202Eb\"]":                       `role "a\u202eb" has a name that is not allowed`,
		"[roles.e]\nPermissions = []":                 `role "e" has "Permissions", which is neither`,
		"[roles.e]\ndescription = 1":                  "description that is no text",
		"[roles.e]\npermissions = \"a.b\"":            "has permissions that are no list",
		"[roles.e]\npermissions = [1]":                "something in permissions that is no text",
		"[roles.e]\npermissions = [\"a.b\", \"a.b\"]": `has "a.b" twice in permissions`,
		"[roles.e]\npermissions = [\"*\"]":            `role "e": "*" is no name of a permission`,
		"[roles.e]\nincludes = [\"e\"]":               `role "e" cannot include "e"`,
		"[roles.e]\nincludes = [\"\"]":                `role "e" cannot include ""`,
		"[roles.\"e\"]\n[roles.\"e \"]":               `role "e " is there twice`,
		"[roles.e]\n[roles.e]":                        "table e already exists",
		"[roles":                                      "line 1, column",
		`{"roles":{"e":{},"e":{}}}`:                   `the file gives "e" twice`,
		`{"roles":{}} x`:                              "the file has text after the JSON object",
		`{"roles":{"e":{"permissions":[null]}}}`:      "something in permissions that is no text",
		`{"permissions":{"a.b":null}}`:                `permission "a.b" needs its description`,
		"\"" + strings.Repeat("x", 500) + "\" = 1":    `"` + strings.Repeat("x", 80) + `…" is neither`,
		strings.Repeat("#", catalogue.MaxBytes+1):     "more than 1048576 bytes",
		many("[permissions]", "\"a.p%d\" = \"\"", catalogue.MaxPermissions+1): "permissions has more than 2000 names",
		many("", "[roles.r%d]", catalogue.MaxRoles+1):                         "roles has more than 500 names",
		many("", "x%d = 1", 50):                                               "and 30 more",
	} {
		_, err := catalogue.Parse([]byte(text))
		if f := fault.Of(err); !errors.Is(err, catalogue.ErrInvalid) || !strings.Contains(f.Public, want) {
			t.Errorf("%.60q: %.300v, want %s", text, err, want)
		}
	}
}

func many(head, line string, n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, "\n"+line, i)
	}
	return b.String()
}

// Whatever a file holds, it is refused or is a catalogue with names that roles and
// permissions can have, each once.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{blogTOML, blogJSON, "", "{", "[roles.e]\nincludes = [\"e\"]", "[permissions]\n\"a.b\" = \"\"\n\"a.b\" = \"\"", `{"roles":{"\u0000":{}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := catalogue.Parse(text)
		if err != nil {
			if !errors.Is(err, catalogue.ErrInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, p := range c.Permissions {
			if _, err := access.ParsePermission(string(p.Name)); err != nil || seen[string(p.Name)] {
				t.Fatalf("%q: permission %q, %v", text, p.Name, err)
			}
			seen[string(p.Name)] = true
		}
		roles := map[string]bool{}
		for _, r := range c.Roles {
			if r.Name == "" || roles[r.Name] {
				t.Fatalf("%q: role %q", text, r.Name)
			}
			roles[r.Name] = true
		}
	})
}
