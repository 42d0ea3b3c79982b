package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// ByPermission names a permission and what it is given to or taken from. It is
// exported for the reason that User is.
type ByPermission struct {
	ByID
	Permission string `path:"permission" maxLength:"150" doc:"app.action" example:"blog.publish_post"`
}

// permission refuses a name that is no permission's.
func (in *ByPermission) permission() (access.Permission, error) {
	return pathPermission("permission", in.Permission)
}

// heldRoleResponse is a role that a user was given.
type heldRoleResponse struct {
	Role
	Until *time.Time `json:"until" doc:"When it ends; null: never." example:"2026-12-31T18:00:00Z"`
}

func heldRoleOf(h role.Held) heldRoleResponse {
	return heldRoleResponse{Role: roleOf(h.Role), Until: momentOrNull(h.Until)}
}

func (a *API) listUserRoles(ctx context.Context, who access.Caller, in *ByID) (*body[list[heldRoleResponse]], error) {
	roles, err := a.Roles.UserRoles(ctx, who, ident.UserID(in.ID))
	if err != nil {
		return nil, err
	}
	return whole(roles, heldRoleOf), nil
}

// untilRequest says for how long something is given.
type untilRequest struct {
	Until *time.Time `json:"until,omitempty" nullable:"true" doc:"When it ends (RFC 3339), at most 100 years from now; for ever when null or left out." example:"2026-12-31T18:00:00Z"`
}

// until is the time of a body that may be left out; zero for ever.
func (r *untilRequest) until() time.Time {
	if r == nil || r.Until == nil {
		return time.Time{}
	}
	return *r.Until
}

// ByRole names a user and a role.
type ByRole struct {
	ByID
	RoleID string `path:"role_id" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10"`
}

type assignRoleInput struct {
	ByRole
	Body *untilRequest
}

// givenResponse says until when something was given, and what it makes of the user's
// tokens.
type givenResponse struct {
	Until *time.Time `json:"until" doc:"When it ends; null: never." example:"2026-12-31T18:00:00Z"`
	Token nextToken  `json:"token"`
}

// given is the answer to what was given to a user until a time.
func (a *API) given(ctx context.Context, who access.Caller, to ident.UserID, until time.Time) (*body[givenResponse], error) {
	size, err := a.SignIn.NextSize(ctx, who, to)
	if err != nil {
		return nil, err
	}
	answer := &body[givenResponse]{Body: givenResponse{Until: momentOrNull(until)}}
	if size != nil {
		answer.Body.Token.size = new(tokenSizeOf(*size))
	}
	return answer, nil
}

func (a *API) assignRole(ctx context.Context, who access.Caller, in *assignRoleInput) (*body[givenResponse], error) {
	to, until := ident.UserID(in.ID), in.Body.until()
	if err := a.Roles.Assign(ctx, who, role.Assignment{To: to, Role: ident.RoleID(in.RoleID), Until: until}); err != nil {
		return nil, err
	}
	return a.given(ctx, who, to, until)
}

func (a *API) unassignRole(ctx context.Context, who access.Caller, in *ByRole) (*done, error) {
	return &done{}, a.Roles.Unassign(ctx, who, ident.UserID(in.ID), ident.RoleID(in.RoleID))
}

type grantUserInput struct {
	ByPermission
	Body *untilRequest
}

func (a *API) grantUserPermission(ctx context.Context, who access.Caller, in *grantUserInput) (*body[givenResponse], error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	to, until := ident.UserID(in.ID), in.Body.until()
	if err := a.Roles.GrantToUser(ctx, who, role.Grant{To: to, Permission: p, Until: until}); err != nil {
		return nil, err
	}
	return a.given(ctx, who, to, until)
}

func (a *API) revokeUserPermission(ctx context.Context, who access.Caller, in *ByPermission) (*done, error) {
	p, err := in.permission()
	if err != nil {
		return nil, err
	}
	return &done{}, a.Roles.RevokeFromUser(ctx, who, ident.UserID(in.ID), p)
}
