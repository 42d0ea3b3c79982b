package role

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

// Include makes a role include another one: whoever has it then has the other one
// too, and what that includes. It needs access.ChangeRole and everything that both
// give, what the included one gives without an end. Including twice is no error. ErrNotFound, ErrCycle, ErrTooDeep, ErrTooMany,
// ErrTooWide.
func (s *Service) Include(ctx context.Context, who access.Caller, e Inclusion) error {
	if _, err := s.editable(ctx, who, access.ChangeRole, e.Role); err != nil {
		return err
	}
	if err := s.givable(ctx, s.Store, who, e.Included); err != nil {
		return err
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.HoldAccessVersion(ctx); err != nil {
			return err
		}
		if err := s.asSeen(ctx, tx, e.Role); err != nil {
			return err
		}
		g, err := inclusions(ctx, tx)
		if err != nil || g.has(e) {
			return err
		}
		gained, err := g.add(e)
		if err != nil {
			return err
		}
		if err := s.givable(ctx, tx, who, e.Included); err != nil {
			return err // it includes more by now
		}
		record, err := inclusionEvent(ctx, tx, e)
		if err != nil {
			return err
		}
		if err := tx.AddInclusion(ctx, e, sorted(gained)); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, record(who, now, event.RoleIncluded))
	})
	if err != nil {
		return fmt.Errorf("include role %s in role %s: %w", e.Included, e.Role, err)
	}
	return nil
}

// Exclude makes a role not include another one any more. It needs
// access.ChangeRole and everything that the role gives. Excluding twice is no
// error. Tokens that list the role are cut off.
func (s *Service) Exclude(ctx context.Context, who access.Caller, e Inclusion) error {
	if _, err := s.editable(ctx, who, access.ChangeRole, e.Role); err != nil {
		return err
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.HoldAccessVersion(ctx); err != nil {
			return err
		}
		if err := s.asSeen(ctx, tx, e.Role); err != nil {
			return err
		}
		g, err := inclusions(ctx, tx)
		if err != nil || !g.has(e) {
			return err
		}
		r, least, err := losing(ctx, tx, e.Role)
		if err != nil {
			return err
		}
		record, err := inclusionEvent(ctx, tx, e)
		if err != nil {
			return err
		}
		if err := s.cutBelow(ctx, tx, taking{r, who, least, now}); err != nil {
			return err
		}
		lost := g.without(func(other Inclusion) bool { return other == e })
		if err := tx.RemoveInclusion(ctx, e); err != nil {
			return err
		}
		if err := tx.RemoveIncluded(ctx, sorted(lost)); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, record(who, now, event.RoleExcluded).Revoking(s.loss(r.Name, least, now)))
	})
	if err != nil {
		return fmt.Errorf("exclude role %s from role %s: %w", e.Included, e.Role, err)
	}
	return nil
}

// givable refuses a caller who does not hold everything that a role gives without
// an end.
func (s *Service) givable(ctx context.Context, from Store, who access.Caller, id ident.RoleID) error {
	r, err := from.Role(ctx, id)
	if err != nil {
		return err
	}
	return who.RequireGives(r.Effective(), forever)
}

// inclusionEvent returns what makes the event of an edit of an inclusion, with the
// names that the two roles have now.
func inclusionEvent(ctx context.Context, tx Store, e Inclusion) (func(access.Caller, time.Time, event.Action) event.Event, error) {
	r, err := tx.Role(ctx, e.Role)
	if err != nil {
		return nil, err
	}
	other, err := tx.Role(ctx, e.Included)
	if err != nil {
		return nil, err
	}
	return func(who access.Caller, at time.Time, what event.Action) event.Event {
		return event.New(who, at, what, event.Role(e.Role, r.Name)).
			With(map[string]any{"role": other.Name, "role_id": e.Included})
	}, nil
}

// inclusions reads the direct inclusions of all roles.
func inclusions(ctx context.Context, from Store) (graph, error) {
	edges, err := from.Inclusions(ctx)
	return graphOf(edges), err
}

// sorted gives rows the order in which every transaction writes them.
func sorted(all []Inclusion) []Inclusion {
	slices.SortFunc(all, func(a, b Inclusion) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Included, b.Included))
	})
	return all
}
