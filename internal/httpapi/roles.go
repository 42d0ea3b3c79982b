package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

const rolesList = "roles"

var errUndeclared = fault.New(fault.Invalid, "permission_undeclared", "One of these permissions is not declared.")

// Role is a role with what it gives. It is exported for the reason that User is.
type Role struct {
	ID          string      `json:"id" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10"`
	Name        string      `json:"name" example:"editor"`
	Description string      `json:"description" example:"Writes and publishes."`
	Audience    string      `json:"audience" doc:"It counts in tokens for this audience alone; empty: in all." example:""`
	Permissions []string    `json:"permissions" nullable:"false" doc:"Its own, sorted." example:"[\"blog.publish_post\"]"`
	Includes    []namedRole `json:"includes" nullable:"false" doc:"The roles that it includes directly, by name."`
	Inherited   []string    `json:"inherited_permissions" nullable:"false" doc:"What the included roles give, and those that they include; sorted." example:"[\"blog.read_post\"]"`
	CreatedAt   time.Time   `json:"created_at" example:"2026-01-31T12:00:00Z"`
}

// namedRole names a role.
type namedRole struct {
	ID   string `json:"id" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d11"`
	Name string `json:"name" example:"reader"`
}

func namedRoleOf(r role.Ref) namedRole { return namedRole{ID: string(r.ID), Name: r.Name} }

func roleOf(r role.Role) Role {
	return Role{
		ID: string(r.ID), Name: r.Name, Description: r.Description, Audience: r.Audience,
		Permissions: permissionNames(r.Permissions), Includes: each(r.Includes, namedRoleOf),
		Inherited: permissionNames(r.Inherited), CreatedAt: moment(r.CreatedAt),
	}
}

type listRolesInput struct {
	Paging
	Search string `query:"search" maxLength:"150" doc:"A part of the name, in any case."`
}

func (a *API) listRoles(ctx context.Context, who access.Caller, in *listRolesInput) (*body[list[Role]], error) {
	r, err := a.request(rolesList, in.Paging)
	if err != nil {
		return nil, err
	}
	found, err := a.Roles.Roles(ctx, who, in.Search, r)
	if err != nil {
		return nil, err
	}
	return listOf(a, rolesList, found, roleOf), nil
}

type createRoleRequest struct {
	Name        string   `json:"name" maxLength:"150" doc:"Printable, without spaces at its ends." example:"editor"`
	Description string   `json:"description,omitempty" maxLength:"255" example:"Writes and publishes."`
	Audience    string   `json:"audience,omitempty" maxLength:"255" doc:"One of the installation's: the role then counts in tokens for it alone. Empty: in all."`
	Permissions []string `json:"permissions,omitempty" nullable:"false" maxItems:"500" doc:"Names of declared permissions." example:"[\"blog.publish_post\"]"`
}

func (a *API) createRole(ctx context.Context, who access.Caller, in *struct{ Body createRoleRequest }) (*created[Role], error) {
	draft := role.Draft{Name: in.Body.Name, Description: in.Body.Description, Audience: in.Body.Audience}
	for _, name := range in.Body.Permissions {
		p, err := access.ParsePermission(name)
		if err != nil {
			return nil, access.ErrPermissionName.WithField("permissions", access.ErrPermissionName.Public)
		}
		draft.Permissions = append(draft.Permissions, p)
	}
	r, err := a.Roles.Create(ctx, who, draft)
	if errors.Is(err, role.ErrPermissionNotFound) {
		// 404 would speak of this path.
		return nil, errUndeclared.WithField("permissions", errUndeclared.Public)
	}
	if err != nil {
		return nil, err
	}
	return &created[Role]{Location: prefix + "/roles/" + string(r.ID), Body: roleOf(r)}, nil
}

func (a *API) getRole(ctx context.Context, who access.Caller, in *ByID) (*tagged[Role], error) {
	r, err := a.Roles.Role(ctx, who, ident.RoleID(in.ID))
	if err != nil {
		return nil, err
	}
	return &tagged[Role]{ETag: etag(r.Version), Body: roleOf(r)}, nil
}

type updateRoleRequest struct {
	Name        *string `json:"name,omitempty" maxLength:"150" doc:"Printable, without spaces at its ends." example:"editor"`
	Description *string `json:"description,omitempty" maxLength:"255" example:"Writes and publishes."`
	Audience    *string `json:"audience,omitempty" maxLength:"255" doc:"One of the installation's; empty binds it to none."`
}

type updateRoleInput struct {
	ByID
	Condition
	Body updateRoleRequest
}

func (a *API) updateRole(ctx context.Context, who access.Caller, in *updateRoleInput) (*tagged[Role], error) {
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	r, err := roles.Update(ctx, who, ident.RoleID(in.ID), role.Change{
		Name: in.Body.Name, Description: in.Body.Description, Audience: in.Body.Audience,
	})
	if err != nil {
		return nil, err
	}
	return &tagged[Role]{ETag: etag(r.Version), Body: roleOf(r)}, nil
}

type deleteRoleInput struct {
	ByID
	Condition
	InUse bool `query:"in_use" doc:"Also when somebody has the role or another role includes it: they lose it."`
}

func (a *API) deleteRole(ctx context.Context, who access.Caller, in *deleteRoleInput) (*done, error) {
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	if in.InUse {
		return &done{}, roles.DeleteInUse(ctx, who, ident.RoleID(in.ID))
	}
	return &done{}, roles.Delete(ctx, who, ident.RoleID(in.ID))
}

// inclusionInput names a role and one that it includes.
type inclusionInput struct {
	ByID
	Condition
	IncludedID string `path:"included_id" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d11"`
}

func (in *inclusionInput) inclusion() role.Inclusion {
	return role.Inclusion{Role: ident.RoleID(in.ID), Included: ident.RoleID(in.IncludedID)}
}

func (a *API) includeRole(ctx context.Context, who access.Caller, in *inclusionInput) (*done, error) {
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, roles.Include(ctx, who, in.inclusion())
}

func (a *API) excludeRole(ctx context.Context, who access.Caller, in *inclusionInput) (*done, error) {
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, roles.Exclude(ctx, who, in.inclusion())
}

// rolePermissionInput names a role and a permission of its own.
type rolePermissionInput struct {
	ByPermission
	Condition
}

func (a *API) grantRolePermission(ctx context.Context, who access.Caller, in *rolePermissionInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, roles.GrantToRole(ctx, who, ident.RoleID(in.ID), p)
}

func (a *API) revokeRolePermission(ctx context.Context, who access.Caller, in *rolePermissionInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	roles, err := a.roles(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, roles.RevokeFromRole(ctx, who, ident.RoleID(in.ID), p)
}
