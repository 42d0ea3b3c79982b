package role

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
)

// checkAudience returns access.ErrAudienceUnknown for an audience that no role can be
// bound to. "" binds to none.
func (s *Service) checkAudience(name string) error {
	if name == "" {
		return nil
	}
	return access.CheckAudience(name, s.Audiences)
}

// taking is something that is being taken from a role.
type taking struct {
	from  Role // as it was
	who   access.Caller
	least int64 // the access version below which tokens are stale
	at    time.Time
}

// cutBelow records cut-offs for what a bound role includes, before it includes that no
// more or is bound otherwise. Tokens for other audiences list what it includes and not
// the role itself: its own cut-off does not reach them.
func (s *Service) cutBelow(ctx context.Context, tx Store, t taking) error {
	if t.from.Audience == "" {
		return nil
	}
	all, err := tx.RoleWithIncluded(ctx, t.from.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.ID == t.from.ID || r.Audience == t.from.Audience { // such tokens list both
			continue
		}
		e := event.New(t.who, t.at, event.RoleCutOff, event.Role(r.ID, r.Name)).
			With(map[string]any{"included_by": t.from.Name, "included_by_id": t.from.ID})
		if err := tx.AppendEvent(ctx, e.Revoking(s.loss(r.Name, t.least, t.at))); err != nil {
			return err
		}
	}
	return nil
}
