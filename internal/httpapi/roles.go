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

// roleResponse is a role with what it gives.
type roleResponse struct {
	ID          string    `json:"id" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10"`
	Name        string    `json:"name" example:"editor"`
	Description string    `json:"description" example:"Writes and publishes."`
	Permissions []string  `json:"permissions" nullable:"false" doc:"Sorted." example:"[\"blog.publish_post\"]"`
	CreatedAt   time.Time `json:"created_at" example:"2026-01-31T12:00:00Z"`
}

func roleOf(r role.Role) roleResponse {
	return roleResponse{
		ID: string(r.ID), Name: r.Name, Description: r.Description,
		Permissions: permissionNames(r.Permissions), CreatedAt: moment(r.CreatedAt),
	}
}

type listRolesInput struct {
	Paging
	Search string `query:"search" maxLength:"150" doc:"A part of the name, in any case."`
}

func (a *API) listRoles(ctx context.Context, who access.Caller, in *listRolesInput) (*body[list[roleResponse]], error) {
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
	Permissions []string `json:"permissions,omitempty" nullable:"false" maxItems:"500" doc:"Names of declared permissions." example:"[\"blog.publish_post\"]"`
}

func (a *API) createRole(ctx context.Context, who access.Caller, in *struct{ Body createRoleRequest }) (*created[roleResponse], error) {
	draft := role.Draft{Name: in.Body.Name, Description: in.Body.Description}
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
	return &created[roleResponse]{Location: prefix + "/roles/" + string(r.ID), Body: roleOf(r)}, nil
}

func (a *API) getRole(ctx context.Context, who access.Caller, in *ByID) (*body[roleResponse], error) {
	r, err := a.Roles.Role(ctx, who, ident.RoleID(in.ID))
	if err != nil {
		return nil, err
	}
	return &body[roleResponse]{Body: roleOf(r)}, nil
}

type updateRoleRequest struct {
	Name        *string `json:"name,omitempty" maxLength:"150" doc:"Printable, without spaces at its ends." example:"editor"`
	Description *string `json:"description,omitempty" maxLength:"255" example:"Writes and publishes."`
}

type updateRoleInput struct {
	ByID
	Body updateRoleRequest
}

func (a *API) updateRole(ctx context.Context, who access.Caller, in *updateRoleInput) (*body[roleResponse], error) {
	r, err := a.Roles.Update(ctx, who, ident.RoleID(in.ID), role.Change{Name: in.Body.Name, Description: in.Body.Description})
	if err != nil {
		return nil, err
	}
	return &body[roleResponse]{Body: roleOf(r)}, nil
}

func (a *API) deleteRole(ctx context.Context, who access.Caller, in *ByID) (*done, error) {
	return &done{}, a.Roles.Delete(ctx, who, ident.RoleID(in.ID))
}

func (a *API) grantRolePermission(ctx context.Context, who access.Caller, in *grantInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.GrantToRole(ctx, who, ident.RoleID(in.ID), p)
}

func (a *API) revokeRolePermission(ctx context.Context, who access.Caller, in *grantInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.RevokeFromRole(ctx, who, ident.RoleID(in.ID), p)
}
