package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

const userPermissionsList = "user_permissions"

var errAskedTwice = fault.New(fault.Invalid, "permission_asked_twice", "Name one permission or a list, not both.")

type authorizeRequest struct {
	Subject     string   `json:"subject,omitempty" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" doc:"The id of the user; yourself when left out." example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	Permission  string   `json:"permission,omitempty" maxLength:"150" doc:"app.action; this or permissions." example:"blog.publish_post"`
	Permissions []string `json:"permissions,omitempty" nullable:"false" maxItems:"100" doc:"At most 100." example:"[\"blog.publish_post\"]"`
}

// question is what the request asks. Names that are no permission's are refused.
func (r authorizeRequest) question() (role.Question, error) {
	q := role.Question{Subject: ident.UserID(r.Subject)}
	names, field := r.Permissions, "permissions"
	if r.Permission != "" {
		if r.Permissions != nil {
			return q, errAskedTwice.WithField("permission", errAskedTwice.Public)
		}
		names, field = []string{r.Permission}, "permission"
	}
	for _, name := range names {
		p, err := access.ParsePermission(name)
		if err != nil {
			return q, access.ErrPermissionName.WithField(field, access.ErrPermissionName.Public)
		}
		q.Permissions = append(q.Permissions, p)
	}
	return q, nil
}

// decision is the answer for one permission.
type decision struct {
	Permission string `json:"permission" example:"blog.publish_post"`
	Allowed    bool   `json:"allowed" example:"true"`
	Reason     string `json:"reason" enum:"held,superuser,not_held,unknown_permission,subject_disabled,unknown_subject" example:"held"`
}

func decisionOf(d access.Decision) decision {
	return decision{Permission: string(d.Permission), Allowed: d.Allowed, Reason: string(d.Reason)}
}

type authorizeResponse struct {
	Allowed   bool       `json:"allowed" doc:"Whether all of them are." example:"true"`
	Reason    string     `json:"reason" enum:"held,superuser,not_held,unknown_permission,subject_disabled,unknown_subject" doc:"That of the first that is not allowed, else of the first." example:"held"`
	Decisions []decision `json:"decisions" nullable:"false" doc:"One for each permission, in their order."`
}

func (a *API) authorize(ctx context.Context, who access.Caller, in *struct{ Body authorizeRequest }) (*body[authorizeResponse], error) {
	q, err := in.Body.question()
	if err != nil {
		return nil, err
	}
	all, err := a.Roles.Decide(ctx, who, q)
	if err != nil {
		return nil, err
	}
	allowed, why := access.Together(all)
	return &body[authorizeResponse]{Body: authorizeResponse{Allowed: allowed, Reason: string(why), Decisions: each(all, decisionOf)}}, nil
}

// explainedPermission is a permission that a user holds, and why.
type explainedPermission struct {
	Permission string `json:"permission" example:"blog.publish_post"`
	Paths      []path `json:"paths" nullable:"false" doc:"At most 20."`
	LeftOut    int    `json:"paths_left_out" doc:"How many more there are." example:"0"`
}

// path is one way by which a user holds a permission.
type path struct {
	Kind  string      `json:"kind" enum:"superuser,direct,role" example:"role"`
	Roles []namedRole `json:"roles" nullable:"false" doc:"From the role that the user was given, over those that it includes, to the one that has the permission. Empty for other kinds."`
	Until *time.Time  `json:"until" doc:"When what was given to the user ends; null: never." example:"2026-12-31T18:00:00Z"`
}

func pathOf(p access.Path) path {
	return path{Kind: string(p.Kind), Roles: each(p.Roles, func(r access.PathRole) namedRole {
		return namedRole{ID: string(r.ID), Name: r.Name}
	}), Until: momentOrNull(p.Until)}
}

func explainedOf(e access.Explained) explainedPermission {
	return explainedPermission{Permission: string(e.Permission), Paths: each(e.Paths, pathOf), LeftOut: e.LeftOut}
}

type listUserPermissionsInput struct {
	ByID
	Paging
}

func (a *API) listUserPermissions(ctx context.Context, who access.Caller, in *listUserPermissionsInput) (*body[list[explainedPermission]], error) {
	r, err := a.request(userPermissionsList, in.Paging)
	if err != nil {
		return nil, err
	}
	found, err := a.Roles.Explain(ctx, who, ident.UserID(in.ID), r)
	if err != nil {
		return nil, err
	}
	return listOf(a, userPermissionsList, found, explainedOf), nil
}
