package session

import (
	"context"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

// Owners returns the usernames of the accounts that sessions belong to, without those
// that are gone meanwhile. It needs access.ViewSession.
func (s *Service) Owners(ctx context.Context, who access.Caller, all []Session) (map[ident.UserID]string, error) {
	if err := who.Require(access.ViewSession); err != nil {
		return nil, err
	}
	ids := make([]ident.UserID, len(all))
	for i, each := range all {
		ids[i] = each.UserID
	}
	slices.Sort(ids)
	return s.Store.Usernames(ctx, slices.Compact(ids))
}
