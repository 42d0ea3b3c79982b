package importer

import (
	"context"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// apply writes a plan with its events. The last of them carries the cut-off, if
// one is due.
func (p *pass) apply(ctx context.Context, tx Store, pl plan) error {
	var happened []event.Event
	for _, step := range []func(context.Context, Store, plan) ([]event.Event, error){
		p.applyProfile, p.applyTimes, p.applyPassword, p.applyActive, p.applyRoles, p.applyPermissions,
	} {
		more, err := step(ctx, tx, pl)
		if err != nil {
			return err
		}
		happened = append(happened, more...)
	}
	id, last := pl.after.user.ID, len(happened)-1
	if rules(pl.before.user) && !rules(pl.after.user) {
		if err := user.MayGo(ctx, tx, id); err != nil {
			return err
		}
	}
	reason := pl.ends()
	if reason != "" {
		n, err := tx.EndUserSessions(ctx, id, p.Now(), reason)
		if err != nil {
			return err
		}
		happened[last] = happened[last].With(map[string]any{"sessions_ended": n})
	} else if pl.stale() {
		reason = verify.ReasonRolesChanged
	}
	if reason != "" {
		least, err := tx.RaiseRightsVersion(ctx, id)
		if err != nil {
			return err
		}
		happened[last] = happened[last].Revoking(session.UserCutOff(id, least, p.Now().Add(p.Horizon), string(reason)))
	}
	for _, e := range happened {
		if err := tx.AppendEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// rules reports whether an account is an active superuser, of whom one has to stay.
func rules(u user.User) bool { return u.Active && u.Superuser }

func (p *pass) event(what event.Action, of user.User, detail map[string]any) event.Event {
	return event.New(p.who, p.Now(), what, event.User(of.ID, of.Username)).
		With(map[string]any{"import": p.report.Source}).With(detail)
}

func (p *pass) applyProfile(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.profile {
		return nil, nil
	}
	before, after := pl.before.user, pl.after.user
	if after.Superuser && !before.Superuser {
		if err := tx.DropSetupLink(ctx); err != nil {
			return nil, err
		}
	}
	if err := tx.UpdateUser(ctx, after); err != nil {
		return nil, err
	}
	return []event.Event{p.event(event.UserUpdated, after, map[string]any{"before": profile(before), "after": profile(after)})}, nil
}

// profile is what of an account is recorded.
func profile(u user.User) map[string]any {
	return map[string]any{
		"username": u.Username, "email": u.Email, "first_name": u.FirstName, "last_name": u.LastName,
		"staff": u.Staff, "superuser": u.Superuser,
	}
}

// applyTimes records nothing: a sign-in elsewhere is no change of the account.
func (p *pass) applyTimes(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.times {
		return nil, nil
	}
	u := pl.after.user
	return nil, tx.SetUserTimes(ctx, u.ID, u.JoinedAt, u.LastSignInAt)
}

func (p *pass) applyPassword(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.password {
		return nil, nil
	}
	u := pl.after.user
	changed, err := tx.ChangePassword(ctx, u.ID, pl.before.user.Password, u.Password)
	if err == nil && !changed { // its owner changed it since it was read
		err = user.ErrChanged
	}
	return []event.Event{p.event(event.UserPasswordChanged, u, nil)}, err
}

func (p *pass) applyActive(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.active {
		return nil, nil
	}
	u, what := pl.after.user, event.UserEnabled
	if !u.Active {
		what = event.UserDisabled
	}
	_, err := tx.SetActive(ctx, u.ID, u.Active)
	return []event.Event{p.event(what, u, nil)}, err
}

func (p *pass) applyRoles(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.roles {
		return nil, nil
	}
	u := pl.after.user
	var happened []event.Event
	record := func(what event.Action, r role.Role) {
		happened = append(happened, p.event(what, u, map[string]any{"role": r.Name, "role_id": r.ID}))
	}
	in := func(all []role.Role, one role.Role) bool {
		return slices.ContainsFunc(all, func(r role.Role) bool { return r.ID == one.ID })
	}
	for _, r := range pl.before.roles {
		if in(pl.after.roles, r) {
			continue
		}
		if _, err := tx.RemoveRole(ctx, u.ID, r.ID); err != nil {
			return nil, err
		}
		record(event.UserRoleRemoved, r)
	}
	for _, r := range pl.after.roles {
		if in(pl.before.roles, r) {
			continue
		}
		if _, err := tx.AssignRole(ctx, u.ID, r.ID, time.Time{}); err != nil {
			return nil, err
		}
		record(event.UserRoleAssigned, r)
	}
	return happened, nil
}

func (p *pass) applyPermissions(ctx context.Context, tx Store, pl plan) ([]event.Event, error) {
	if !pl.permissions {
		return nil, nil
	}
	u := pl.after.user
	var happened []event.Event
	for _, name := range pl.before.permissions {
		if slices.Contains(pl.after.permissions, name) {
			continue
		}
		if _, err := tx.RevokePermission(ctx, u.ID, name); err != nil {
			return nil, err
		}
		happened = append(happened, p.event(event.UserPermRevoked, u, map[string]any{"permission": name}))
	}
	for _, name := range pl.after.permissions {
		if slices.Contains(pl.before.permissions, name) {
			continue
		}
		if _, err := tx.GrantPermission(ctx, u.ID, name, time.Time{}); err != nil {
			return nil, err
		}
		happened = append(happened, p.event(event.UserPermGranted, u, map[string]any{"permission": name}))
	}
	return happened, nil
}
