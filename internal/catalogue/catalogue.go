package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
)

// Limits of one file.
const (
	MaxBytes       = 1 << 20
	MaxPermissions = 2000
	MaxRoles       = 500
)

// ErrInvalid is returned for a file that is not a catalogue. What is returned says
// each problem.
var ErrInvalid = fault.New(fault.Invalid, "catalogue_invalid", "This is no catalogue of permissions and roles.")

// Catalogue is what a file declares.
type Catalogue struct {
	Permissions []Permission // by name
	Roles       []Role       // by name
}

// Permission is a permission of a catalogue.
type Permission struct {
	Name        access.Permission
	Description string
}

// Role is a role of a catalogue. What is nil is left alone.
type Role struct {
	Name        string
	Description *string
	Audience    *string             // that it is bound to; "" for none
	Permissions []access.Permission // its own, sorted
	Includes    []string            // names of roles, sorted
}

// reader turns the values of a file into a Catalogue and gathers what is wrong.
type reader struct{ problems []string }

func (r *reader) bad(where, format string, args ...any) {
	r.problems = append(r.problems, where+" "+fmt.Sprintf(format, args...))
}

// catalogue reads the values of a whole file.
func (r *reader) catalogue(file map[string]any) Catalogue {
	var c Catalogue
	for _, name := range slices.Sorted(maps.Keys(file)) {
		members, isTable := file[name].(map[string]any)
		switch {
		case name != "permissions" && name != "roles":
			r.bad(quote(name), "is neither permissions nor roles")
		case !isTable:
			r.bad(name, "is not a table of names")
		case name == "permissions":
			c.Permissions = r.permissions(members)
		default:
			c.Roles = r.roles(members)
		}
	}
	if len(c.Permissions) > MaxPermissions {
		r.bad("permissions", "has more than %d names", MaxPermissions)
	}
	if len(c.Roles) > MaxRoles {
		r.bad("roles", "has more than %d names", MaxRoles)
	}
	return c
}

func (r *reader) permissions(members map[string]any) []Permission {
	var all []Permission
	for _, name := range slices.Sorted(maps.Keys(members)) {
		where := "permission " + quote(name)
		description, ok := members[name].(string)
		if !ok {
			r.bad(where, "needs its description in quotes; a name with a dot needs quotes too")
		}
		all = append(all, Permission{r.permission(where, name), strings.TrimSpace(description)})
	}
	return all
}

func (r *reader) permission(where, name string) access.Permission {
	p, err := access.ParsePermission(name)
	if err != nil {
		r.bad(where, "is no name of a permission: %s", access.ErrPermissionName.Public)
	}
	return p
}

func (r *reader) roles(members map[string]any) []Role {
	var all []Role
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		where := "role " + quote(key)
		name, err := role.CheckName(key)
		if err != nil {
			r.bad(where, "has a name that is not allowed: %s", role.ErrName.Public)
		}
		if seen[name] {
			r.bad(where, "is there twice")
		}
		seen[name] = true
		table, ok := members[key].(map[string]any)
		if !ok {
			r.bad(where, "is not a table")
			continue
		}
		all = append(all, r.role(where, name, table))
	}
	return all
}

func (r *reader) role(where, name string, table map[string]any) Role {
	found := Role{Name: name}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		switch key {
		case "description":
			text, ok := table[key].(string)
			if !ok {
				r.bad(where, "has a description that is no text")
			}
			found.Description = new(strings.TrimSpace(text))
		case "audience":
			text, ok := table[key].(string)
			if !ok {
				r.bad(where, "has an audience that is no text")
			}
			found.Audience = &text
		case "permissions":
			found.Permissions = []access.Permission{}
			for _, text := range r.texts(where, key, table[key]) {
				found.Permissions = append(found.Permissions, r.permission(where+": "+quote(text), text))
			}
			slices.Sort(found.Permissions)
		case "includes":
			found.Includes = []string{}
			for _, text := range r.texts(where, key, table[key]) {
				other, err := role.CheckName(text)
				if err != nil || other == name {
					r.bad(where, "cannot include %s", quote(text))
				}
				found.Includes = append(found.Includes, other)
			}
			slices.Sort(found.Includes)
			found.Includes = slices.Compact(found.Includes) // two spellings of one name
		default:
			r.bad(where, "has %s, which is neither description, audience, permissions nor includes", quote(key))
		}
	}
	return found
}

// texts returns the items of a list. One that is there twice is a mistake.
func (r *reader) texts(where, key string, value any) []string {
	list, ok := value.([]any)
	if !ok {
		r.bad(where, "has %s that are no list", key)
		return nil
	}
	texts := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		switch {
		case !ok:
			r.bad(where, "has something in %s that is no text", key)
		case slices.Contains(texts, text):
			r.bad(where, "has %s twice in %s", quote(text), key)
		default:
			texts = append(texts, text)
		}
	}
	return texts
}

// quote shows a name of the file, whatever is in it, and not all of a long one.
func quote(name string) string {
	const most = 80
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", name)
}
