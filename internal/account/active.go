package account

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// Disable keeps an account from signing in and ends what it has open. It needs
// access.ChangeUser and everything that the account holds. Disabling twice is no
// error and is recorded once. user.ErrLastSuperuser.
func (s *Service) Disable(ctx context.Context, who access.Caller, id ident.UserID) error {
	_, err := s.disable(ctx, who, id)
	return err
}

// disable reports whether it was this call that did it.
func (s *Service) disable(ctx context.Context, who access.Caller, id ident.UserID) (changed bool, err error) {
	u, err := s.over(ctx, who, access.ChangeUser, id)
	if err != nil {
		return false, err
	}
	e := event.New(who, s.Now(), event.UserDisabled, event.User(id, u.Username))
	err = s.InTx(ctx, func(tx Store) error {
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		changed, err = tx.SetActive(ctx, id, false)
		if err != nil || !changed {
			return err
		}
		rights, err := s.stillOver(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if rights.Superuser {
			if err := user.MayGo(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.cut(ctx, tx, e, id, session.UserDisabled)
	})
	if err != nil {
		return false, fmt.Errorf("disable user %s: %w", id, err)
	}
	return changed, nil
}

// Enable lets a disabled account sign in again. What was ended stays ended. It
// needs what Disable needs.
func (s *Service) Enable(ctx context.Context, who access.Caller, id ident.UserID) error {
	_, err := s.enable(ctx, who, id)
	return err
}

// enable reports whether it was this call that did it.
func (s *Service) enable(ctx context.Context, who access.Caller, id ident.UserID) (changed bool, err error) {
	u, err := s.over(ctx, who, access.ChangeUser, id)
	if err != nil {
		return false, err
	}
	e := event.New(who, s.Now(), event.UserEnabled, event.User(id, u.Username))
	err = s.InTx(ctx, func(tx Store) error {
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		changed, err = tx.SetActive(ctx, id, true)
		if err != nil || !changed {
			return err
		}
		if _, err := s.stillOver(ctx, tx, who, id); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, e)
	})
	if err != nil {
		return false, fmt.Errorf("enable user %s: %w", id, err)
	}
	return changed, nil
}
