package httpapi

import (
	"context"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

type bulkUsersRequest struct {
	Action string   `json:"action" enum:"disable,enable,delete,end_sessions,assign_role,remove_role" example:"disable"`
	IDs    []string `json:"ids" nullable:"false" minItems:"1" maxItems:"200" doc:"The ids of the users; one that comes again counts once." example:"[\"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11\"]"`
	RoleID string   `json:"role_id,omitempty" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" doc:"For assign_role and remove_role, and for nothing else." example:"0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10"`
}

type bulkUsersResponse struct {
	Results []bulkResult `json:"results" nullable:"false" doc:"One for each user, in the order of the request."`
}

// bulkResult is what became of one of many.
type bulkResult struct {
	ID     string `json:"id" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	OK     bool   `json:"ok" doc:"It is done, or was so before." example:"false"`
	Code   string `json:"code,omitempty" doc:"Why it is not done: the code that the operation on one user answers with." example:"last_superuser"`
	Detail string `json:"detail,omitempty" doc:"The same in words." example:"The last active superuser stays one."`
}

func bulkResultOf(r account.BulkResult) bulkResult {
	out := bulkResult{ID: string(r.ID), OK: r.Err == nil}
	if f := fault.Of(r.Err); f != nil {
		out.Code, out.Detail = f.Code, f.Public
	}
	return out
}

func (a *API) bulkUsers(ctx context.Context, who access.Caller, in *struct{ Body bulkUsersRequest }) (*body[bulkUsersResponse], error) {
	ids := make([]ident.UserID, len(in.Body.IDs))
	for i, id := range in.Body.IDs {
		ids[i] = ident.UserID(id)
	}
	bulk := account.Bulk{Accounts: a.Accounts, Roles: a.Roles, Sessions: a.Sessions}
	results, err := bulk.Do(ctx, who, account.BulkRequest{
		Action: account.BulkAction(in.Body.Action), IDs: ids, Role: ident.RoleID(in.Body.RoleID),
	})
	if err != nil {
		return nil, err
	}
	return &body[bulkUsersResponse]{Body: bulkUsersResponse{Results: whole(results, bulkResultOf).Body.Items}}, nil
}
