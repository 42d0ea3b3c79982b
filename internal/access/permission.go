package access

import (
	"regexp"

	"github.com/countersign/countersign/internal/fault"
)

// Permission is a right by name: "app.action", as Django's
// "app_label.codename".
type Permission string

// MaxPermissionLen is the longest permission name, in bytes.
const MaxPermissionLen = 150

// The permissions of the service's own API. Migrations declare them.
const (
	ViewUser         Permission = "countersign.view_user"
	AddUser          Permission = "countersign.add_user"
	ChangeUser       Permission = "countersign.change_user"
	DeleteUser       Permission = "countersign.delete_user"
	ViewRole         Permission = "countersign.view_role"
	AddRole          Permission = "countersign.add_role"
	ChangeRole       Permission = "countersign.change_role"
	DeleteRole       Permission = "countersign.delete_role"
	ViewPermission   Permission = "countersign.view_permission"
	AddPermission    Permission = "countersign.add_permission"
	ChangePermission Permission = "countersign.change_permission"
	DeletePermission Permission = "countersign.delete_permission"
	ViewSession      Permission = "countersign.view_session"
	EndSession       Permission = "countersign.end_session"
	ViewKey          Permission = "countersign.view_key"
	RotateKey        Permission = "countersign.rotate_key"
	ViewEvent        Permission = "countersign.view_event"
)

// ErrPermissionName is returned for a name that is no permission's.
var ErrPermissionName = fault.New(fault.Invalid, "permission_name_invalid",
	"A permission is named app.action: letters, digits, '_' and '-' around one dot, at most 150 characters.")

var permissionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,100}$`)

// ParsePermission returns the permission of that name. It returns
// ErrPermissionName for a name with spaces, wildcards, or anything else that is
// not "app.action".
func ParsePermission(name string) (Permission, error) {
	if len(name) > MaxPermissionLen || !permissionName.MatchString(name) {
		return "", ErrPermissionName
	}
	return Permission(name), nil
}
