package role

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
)

// Store is what this package needs kept.
type Store interface {
	event.Appender
	Uses

	// InsertRole keeps a role with its permissions. It returns ErrNameTaken, or
	// ErrPermissionNotFound when one of them is not declared.
	InsertRole(ctx context.Context, r Role) error

	// Role and RoleByName return ErrNotFound when there is no such role.
	Role(ctx context.Context, id ident.RoleID) (Role, error)
	RoleByName(ctx context.Context, name string) (Role, error)

	// Roles is a page of the roles, newest first, with their permissions. A
	// search matches a part of the name, literally and without regard to case.
	Roles(ctx context.Context, search string, r page.Request) (page.Page[Role], error)

	// UpdateRole writes name, description and audience. It returns ErrNotFound or
	// ErrNameTaken. As every change of what a role is itself, it raises the version.
	UpdateRole(ctx context.Context, r Role) error

	// TakeRoleVersion takes the role's row until the transaction ends, only while it
	// has one of these versions, and reports whether it did. ErrNotFound.
	TakeRoleVersion(ctx context.Context, id ident.RoleID, versions []int64) (bool, error)

	// DeleteRole removes the role from everybody and everything, and raises the
	// versions of the roles that included it directly. What other roles
	// included by it alone goes by RemoveIncluded. ErrNotFound.
	DeleteRole(ctx context.Context, id ident.RoleID) error

	// RoleNames returns all roles.
	RoleNames(ctx context.Context) ([]Ref, error)

	// RoleUse returns who has the role, where that has not ended at a moment, and
	// which roles include it, at most limit of each.
	RoleUse(ctx context.Context, id ident.RoleID, at time.Time, limit int) (Use, error)

	// Inclusions returns the direct inclusions of all roles.
	Inclusions(ctx context.Context) ([]Inclusion, error)

	// AddInclusion keeps a direct inclusion that was not there, and what becomes
	// included by it, directly or by others. It returns ErrNotFound when one of the
	// roles was deleted.
	AddInclusion(ctx context.Context, e Inclusion, gained []Inclusion) error

	// RemoveInclusion removes a direct inclusion. What is not included any more
	// without it goes by RemoveIncluded.
	RemoveInclusion(ctx context.Context, e Inclusion) error

	// RemoveIncluded removes what is not included any more, directly or by others.
	RemoveIncluded(ctx context.Context, lost []Inclusion) error

	// AddRolePermission reports whether it added anything: false when the role
	// had it. ErrNotFound, ErrPermissionNotFound.
	AddRolePermission(ctx context.Context, id ident.RoleID, p access.Permission) (bool, error)

	// RemoveRolePermission reports whether it removed anything.
	RemoveRolePermission(ctx context.Context, id ident.RoleID, p access.Permission) (bool, error)

	// InsertPermission returns ErrPermissionExists.
	InsertPermission(ctx context.Context, p Permission) error

	// Permission returns ErrPermissionNotFound.
	Permission(ctx context.Context, name access.Permission) (Permission, error)

	// Permissions is a page of the declared permissions, newest first (those of
	// the service itself are the oldest).
	Permissions(ctx context.Context, search string, r page.Request) (page.Page[Permission], error)

	// UpdatePermission writes the description. ErrPermissionNotFound.
	UpdatePermission(ctx context.Context, p Permission) error

	// DeletePermission takes the permission from every role, whose version it raises,
	// and user and forgets it. ErrPermissionNotFound.
	DeletePermission(ctx context.Context, name access.Permission) error

	// RolesWithPermission returns the roles that hold a permission themselves, and
	// UsersWithPermission the accounts that were granted it, ended or not.
	RolesWithPermission(ctx context.Context, p access.Permission) ([]ident.RoleID, error)
	UsersWithPermission(ctx context.Context, p access.Permission) ([]ident.UserID, error)

	// AssignRole and RemoveRole report whether they changed anything. An assignment
	// that is there, ended or not, is given the end; zero is none. AssignRole
	// returns ErrNotFound when the role, or user.ErrNotFound's code when the
	// account, does not exist.
	AssignRole(ctx context.Context, to ident.UserID, id ident.RoleID, until time.Time) (bool, error)
	RemoveRole(ctx context.Context, from ident.UserID, id ident.RoleID) (bool, error)

	// GrantPermission and RevokePermission are the same for direct grants.
	GrantPermission(ctx context.Context, to ident.UserID, p access.Permission, until time.Time) (bool, error)
	RevokePermission(ctx context.Context, from ident.UserID, p access.Permission) (bool, error)

	// EndedRoles and EndedGrants return what ended until a time and is still kept,
	// the earliest first, at most limit.
	EndedRoles(ctx context.Context, before time.Time, limit int) ([]Assignment, error)
	EndedGrants(ctx context.Context, before time.Time, limit int) ([]Grant, error)

	// RemoveEndedRole and RemoveEndedGrant report whether they removed what has
	// that end: false when it was taken or given another end meanwhile.
	RemoveEndedRole(ctx context.Context, a Assignment) (bool, error)
	RemoveEndedGrant(ctx context.Context, g Grant) (bool, error)

	// UserRoles returns the roles that an account was given and that have not ended
	// at a moment, by name.
	UserRoles(ctx context.Context, of ident.UserID, at time.Time) ([]Held, error)

	// UserPermissions returns what is granted to the account directly and has not
	// ended at a moment, sorted.
	UserPermissions(ctx context.Context, of ident.UserID, at time.Time) ([]access.Grant, error)

	// Holding returns what the account holds at a moment and where it comes from,
	// without what has ended. It returns user.ErrNotFound's code.
	Holding(ctx context.Context, of ident.UserID, at time.Time) (access.Holding, error)

	// Declared returns those of the names that are declared, in any order.
	Declared(ctx context.Context, names []access.Permission) ([]access.Permission, error)

	// PermissionNames returns the declared names after one, in the order of their
	// bytes, at most limit.
	PermissionNames(ctx context.Context, after access.Permission, limit int) ([]access.Permission, error)

	// Rights, RaiseRightsVersion: see user.Store.
	Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error)
	RaiseRightsVersion(ctx context.Context, id ident.UserID) (int64, error)

	// AccessVersion returns the version of the access model, and
	// RaiseAccessVersion adds one to it and returns the new one. Transactions that
	// raise it, or hold it as it is, wait for each other.
	AccessVersion(ctx context.Context) (int64, error)
	RaiseAccessVersion(ctx context.Context) (int64, error)
	HoldAccessVersion(ctx context.Context) error
}
