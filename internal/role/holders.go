package role

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/verify"
)

// UserRoles returns the roles of an account, by name. It needs access.ViewUser,
// or to be that account.
func (s *Service) UserRoles(ctx context.Context, who access.Caller, of ident.UserID) ([]Role, error) {
	if err := s.mayView(ctx, who, of); err != nil {
		return nil, err
	}
	return s.Store.UserRoles(ctx, of)
}

// UserPermissions returns what is granted to an account directly, sorted, and
// what it holds in all. It needs access.ViewUser, or to be that account.
func (s *Service) UserPermissions(ctx context.Context, who access.Caller, of ident.UserID) (direct []access.Permission, all access.Rights, err error) {
	if err := s.mayView(ctx, who, of); err != nil {
		return nil, access.Rights{}, err
	}
	if all, err = s.Store.Rights(ctx, of); err != nil {
		return nil, access.Rights{}, err
	}
	direct, err = s.Store.UserPermissions(ctx, of)
	return direct, all, err
}

// mayView refuses whoever is neither the account nor may view accounts, and an
// account that does not exist.
func (s *Service) mayView(ctx context.Context, who access.Caller, of ident.UserID) error {
	if who.Kind != access.Person || who.UserID != of {
		if err := who.Require(access.ViewUser); err != nil {
			return err
		}
	}
	_, err := s.Store.Rights(ctx, of)
	return err
}

// Assign gives a role to an account. It needs access.ChangeUser, everything that
// the account holds and everything that the role gives, itself and by included roles. Giving twice is no error.
func (s *Service) Assign(ctx context.Context, who access.Caller, to ident.UserID, id ident.RoleID) error {
	if err := s.mayChange(ctx, who, to); err != nil {
		return err
	}
	r, err := s.Store.Role(ctx, id)
	if err != nil {
		return err
	}
	if err := who.RequireGives(r.Effective()); err != nil {
		return err
	}
	e := event.New(who, s.Now(), event.UserRoleAssigned, event.User(to, "")).
		With(map[string]any{"role": r.Name, "role_id": id})
	return s.changeHolder(ctx, who, e,
		func(tx Store) (bool, error) { return tx.AssignRole(ctx, to, id) })
}

// Unassign takes a role from an account. It needs access.ChangeUser and
// everything that the account holds. Taking twice is no error.
func (s *Service) Unassign(ctx context.Context, who access.Caller, from ident.UserID, id ident.RoleID) error {
	if err := s.mayChange(ctx, who, from); err != nil {
		return err
	}
	r, err := s.Store.Role(ctx, id)
	if err != nil {
		return err
	}
	e := event.New(who, s.Now(), event.UserRoleRemoved, event.User(from, "")).
		With(map[string]any{"role": r.Name, "role_id": id})
	return s.changeHolder(ctx, who, e,
		func(tx Store) (bool, error) { return tx.RemoveRole(ctx, from, id) })
}

// GrantToUser gives a permission to an account directly. It needs
// access.ChangeUser, everything that the account holds and the permission.
func (s *Service) GrantToUser(ctx context.Context, who access.Caller, to ident.UserID, p access.Permission) error {
	if err := s.mayChange(ctx, who, to); err != nil {
		return err
	}
	if err := who.RequireGives([]access.Permission{p}); err != nil {
		return err
	}
	e := event.New(who, s.Now(), event.UserPermGranted, event.User(to, "")).
		With(map[string]any{"permission": p})
	return s.changeHolder(ctx, who, e,
		func(tx Store) (bool, error) { return tx.GrantPermission(ctx, to, p) })
}

// RevokeFromUser takes a direct grant from an account. It needs access.ChangeUser
// and everything that the account holds.
func (s *Service) RevokeFromUser(ctx context.Context, who access.Caller, from ident.UserID, p access.Permission) error {
	if err := s.mayChange(ctx, who, from); err != nil {
		return err
	}
	e := event.New(who, s.Now(), event.UserPermRevoked, event.User(from, "")).
		With(map[string]any{"permission": p})
	return s.changeHolder(ctx, who, e,
		func(tx Store) (bool, error) { return tx.RevokePermission(ctx, from, p) })
}

func (s *Service) mayChange(ctx context.Context, who access.Caller, of ident.UserID) error {
	if err := who.Require(access.ChangeUser); err != nil {
		return err
	}
	rights, err := s.Store.Rights(ctx, of)
	if err != nil {
		return err
	}
	return who.RequireOver(of, rights)
}

// errNothing ends a transaction that has nothing to keep.
var errNothing = errors.New("nothing changed")

// changeHolder runs one change of what the subject of an event holds and, if it
// changed anything, records it with its cut-off. The new rights version holds the
// account's row, which whatever gives it more takes too: what the caller has to be
// over is then all that it holds.
func (s *Service) changeHolder(ctx context.Context, who access.Caller, e event.Event, change func(Store) (bool, error)) error {
	of := ident.UserID(e.Subject.ID)
	err := s.InTx(ctx, func(tx Store) error {
		least, err := tx.RaiseRightsVersion(ctx, of)
		if err != nil {
			return err
		}
		rights, err := tx.Rights(ctx, of)
		if err != nil {
			return err
		}
		if err := who.RequireOver(of, rights); err != nil {
			return err
		}
		changed, err := change(tx)
		if err == nil && !changed {
			return errNothing
		}
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, e.Revoking(s.stale(of, least, e.At)))
	})
	if err != nil && !errors.Is(err, errNothing) {
		return fmt.Errorf("%s, user %s: %w", e.Action, of, err)
	}
	return nil
}

// appendHolderChange writes the event of a change of what an account holds, with
// the cut-off that makes its tokens stale.
func (s *Service) appendHolderChange(ctx context.Context, tx Store, of ident.UserID, e event.Event) error {
	least, err := tx.RaiseRightsVersion(ctx, of)
	if err != nil {
		return err
	}
	return tx.AppendEvent(ctx, e.Revoking(s.stale(of, least, e.At)))
}

// stale is the cut-off that makes an account's tokens stale.
func (s *Service) stale(of ident.UserID, least int64, at time.Time) verify.Cutoff {
	return verify.Cutoff{
		Kind: verify.CutoffUser, ID: string(of), Min: least, Until: at.Add(s.Horizon), Reason: verify.ReasonRolesChanged,
	}
}
