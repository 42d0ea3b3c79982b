package role

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
)

// BuiltIn is the application name of the service's own permissions, which cannot
// be declared, changed or deleted.
const BuiltIn = "countersign."

// Permissions is a page of the declared permissions whose name has search as a
// part. It needs access.ViewPermission.
func (s *Service) Permissions(ctx context.Context, who access.Caller, search string, r page.Request) (page.Page[Permission], error) {
	if err := who.Require(access.ViewPermission); err != nil {
		return page.Page[Permission]{}, err
	}
	return s.Store.Permissions(ctx, search, r)
}

// Permission returns one permission, or ErrPermissionNotFound. It needs
// access.ViewPermission.
func (s *Service) Permission(ctx context.Context, who access.Caller, name access.Permission) (Permission, error) {
	if err := who.Require(access.ViewPermission); err != nil {
		return Permission{}, err
	}
	return s.Store.Permission(ctx, name)
}

// CreatePermission declares a permission. It needs access.AddPermission.
// ErrPermissionName, ErrDescription, ErrPermissionExists, ErrPermissionBuiltIn.
func (s *Service) CreatePermission(ctx context.Context, who access.Caller, p Permission) (Permission, error) {
	if err := who.Require(access.AddPermission); err != nil {
		return Permission{}, err
	}
	p.Description, p.CreatedAt = strings.TrimSpace(p.Description), s.Now()
	if _, err := access.ParsePermission(string(p.Name)); err != nil {
		return Permission{}, access.ErrPermissionName.WithField("name", access.ErrPermissionName.Public)
	}
	if err := checkDescription(p.Description); err != nil {
		return Permission{}, err
	}
	if strings.HasPrefix(string(p.Name), BuiltIn) {
		return Permission{}, ErrPermissionBuiltIn
	}
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.InsertPermission(ctx, p); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, p.CreatedAt, event.PermissionCreated, event.Permission(p.Name)))
	})
	if err != nil {
		return Permission{}, fmt.Errorf("create permission %s: %w", p.Name, err)
	}
	return p, nil
}

// UpdatePermission changes the description. It needs access.ChangePermission.
func (s *Service) UpdatePermission(ctx context.Context, who access.Caller, name access.Permission, description string) (Permission, error) {
	if err := who.Require(access.ChangePermission); err != nil {
		return Permission{}, err
	}
	before, err := s.changeable(ctx, name)
	if err != nil {
		return Permission{}, err
	}
	after := before
	after.Description = strings.TrimSpace(description)
	if err := checkDescription(after.Description); err != nil {
		return Permission{}, err
	}
	if after == before {
		return after, nil
	}
	now := s.Now()
	err = s.InTx(ctx, func(tx Store) error {
		if err := tx.UpdatePermission(ctx, after); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.PermissionUpdated, event.Permission(name)).
			With(map[string]any{"before": before.Description, "after": after.Description}))
	})
	if err != nil {
		return Permission{}, fmt.Errorf("update permission %s: %w", name, err)
	}
	return after, nil
}

// DeletePermission takes a permission from every role and account, and forgets
// it. It needs access.DeletePermission and the permission itself. A permission of
// the same name that is declared later starts with no holders.
func (s *Service) DeletePermission(ctx context.Context, who access.Caller, name access.Permission) error {
	if err := who.Require(access.DeletePermission); err != nil {
		return err
	}
	if _, err := s.changeable(ctx, name); err != nil {
		return err
	}
	if !who.Rights.Holds(name) {
		return access.ErrGivesMore
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Store) error {
		roles, err := tx.RolesWithPermission(ctx, name)
		if err != nil {
			return err
		}
		for _, id := range roles {
			r, least, err := losing(ctx, tx, id)
			if err != nil {
				return err
			}
			e := event.New(who, now, event.RolePermRevoked, event.Role(id, r.Name)).With(map[string]any{"permission": name})
			if err := tx.AppendEvent(ctx, e.Revoking(s.loss(r.Name, least, now))); err != nil {
				return err
			}
		}
		users, err := tx.UsersWithPermission(ctx, name)
		if err != nil {
			return err
		}
		for _, id := range users {
			e := event.New(who, now, event.UserPermRevoked, event.User(id, "")).With(map[string]any{"permission": name})
			if err := s.appendHolderChange(ctx, tx, id, e); err != nil {
				return err
			}
		}
		if err := tx.DeletePermission(ctx, name); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.PermissionDeleted, event.Permission(name)))
	})
	if err != nil {
		return fmt.Errorf("delete permission %s: %w", name, err)
	}
	return nil
}

// changeable returns a declared permission that is not the service's own.
func (s *Service) changeable(ctx context.Context, name access.Permission) (Permission, error) {
	if strings.HasPrefix(string(name), BuiltIn) {
		return Permission{}, ErrPermissionBuiltIn
	}
	return s.Store.Permission(ctx, name)
}
