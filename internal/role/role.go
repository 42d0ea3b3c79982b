package role

import (
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// The faults of this package.
var (
	ErrNotFound           = fault.New(fault.NotFound, "role_not_found", "There is no such role.")
	ErrNameTaken          = fault.New(fault.Conflict, "role_name_taken", "A role with that name already exists.")
	ErrName               = fault.New(fault.Invalid, "role_name_invalid", "A role's name is 1 to 150 printable characters without spaces at its ends.")
	ErrDescription        = fault.New(fault.Invalid, "description_invalid", "A description is at most 255 printable characters.")
	ErrVersion            = fault.New(fault.Precondition, "precondition_failed", "This is not the role as you read it: it was changed since. Read it again.")
	ErrPermissionNotFound = fault.New(fault.NotFound, "permission_not_found", "There is no such permission.")
	ErrPermissionExists   = fault.New(fault.Conflict, "permission_exists", "This permission already exists.")
	ErrPermissionBuiltIn  = fault.New(fault.Conflict, "permission_built_in", "The service's own permissions cannot be changed.")
)

// Role is a named set of permissions, which may include other roles.
type Role struct {
	ID          ident.RoleID
	Name        string
	Description string
	Audience    string              // that it is bound to; "" for none
	Permissions []access.Permission // its own, sorted
	CreatedAt   time.Time

	// Version is how often the role itself has changed: its name, description and
	// audience, its own permissions and which roles it includes directly. What
	// becomes of those roles is no change of this one.
	Version int64

	// Includes are the roles that it includes directly, by name; Inherited is what
	// it gives because of them and of those that they include, sorted. Both are
	// changed by Include and Exclude alone.
	Includes  []Ref
	Inherited []access.Permission
}

// Ref names a role.
type Ref struct {
	ID   ident.RoleID
	Name string
}

// Held is a role that an account was given.
type Held struct {
	Role
	Until time.Time // when it ends; zero for never
}

// Assignment gives a role to an account.
type Assignment struct {
	To    ident.UserID
	Role  ident.RoleID
	Until time.Time // when it ends; zero for never
}

// Grant gives a permission to an account directly.
type Grant struct {
	To         ident.UserID
	Permission access.Permission
	Until      time.Time // when it ends; zero for never
}

// includes are the names of the roles that it includes directly.
func (r Role) includes() []string {
	names := make([]string, len(r.Includes))
	for i, other := range r.Includes {
		names[i] = other.Name
	}
	return names
}

// Effective returns everything that the role gives, sorted, each once.
func (r Role) Effective() []access.Permission {
	all := slices.Concat(r.Permissions, r.Inherited)
	slices.Sort(all)
	return slices.Compact(all)
}

// Permission is a declared permission.
type Permission struct {
	Name        access.Permission
	Description string
	CreatedAt   time.Time
}
