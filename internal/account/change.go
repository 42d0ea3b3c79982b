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

// Change is what to change of an account; nil leaves a field alone.
type Change struct {
	Username, Email, FirstName, LastName *string
	Staff, Superuser                     *bool
}

// apply returns the account with the change made.
func (c Change) apply(u user.User) user.User {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&u.Username, c.Username}, {&u.Email, c.Email}, {&u.FirstName, c.FirstName}, {&u.LastName, c.LastName}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.Staff != nil {
		u.Staff = *c.Staff
	}
	if c.Superuser != nil {
		u.Superuser = *c.Superuser
	}
	return u
}

// Update changes an account. It needs access.ChangeUser and everything that the
// account holds, and each flag that is given. user.ErrNotFound, user.ErrInvalid,
// user.ErrUsernameTaken, user.ErrLastSuperuser.
func (s *Service) Update(ctx context.Context, who access.Caller, id ident.UserID, c Change) (user.User, error) {
	before, err := s.over(ctx, who, access.ChangeUser, id)
	if err != nil {
		return user.User{}, err
	}
	after := c.apply(before)
	if err := mayGive(who, after.Staff && !before.Staff, after.Superuser && !before.Superuser); err != nil {
		return user.User{}, err
	}
	return s.update(ctx, who, before, after)
}

// UpdateSelf changes the caller's own email and names; other fields of the change
// are not looked at.
func (s *Service) UpdateSelf(ctx context.Context, who access.Caller, c Change) (user.User, error) {
	if err := who.RequireAuthenticated(); err != nil {
		return user.User{}, err
	}
	before, err := s.Store.User(ctx, who.UserID)
	if err != nil {
		return user.User{}, err
	}
	after := Change{Email: c.Email, FirstName: c.FirstName, LastName: c.LastName}.apply(before)
	return s.update(ctx, who, before, after)
}

func (s *Service) update(ctx context.Context, who access.Caller, before, after user.User) (user.User, error) {
	after = s.Naming.NormaliseUser(after)
	if err := user.Check(after); err != nil {
		return user.User{}, err
	}
	if after == before {
		return after, s.InTx(ctx, func(tx Store) error { return s.asSeen(ctx, tx, after.ID) })
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Store) error {
		if !before.Superuser {
			if err := closeSetup(ctx, tx, after); err != nil {
				return err
			}
		}
		if err := s.asSeen(ctx, tx, after.ID); err != nil {
			return err
		}
		if err := tx.UpdateUser(ctx, after); err != nil {
			return err
		}
		if before.Superuser && !after.Superuser {
			if err := superuserLeft(ctx, tx, after.ID); err != nil {
				return err
			}
		}
		e := event.New(who, now, event.UserUpdated, event.User(after.ID, after.Username)).
			With(map[string]any{"before": profile(before), "after": profile(after)})
		if before.Staff == after.Staff && before.Superuser == after.Superuser && before.Username == after.Username {
			return tx.AppendEvent(ctx, e)
		}
		// The tokens carry name and flags: what they say is not so any more.
		least, err := tx.RaiseRightsVersion(ctx, after.ID)
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, e.Revoking(session.UserCutOff(after.ID, least, now.Add(s.Horizon), rolesChanged)))
	})
	if err != nil {
		return user.User{}, insertError(err)
	}
	return s.Store.User(ctx, after.ID)
}

// profile is what of an account is recorded.
func profile(u user.User) map[string]any {
	return map[string]any{
		"username": u.Username, "email": u.Email, "first_name": u.FirstName, "last_name": u.LastName,
		"staff": u.Staff, "superuser": u.Superuser,
	}
}

// stillOver looks again, in the transaction that changed the account's row: what
// gives somebody more takes that row too, so nothing is given until the commit
// that over did not see. It returns what the account holds.
func (s *Service) stillOver(ctx context.Context, tx Store, who access.Caller, id ident.UserID) (access.Rights, error) {
	rights, err := tx.Rights(ctx, id, s.Now())
	if err != nil {
		return access.Rights{}, err
	}
	return rights, who.RequireOver(id, rights)
}

// superuserLeft refuses to end the last active superuser. It runs in the
// transaction that has taken the row of the account, which is a superuser or was
// one until this change, and was active before it.
func superuserLeft(ctx context.Context, tx Store, id ident.UserID) error {
	u, err := tx.User(ctx, id)
	if err != nil || !u.Active {
		return err // who may not sign in is none that could be left
	}
	return user.MayGo(ctx, tx, id)
}

// Delete removes an account and everything that it has. It needs
// access.DeleteUser and everything that the account holds. Its id is never given
// to another. user.ErrLastSuperuser.
func (s *Service) Delete(ctx context.Context, who access.Caller, id ident.UserID) error {
	u, err := s.over(ctx, who, access.DeleteUser, id)
	if err != nil {
		return err
	}
	now := s.Now()
	err = s.InTx(ctx, func(tx Store) error {
		if err := s.asSeen(ctx, tx, id); err != nil {
			return err
		}
		e := event.New(who, now, event.UserDeleted, event.User(id, u.Username)).With(profile(u))
		if err := s.cut(ctx, tx, e, id, session.UserDeleted); err != nil {
			return err
		}
		rights, err := s.stillOver(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if rights.Superuser {
			if err := superuserLeft(ctx, tx, id); err != nil {
				return err
			}
		}
		return tx.DeleteUser(ctx, id)
	})
	if err != nil {
		return fmt.Errorf("delete user %s: %w", id, err)
	}
	return nil
}
