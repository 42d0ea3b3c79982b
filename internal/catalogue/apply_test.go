package catalogue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/catalogue"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

var (
	began    = time.UnixMilli(1_800_000_000_000).UTC()
	operator = access.Command("root")
)

func service(db *store.DB) *catalogue.Service {
	return &catalogue.Service{Roles: &role.Service{
		Store: db, InTx: store.TxFunc[role.Store](db), Now: func() time.Time { return began }, Horizon: time.Minute,
		Audiences: []string{"shop", "books"},
	}}
}

func parse(t *testing.T, text string) catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lines are the changes as they are shown.
func lines(changes []catalogue.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	return all
}

func applied(t *testing.T, s *catalogue.Service, text string) []string {
	t.Helper()
	changes, err := s.Apply(t.Context(), operator, parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return lines(changes)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const first = `
[permissions]
"blog.edit" = "May edit."
"blog.read" = ""
[roles.editor]
description = "Writes."
permissions = ["blog.edit"]
includes = ["reader"]
[roles.reader]
permissions = ["blog.read"]
`

func TestApply(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		created := []string{
			`+ permission blog.edit "May edit."`, `+ permission blog.read ""`,
			`+ role editor "Writes."`, "+ role editor: permission blog.edit",
			`+ role reader ""`, "+ role reader: permission blog.read",
			"+ role editor: includes reader",
		}
		planned, err := s.Plan(t.Context(), operator, parse(t, first))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the plan", lines(planned), created)
		if _, err := db.RoleByName(t.Context(), "editor"); !errors.Is(err, role.ErrNotFound) {
			t.Errorf("after the plan: %v", err)
		}
		same(t, "the first time", applied(t, s, first), created)
		same(t, "the second time", applied(t, s, first), nil)

		// Turned round, with other rights; what is left out is left alone.
		same(t, "another file", applied(t, s, `
			[permissions]
			"blog.edit" = "May edit all."
			[roles.reader]
			permissions = ["blog.edit"]
			includes = ["editor"]
			[roles.editor]
			includes = []
		`), []string{
			`~ permission blog.edit: description "May edit." -> "May edit all."`,
			"- role reader: permission blog.read", "+ role reader: permission blog.edit",
			"- role editor: includes reader", "+ role reader: includes editor",
		})
		editor, err := db.RoleByName(t.Context(), "editor")
		if err != nil || editor.Description != "Writes." || len(editor.Permissions) != 1 {
			t.Errorf("%+v, %v", editor, err)
		}
	})
}

// A role is bound to what the file says, and left bound where the file says nothing.
func TestApply_audience(t *testing.T) {
	t.Parallel()
	s := service(storetest.New(t))
	const bound = "[roles.clerk]\naudience = \"shop\"\n[roles.free]\naudience = \"\""
	same(t, "new roles", applied(t, s, bound), []string{`+ role clerk ""`, `~ role clerk: audience "" -> "shop"`, `+ role free ""`})
	same(t, "again", applied(t, s, bound), nil)
	same(t, "left out", applied(t, s, "[roles.clerk]"), nil)
	same(t, "another", applied(t, s, "[roles.clerk]\naudience = \"books\""), []string{`~ role clerk: audience "shop" -> "books"`})
	same(t, "none", applied(t, s, "[roles.clerk]\naudience = \"\""), []string{`~ role clerk: audience "books" -> ""`})
	for _, text := range []string{"[roles.clerk]\naudience = \"toys\"", "[roles.new]\naudience = \"toys\""} {
		_, err := s.Apply(t.Context(), operator, parse(t, text))
		if !errors.Is(err, access.ErrAudienceUnknown) || !strings.Contains(fault.Of(err).Public, "There is: shop, books.") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := catalogue.Parse([]byte("[roles.clerk]\naudience = [\"shop\"]")); !errors.Is(err, catalogue.ErrInvalid) {
		t.Errorf("a list of audiences: %v", err)
	}
}

// All of a file or nothing: neither rows nor events of the part before a mistake stay.
func TestApply_of_a_wrong_file_does_nothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		for name, c := range map[string]struct {
			more, says string
			want       error
		}{
			"undeclared":   {`permissions = ["blog.nothing"]`, `role "x"`, role.ErrPermissionNotFound},
			"unknown_role": {`includes = ["nobody"]`, `role "x": include "nobody": There is no such role.`, role.ErrNotFound},
			"circle":       {"includes = [\"y\"]\n[roles.y]\nincludes = [\"x\"]", `role "y": include "x"`, role.ErrCycle},
			"built_in":     {"[permissions.\"countersign.fly\"]", "", catalogue.ErrInvalid},
			"lookalike":    {"[roles.\"reаder\"]", "role \"reаder\"", role.ErrNameAlike}, // a Cyrillic а
		} {
			parsed, err := catalogue.Parse([]byte(first + "[roles.x]\n" + c.more))
			if err == nil {
				_, err = s.Apply(t.Context(), operator, parsed)
			}
			if !errors.Is(err, c.want) || !strings.Contains(fault.Of(err).Public, c.says) {
				t.Errorf("%s: %v, want %v saying %s", name, err, c.want, c.says)
			}
		}
		if _, err := s.Apply(t.Context(), operator, parse(t, "[permissions]\n\"countersign.fly\" = \"\"")); !errors.Is(err, role.ErrPermissionBuiltIn) {
			t.Errorf("a permission of the service's own: %v", err)
		}
		left, err := db.Roles(t.Context(), "", page.Request{})
		if err != nil || len(left.Items) > 0 {
			t.Errorf("roles that stayed: %v, %v", left.Items, err)
		}
	})
}

// Cases H10 and H22: a catalogue gives nothing that its author does not hold.
func TestApply_gives_what_the_caller_holds(t *testing.T) {
	t.Parallel()
	s := service(storetest.New(t))
	applied(t, s, first)
	lesser := access.Caller{Kind: access.Person, UserID: "7", Rights: access.Rights{Permissions: slices.Sorted(slices.Values([]access.Permission{
		access.ViewPermission, access.ViewRole, access.AddRole, access.ChangeRole, "blog.read",
	}))}}
	for name, text := range map[string]string{
		"a_new_role":       "[roles.mine]\npermissions = [\"blog.edit\"]",
		"a_role_of_theirs": "[roles.reader]\npermissions = [\"blog.read\", \"blog.edit\"]",
		"an_inclusion":     "[roles.reader]\nincludes = [\"editor\"]",
		"a_declaration":    "[permissions]\n\"blog.new\" = \"\"",
	} {
		_, err := s.Apply(t.Context(), lesser, parse(t, text))
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v, want it forbidden", name, err)
		}
	}
	if _, err := s.Apply(t.Context(), lesser, parse(t, "[roles.mine]\npermissions = [\"blog.read\"]")); err != nil {
		t.Errorf("what they hold: %v", err)
	}
	if _, err := s.Plan(t.Context(), access.Caller{}, parse(t, first)); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("nobody's plan: %v", err)
	}
}
