package role

import (
	"context"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

// forever is when what has no end ends.
var forever time.Time

// UserRoles returns the roles that an account was given and that have not ended, by
// name. It needs access.ViewUser, or to be that account.
func (s *Service) UserRoles(ctx context.Context, who access.Caller, of ident.UserID) ([]Held, error) {
	if err := s.mayView(ctx, who, of); err != nil {
		return nil, err
	}
	return s.Store.UserRoles(ctx, of, s.Now())
}

// UserPermissions returns what is granted to an account directly, sorted, and
// what it holds in all, without what has ended. It needs access.ViewUser, or to be
// that account.
func (s *Service) UserPermissions(ctx context.Context, who access.Caller, of ident.UserID) (direct []access.Grant, all access.Rights, err error) {
	if err := s.mayView(ctx, who, of); err != nil {
		return nil, access.Rights{}, err
	}
	now := s.Now()
	if all, err = s.Store.Rights(ctx, of, now); err != nil {
		return nil, access.Rights{}, err
	}
	direct, err = s.Store.UserPermissions(ctx, of, now)
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
	_, err := s.Store.Rights(ctx, of, s.Now())
	return err
}

// Assign gives a role to an account. It needs access.ChangeUser, everything that
// the account holds and everything that the role gives, itself and by included
// roles, for as long as it is given. Giving twice is no error; giving again with
// another end changes the end, and what has ended begins anew. ErrNotFound,
// access.ErrGivesLonger, access.ErrUntilPast, access.ErrUntilFar.
func (s *Service) Assign(ctx context.Context, who access.Caller, a Assignment) error {
	if err := s.mayChange(ctx, who, a.To); err != nil {
		return err
	}
	r, err := s.Store.Role(ctx, a.Role)
	if err != nil {
		return err
	}
	now := s.Now()
	until, err := access.CheckUntil(a.Until, now)
	if err != nil {
		return err
	}
	if err := who.RequireGives(r.Effective(), until); err != nil {
		return err
	}
	e := event.New(who, now, event.UserRoleAssigned, event.User(a.To, "")).
		With(map[string]any{"role": r.Name, "role_id": a.Role})
	return s.changeHolder(ctx, who, e, func(tx Store) (change, error) {
		held, err := tx.UserRoles(ctx, a.To, now)
		if err != nil {
			return nothing, err
		}
		changed, err := tx.AssignRole(ctx, a.To, a.Role, until)
		i := slices.IndexFunc(held, func(h Held) bool { return h.ID == a.Role })
		if i < 0 {
			return change{changed, given(until)}, err
		}
		return change{changed, prolonged(held[i].Until, until)}, err
	})
}

// Unassign takes a role from an account. It needs access.ChangeUser and
// everything that the account holds. Taking twice is no error. An assignment that
// has ended and was not removed yet is removed.
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
	return s.changeHolder(ctx, who, e, func(tx Store) (change, error) {
		removed, err := tx.RemoveRole(ctx, from, id)
		return change{removed, nil}, err
	})
}

// GrantToUser gives a permission to an account directly. It needs
// access.ChangeUser, everything that the account holds and the permission, for as
// long as it is given. Giving again does what Assign does.
func (s *Service) GrantToUser(ctx context.Context, who access.Caller, g Grant) error {
	if err := s.mayChange(ctx, who, g.To); err != nil {
		return err
	}
	now := s.Now()
	until, err := access.CheckUntil(g.Until, now)
	if err != nil {
		return err
	}
	if err := who.RequireGives([]access.Permission{g.Permission}, until); err != nil {
		return err
	}
	e := event.New(who, now, event.UserPermGranted, event.User(g.To, "")).
		With(map[string]any{"permission": g.Permission})
	return s.changeHolder(ctx, who, e, func(tx Store) (change, error) {
		held, err := tx.UserPermissions(ctx, g.To, now)
		if err != nil {
			return nothing, err
		}
		changed, err := tx.GrantPermission(ctx, g.To, g.Permission, until)
		i := slices.IndexFunc(held, func(h access.Grant) bool { return h.Permission == g.Permission })
		if i < 0 {
			return change{changed, given(until)}, err
		}
		return change{changed, prolonged(held[i].Until, until)}, err
	})
}

// RevokeFromUser takes a direct grant from an account. It needs access.ChangeUser
// and everything that the account holds. Of one that has ended it does what
// Unassign does.
func (s *Service) RevokeFromUser(ctx context.Context, who access.Caller, from ident.UserID, p access.Permission) error {
	if err := s.mayChange(ctx, who, from); err != nil {
		return err
	}
	e := event.New(who, s.Now(), event.UserPermRevoked, event.User(from, "")).
		With(map[string]any{"permission": p})
	return s.changeHolder(ctx, who, e, func(tx Store) (change, error) {
		removed, err := tx.RevokePermission(ctx, from, p)
		return change{removed, nil}, err
	})
}

func (s *Service) mayChange(ctx context.Context, who access.Caller, of ident.UserID) error {
	if err := who.Require(access.ChangeUser); err != nil {
		return err
	}
	rights, err := s.Store.Rights(ctx, of, s.Now())
	if err != nil {
		return err
	}
	return who.RequireOver(of, rights)
}
