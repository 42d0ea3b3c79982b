package role

import (
	"context"

	"github.com/countersign/countersign/internal/ident"
)

// IfVersion returns the same service for a change of what was seen: Update, Delete,
// DeleteInUse, GrantToRole, RevokeFromRole, Include and Exclude happen only while the
// role that they change has one of these versions (Role.Version), and return ErrVersion
// otherwise, as for none. Who may not do it learns nothing of versions.
func (s *Service) IfVersion(versions ...int64) *Service {
	conditional := *s
	conditional.versions = append([]int64{}, versions...) // not nil, which is no condition
	return &conditional
}

// asSeen takes the role's row, in the transaction that changes it, and returns
// ErrVersion when it is not what was seen. A transaction that needs the access version
// holds that before.
func (s *Service) asSeen(ctx context.Context, tx Store, id ident.RoleID) error {
	if s.versions == nil {
		return nil
	}
	taken, err := tx.TakeRoleVersion(ctx, id, s.versions)
	if err == nil && !taken {
		return ErrVersion
	}
	return err
}

// unchanged is the answer to a change that changes nothing: asSeen alone.
func (s *Service) unchanged(ctx context.Context, id ident.RoleID) error {
	if s.versions == nil {
		return nil
	}
	return s.InTx(ctx, func(tx Store) error { return s.asSeen(ctx, tx, id) })
}
