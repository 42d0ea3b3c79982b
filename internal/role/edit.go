package role

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/verify"
)

// Delete deletes a role that nobody has and no role includes. It needs
// access.DeleteRole and everything that the role gives. ErrNotFound, ErrInUse,
// ErrVersion.
func (s *Service) Delete(ctx context.Context, who access.Caller, id ident.RoleID) error {
	return s.remove(ctx, who, id, s.unused)
}

// DeleteInUse deletes a role and takes it from everybody who has it and every role
// that includes it. It needs what Delete needs.
func (s *Service) DeleteInUse(ctx context.Context, who access.Caller, id ident.RoleID) error {
	return s.remove(ctx, who, id, func(context.Context, Store, access.Caller, ident.RoleID) error { return nil })
}

// remove deletes a role unless may refuses.
func (s *Service) remove(ctx context.Context, who access.Caller, id ident.RoleID, may func(context.Context, Store, access.Caller, ident.RoleID) error) error {
	if _, err := s.editable(ctx, who, access.DeleteRole, id); err != nil {
		return err
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Store) error {
		r, least, err := losing(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		if err := may(ctx, tx, who, id); err != nil {
			return err
		}
		if err := s.cutBelow(ctx, tx, taking{r, who, least, now}); err != nil {
			return err
		}
		g, err := inclusions(ctx, tx)
		if err != nil {
			return err
		}
		lost := g.without(func(e Inclusion) bool { return e.Role == id || e.Included == id })
		if err := tx.RemoveIncluded(ctx, sorted(lost)); err != nil {
			return err
		}
		if err := tx.DeleteRole(ctx, id); err != nil {
			return err
		}
		e := event.New(who, now, event.RoleDeleted, event.Role(id, r.Name)).
			With(map[string]any{"permissions": r.Permissions, "includes": r.includes()})
		return tx.AppendEvent(ctx, e.Revoking(s.loss(r.Name, least, now)))
	})
	if err != nil {
		return fmt.Errorf("delete role %s: %w", id, err)
	}
	return nil
}

// GrantToRole adds permissions to a role, all or none. It needs access.ChangeRole,
// everything that the role gives, and what is added, without an end. Adding twice is
// no error. ErrNotFound, ErrPermissionNotFound.
func (s *Service) GrantToRole(ctx context.Context, who access.Caller, id ident.RoleID, all ...access.Permission) error {
	r, err := s.editable(ctx, who, access.ChangeRole, id)
	if err != nil {
		return err
	}
	if err := who.RequireGives(all, forever); err != nil {
		return err
	}
	now := s.Now()
	err = s.InTx(ctx, func(tx Store) error {
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		for _, p := range all {
			added, err := tx.AddRolePermission(ctx, id, p)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
			e := event.New(who, now, event.RolePermGranted, event.Role(id, r.Name)).With(map[string]any{"permission": p})
			if err := tx.AppendEvent(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("grant %s to role %s: %w", all, id, err)
	}
	return nil
}

// RevokeFromRole takes a permission from a role. It needs access.ChangeRole and
// everything that the role gives. Taking twice is no error. What an included role
// gives stays.
func (s *Service) RevokeFromRole(ctx context.Context, who access.Caller, id ident.RoleID, p access.Permission) error {
	r, err := s.editable(ctx, who, access.ChangeRole, id)
	if err != nil {
		return err
	}
	if !slices.Contains(r.Permissions, p) {
		return s.unchanged(ctx, id)
	}
	now := s.Now()
	err = s.InTx(ctx, func(tx Store) error {
		r, least, err := losing(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		removed, err := tx.RemoveRolePermission(ctx, id, p)
		if err != nil || !removed {
			return err
		}
		e := event.New(who, now, event.RolePermRevoked, event.Role(id, r.Name)).With(map[string]any{"permission": p})
		return tx.AppendEvent(ctx, e.Revoking(s.loss(r.Name, least, now)))
	})
	if err != nil {
		return fmt.Errorf("revoke %s from role %s: %w", p, id, err)
	}
	return nil
}

// editable returns the role if the caller has the permission and holds everything
// that it gives, itself and by the roles that it includes.
func (s *Service) editable(ctx context.Context, who access.Caller, p access.Permission, id ident.RoleID) (Role, error) {
	if err := who.Require(p); err != nil {
		return Role{}, err
	}
	r, err := s.Store.Role(ctx, id)
	if err != nil {
		return Role{}, err
	}
	if !who.Rights.HoldsAll(r.Effective()) {
		return Role{}, access.ErrHoldsMore
	}
	return r, nil
}

// losing raises the access version for a role that is about to lose something,
// and returns the role as it is after that. The raised counter is held until the
// transaction ends, so losses wait for each other, and the name that is read is
// the one that the newest tokens list: a role that was renamed meanwhile is cut
// off by its new name.
func losing(ctx context.Context, tx Store, id ident.RoleID) (r Role, least int64, err error) {
	if least, err = tx.RaiseAccessVersion(ctx); err != nil {
		return Role{}, 0, err
	}
	r, err = tx.Role(ctx, id)
	return r, least, err
}

// loss is the cut-off for tokens that list the name of a role that loses
// something. Tokens list included roles too, so it reaches whoever has a role that
// includes this one, and one is enough however many those are. Of a bound role see
// cutBelow.
func (s *Service) loss(name string, least int64, at time.Time) verify.Cutoff {
	return verify.Cutoff{
		Kind: verify.CutoffRole, ID: name, Min: least, Until: at.Add(s.Horizon), Reason: verify.ReasonRolesChanged,
	}
}
