package account

import (
	"context"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// IfVersion returns the same service for a change of what was seen: Update, Disable,
// Enable, SetPassword and Delete happen only while the account has one of these
// versions (user.User.Version), and return user.ErrVersion otherwise, as for none.
// Who may not do it learns nothing of versions.
func (s *Service) IfVersion(versions ...int64) *Service {
	conditional := *s
	conditional.versions = append([]int64{}, versions...) // not nil, which is no condition
	return &conditional
}

// asSeen takes the account's row, in the transaction that changes it, and returns
// user.ErrVersion when it is not what was seen.
func (s *Service) asSeen(ctx context.Context, tx Store, id ident.UserID) error {
	if s.versions == nil {
		return nil
	}
	taken, err := tx.TakeVersion(ctx, id, s.versions)
	if err == nil && !taken {
		return user.ErrVersion
	}
	return err
}
