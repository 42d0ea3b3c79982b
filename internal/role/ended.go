package role

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
)

// RemoveEnded forgets roles and grants of accounts that ended until a time, at most
// limit of each, and records each of them. It returns how many there were of the
// more frequent kind: less than limit when none is left. The service itself calls it
// now and then; what has ended counts for nothing before. Tokens never outlive what
// they carry, so there is nothing to cut off.
func (s *Service) RemoveEnded(ctx context.Context, before time.Time, limit int) (int64, error) {
	var found int
	err := s.InTx(ctx, func(tx Store) error {
		roles, err := tx.EndedRoles(ctx, before, limit)
		if err != nil {
			return err
		}
		for _, a := range roles {
			if err := s.removeEndedRole(ctx, tx, a); err != nil {
				return err
			}
		}
		grants, err := tx.EndedGrants(ctx, before, limit)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if err := s.removeEndedGrant(ctx, tx, g); err != nil {
				return err
			}
		}
		found = max(len(roles), len(grants))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("remove what ended: %w", err)
	}
	return int64(found), nil
}

func (s *Service) removeEndedRole(ctx context.Context, tx Store, a Assignment) error {
	removed, err := tx.RemoveEndedRole(ctx, a)
	if err != nil || !removed {
		return err
	}
	r, err := tx.Role(ctx, a.Role)
	if err != nil && !errors.Is(err, ErrNotFound) { // deleted meanwhile
		return err
	}
	return tx.AppendEvent(ctx, event.New(access.Command("countersign"), s.Now(), event.UserRoleEnded, event.User(a.To, "")).
		With(map[string]any{"role": r.Name, "role_id": a.Role, "until": a.Until}))
}

func (s *Service) removeEndedGrant(ctx context.Context, tx Store, g Grant) error {
	removed, err := tx.RemoveEndedGrant(ctx, g)
	if err != nil || !removed {
		return err
	}
	return tx.AppendEvent(ctx, event.New(access.Command("countersign"), s.Now(), event.UserPermEnded, event.User(g.To, "")).
		With(map[string]any{"permission": g.Permission, "until": g.Until}))
}
