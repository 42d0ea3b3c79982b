package role

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

// Change is what to change of a role; nil leaves a field alone.
type Change struct {
	Name        *string
	Description *string
	Audience    *string // "" binds it to none
}

// Update changes name, description and audience. It needs access.ChangeRole and
// everything that the role gives. A new name cuts off tokens that list the old one, and
// another audience those that list the role.
// ErrNotFound, ErrName, ErrDescription, ErrNameTaken, ErrNameAlike,
// access.ErrAudienceUnknown for another audience than it has, ErrVersion.
func (s *Service) Update(ctx context.Context, who access.Caller, id ident.RoleID, c Change) (Role, error) {
	before, err := s.editable(ctx, who, access.ChangeRole, id)
	if err != nil {
		return Role{}, err
	}
	r := c.apply(before)
	if err := r.check(); err != nil {
		return Role{}, err
	}
	if r.Audience != before.Audience {
		if err := s.checkAudience(r.Audience); err != nil {
			return Role{}, err
		}
	}
	if same(r, before) {
		return r, s.unchanged(ctx, id)
	}
	err = s.InTx(ctx, func(tx Store) error {
		r, err = s.update(ctx, tx, edit{id: id, who: who, change: c, at: s.Now()})
		return err
	})
	if err != nil {
		return Role{}, fmt.Errorf("update role %s: %w", id, err)
	}
	return r, nil
}

// edit is one call of Update.
type edit struct {
	id     ident.RoleID
	who    access.Caller
	change Change
	at     time.Time
}

// update is Update in its transaction. It holds the access version, so nobody renames
// the role or binds it otherwise meanwhile.
func (s *Service) update(ctx context.Context, tx Store, e edit) (Role, error) {
	if err := tx.HoldAccessVersion(ctx); err != nil {
		return Role{}, err
	}
	if err := s.asSeen(ctx, tx, e.id); err != nil {
		return Role{}, err
	}
	before, err := tx.Role(ctx, e.id)
	if err != nil {
		return Role{}, err
	}
	r := e.change.apply(before)
	if same(r, before) {
		return r, nil // somebody else did it meanwhile
	}
	if r.Name != before.Name {
		if err := unlike(ctx, tx, e.id, r.Name); err != nil {
			return Role{}, err
		}
	}
	record := event.New(e.who, e.at, event.RoleUpdated, event.Role(e.id, r.Name)).
		With(map[string]any{"before": before.profile(), "after": r.profile()})
	if r.Name != before.Name || r.Audience != before.Audience {
		least, err := tx.RaiseAccessVersion(ctx)
		if err != nil {
			return Role{}, err
		}
		record = record.Revoking(s.loss(before.Name, least, e.at))
		if r.Audience != before.Audience {
			if err := s.cutBelow(ctx, tx, taking{before, e.who, least, e.at}); err != nil {
				return Role{}, err
			}
		}
	}
	if err := tx.UpdateRole(ctx, r); err != nil {
		return Role{}, err
	}
	if err := tx.AppendEvent(ctx, record); err != nil {
		return Role{}, err
	}
	return tx.Role(ctx, e.id)
}

// profile is what of a role is recorded when it changes.
func (r Role) profile() map[string]any {
	return map[string]any{"name": r.Name, "description": r.Description, "audience": r.Audience}
}

// apply returns the role with the change made.
func (c Change) apply(r Role) Role {
	if c.Name != nil {
		r.Name = normalise(*c.Name)
	}
	if c.Description != nil {
		r.Description = strings.TrimSpace(*c.Description)
	}
	if c.Audience != nil {
		r.Audience = *c.Audience
	}
	return r
}

// same reports whether a change would change nothing.
func same(a, b Role) bool {
	return a.Name == b.Name && a.Description == b.Description && a.Audience == b.Audience
}
