package role

import (
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
	ErrPermissionNotFound = fault.New(fault.NotFound, "permission_not_found", "There is no such permission.")
	ErrPermissionExists   = fault.New(fault.Conflict, "permission_exists", "This permission already exists.")
	ErrPermissionBuiltIn  = fault.New(fault.Conflict, "permission_built_in", "The service's own permissions cannot be changed.")
)

// Role is a named set of permissions.
type Role struct {
	ID          ident.RoleID
	Name        string
	Description string
	Permissions []access.Permission // sorted
	CreatedAt   time.Time
}

// Permission is a declared permission.
type Permission struct {
	Name        access.Permission
	Description string
	CreatedAt   time.Time
}
