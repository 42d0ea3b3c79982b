package account

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
)

// MaxBulk is how many accounts one request acts on at most.
const MaxBulk = 200

// BulkAction is what can be done to many accounts at once.
type BulkAction string

// The actions. Each does to every account what the use case of one does.
const (
	BulkDisable     BulkAction = "disable"
	BulkEnable      BulkAction = "enable"
	BulkDelete      BulkAction = "delete"
	BulkEndSessions BulkAction = "end_sessions"
	BulkAssignRole  BulkAction = "assign_role"
	BulkRemoveRole  BulkAction = "remove_role"
)

// needs is the permission without which an action is refused for everybody.
func (a BulkAction) needs() (access.Permission, bool) {
	switch a {
	case BulkDisable, BulkEnable, BulkAssignRole, BulkRemoveRole:
		return access.ChangeUser, true
	case BulkDelete:
		return access.DeleteUser, true
	case BulkEndSessions:
		return access.EndSession, true
	}
	return "", false
}

// ofRole reports whether the action is about a role.
func (a BulkAction) ofRole() bool { return a == BulkAssignRole || a == BulkRemoveRole }

// The refusals of a whole request.
var (
	ErrBulkAction = fault.New(fault.Invalid, "bulk_action_unknown", "This is nothing that can be done to several users.")
	ErrBulkNobody = fault.New(fault.Invalid, "bulk_nobody", "Nobody was chosen.")
	ErrBulkMany   = fault.New(fault.Invalid, "bulk_too_many", "At most 200 users are changed at once.")
	ErrBulkRole   = fault.New(fault.Invalid, "bulk_role", "A role is named for giving or taking one, and for nothing else.")
)

// Bulk acts on many accounts.
type Bulk struct {
	Accounts *Service
	Roles    *role.Service
	Sessions *session.Service
}

// BulkRequest is one action and whom it is for.
type BulkRequest struct {
	Action BulkAction
	IDs    []ident.UserID // at most MaxBulk; one that comes again counts once
	Role   ident.RoleID   // of the actions about a role
}

// BulkResult is what became of one account.
type BulkResult struct {
	ID      ident.UserID
	Already bool  // disabled, or enabled, before: nothing was changed
	Err     error // why it stayed as it was: a fault; nil when it is done
}

// Do does one thing to each of the accounts, in their order, each decided and done by
// itself: what is refused for one leaves the others alone. access.ErrForbidden and the
// faults ErrBulk… refuse it for all before anything is done. Another error is a failure
// in between: what is done stays done, and doing it again is safe.
func (b *Bulk) Do(ctx context.Context, who access.Caller, r BulkRequest) ([]BulkResult, error) {
	needs, known := r.Action.needs()
	if !known {
		needs = access.ChangeUser // who may do nothing of it is told nothing else
	}
	if err := who.Require(needs); err != nil {
		return nil, err
	}
	switch {
	case !known:
		return nil, ErrBulkAction
	case r.Action.ofRole() != (r.Role != ""):
		return nil, ErrBulkRole
	case len(r.IDs) == 0:
		return nil, ErrBulkNobody
	case len(r.IDs) > MaxBulk:
		return nil, ErrBulkMany
	}
	results := make([]BulkResult, 0, len(r.IDs))
	seen := make(map[ident.UserID]bool, len(r.IDs))
	for _, id := range r.IDs {
		if seen[id] {
			continue
		}
		seen[id] = true
		changed, err := b.one(ctx, who, r, id)
		switch fault.KindOf(err) {
		case fault.Internal, fault.Unavailable:
			if err != nil {
				return results, fmt.Errorf("%s for user %s, after %d: %w", r.Action, id, len(results), err)
			}
		}
		results = append(results, BulkResult{ID: id, Already: err == nil && !changed, Err: err})
	}
	return results, nil
}

// one does it to one account, and reports whether that changed anything.
func (b *Bulk) one(ctx context.Context, who access.Caller, r BulkRequest, id ident.UserID) (bool, error) {
	switch r.Action {
	case BulkDisable:
		return b.Accounts.disable(ctx, who, id)
	case BulkEnable:
		return b.Accounts.enable(ctx, who, id)
	case BulkDelete:
		return true, b.Accounts.Delete(ctx, who, id)
	case BulkEndSessions:
		return true, b.Sessions.EndAll(ctx, who, id)
	case BulkAssignRole:
		return true, b.Roles.Assign(ctx, who, role.Assignment{To: id, Role: r.Role})
	case BulkRemoveRole:
		return true, b.Roles.Unassign(ctx, who, id, r.Role)
	}
	return false, ErrBulkAction
}
