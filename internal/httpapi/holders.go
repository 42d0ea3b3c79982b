package httpapi

import (
	"context"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

// grantInput names a permission and what it is given to or taken from.
type grantInput struct {
	ByID
	Permission string `path:"permission" maxLength:"150" doc:"app.action" example:"blog.publish_post"`
}

// permission refuses a name that is no permission's.
func (in *grantInput) permission() (access.Permission, error) {
	return pathPermission("permission", in.Permission)
}

func (a *API) listUserRoles(ctx context.Context, who access.Caller, in *ByID) (*body[list[roleResponse]], error) {
	roles, err := a.Roles.UserRoles(ctx, who, ident.UserID(in.ID))
	if err != nil {
		return nil, err
	}
	return whole(roles, roleOf), nil
}

type assignmentInput struct {
	ByID
	RoleID string `path:"role_id" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10"`
}

func (a *API) assignRole(ctx context.Context, who access.Caller, in *assignmentInput) (*done, error) {
	return &done{}, a.Roles.Assign(ctx, who, ident.UserID(in.ID), ident.RoleID(in.RoleID))
}

func (a *API) unassignRole(ctx context.Context, who access.Caller, in *assignmentInput) (*done, error) {
	return &done{}, a.Roles.Unassign(ctx, who, ident.UserID(in.ID), ident.RoleID(in.RoleID))
}

func (a *API) grantUserPermission(ctx context.Context, who access.Caller, in *grantInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.GrantToUser(ctx, who, ident.UserID(in.ID), p)
}

func (a *API) revokeUserPermission(ctx context.Context, who access.Caller, in *grantInput) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.RevokeFromUser(ctx, who, ident.UserID(in.ID), p)
}
