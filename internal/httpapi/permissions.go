package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/role"
)

const permissionsList = "permissions"

// permissionResponse is a declared permission.
type permissionResponse struct {
	Name        string    `json:"name" example:"blog.publish_post"`
	Description string    `json:"description" example:"May publish a post."`
	CreatedAt   time.Time `json:"created_at" example:"2026-01-31T12:00:00Z"`
}

func permissionOf(p role.Permission) permissionResponse {
	return permissionResponse{Name: string(p.Name), Description: p.Description, CreatedAt: moment(p.CreatedAt)}
}

// permissionNames are permissions as the client sees them, never null.
func permissionNames(all []access.Permission) []string {
	names := make([]string, 0, len(all))
	for _, p := range all {
		names = append(names, string(p))
	}
	return names
}

// pathPermission is the permission that a parameter of the path names.
func pathPermission(parameter, name string) (access.Permission, error) {
	p, err := access.ParsePermission(name)
	if err != nil {
		return "", badParameter("path", parameter, access.ErrPermissionName)
	}
	return p, nil
}

type listPermissionsInput struct {
	Paging
	Search string `query:"search" maxLength:"150" doc:"A part of the name, in any case."`
}

func (a *API) listPermissions(ctx context.Context, who access.Caller, in *listPermissionsInput) (*body[list[permissionResponse]], error) {
	r, err := a.request(permissionsList, in.Paging)
	if err != nil {
		return nil, err
	}
	found, err := a.Roles.Permissions(ctx, who, in.Search, r)
	if err != nil {
		return nil, err
	}
	return listOf(a, permissionsList, found, permissionOf), nil
}

type createPermissionRequest struct {
	Name        string `json:"name" maxLength:"150" doc:"app.action" example:"blog.publish_post"`
	Description string `json:"description,omitempty" maxLength:"255" example:"May publish a post."`
}

func (a *API) createPermission(ctx context.Context, who access.Caller, in *struct{ Body createPermissionRequest }) (*created[permissionResponse], error) {
	p, err := a.Roles.CreatePermission(ctx, who, role.Permission{Name: access.Permission(in.Body.Name), Description: in.Body.Description})
	if err != nil {
		return nil, err
	}
	return &created[permissionResponse]{Location: prefix + "/permissions/" + string(p.Name), Body: permissionOf(p)}, nil
}

type byNameInput struct {
	Name string `path:"name" maxLength:"150" doc:"app.action" example:"blog.publish_post"`
}

func (a *API) getPermission(ctx context.Context, who access.Caller, in *byNameInput) (*body[permissionResponse], error) {
	name, err := pathPermission("name", in.Name)
	if err != nil {
		return nil, err
	}
	p, err := a.Roles.Permission(ctx, who, name)
	if err != nil {
		return nil, err
	}
	return &body[permissionResponse]{Body: permissionOf(p)}, nil
}

type updatePermissionRequest struct {
	Description string `json:"description" maxLength:"255" example:"May publish a post."`
}

type updatePermissionInput struct {
	Name string `path:"name" maxLength:"150" doc:"app.action" example:"blog.publish_post"`
	Body updatePermissionRequest
}

func (a *API) updatePermission(ctx context.Context, who access.Caller, in *updatePermissionInput) (*body[permissionResponse], error) {
	name, err := pathPermission("name", in.Name)
	if err != nil {
		return nil, err
	}
	p, err := a.Roles.UpdatePermission(ctx, who, name, in.Body.Description)
	if err != nil {
		return nil, err
	}
	return &body[permissionResponse]{Body: permissionOf(p)}, nil
}

func (a *API) deletePermission(ctx context.Context, who access.Caller, in *byNameInput) (*done, error) {
	name, err := pathPermission("name", in.Name)
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.DeletePermission(ctx, who, name)
}
