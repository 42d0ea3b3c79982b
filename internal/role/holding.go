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

// errNothing ends a transaction that has nothing to keep.
var errNothing = errors.New("nothing changed")

// change is what a change of what somebody holds did.
type change struct {
	made   bool
	detail map[string]any // more for its event
}

var nothing change

// given is the detail of something that was not held.
func given(until time.Time) map[string]any {
	if until.IsZero() {
		return nil
	}
	return map[string]any{"until": until}
}

// prolonged is the detail of something that was held until another time.
func prolonged(before, after time.Time) map[string]any {
	return map[string]any{"before": map[string]any{"until": orNil(before)}, "after": map[string]any{"until": orNil(after)}}
}

// orNil is a time as events have it.
func orNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// changeHolder runs one change of what the subject of an event holds and, if it
// changed anything, records it with its cut-off. The new rights version holds the
// account's row, which whatever gives it more takes too: what the caller has to be
// over is then all that it holds.
func (s *Service) changeHolder(ctx context.Context, who access.Caller, e event.Event, run func(Store) (change, error)) error {
	of := ident.UserID(e.Subject.ID)
	err := s.InTx(ctx, func(tx Store) error {
		least, err := tx.RaiseRightsVersion(ctx, of)
		if err != nil {
			return err
		}
		rights, err := tx.Rights(ctx, of, e.At)
		if err != nil {
			return err
		}
		if err := who.RequireOver(of, rights); err != nil {
			return err
		}
		done, err := run(tx)
		if err == nil && !done.made {
			return errNothing
		}
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, e.With(done.detail).Revoking(s.stale(of, least, e.At)))
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
