package account

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// SetupLifetime is how long a setup link works.
const SetupLifetime = 30 * time.Minute

// CreateSuperuser makes an active superuser who is staff. Only an operator may. A
// setup link that is open is dropped with it.
func (s *Service) CreateSuperuser(ctx context.Context, who access.Caller, d Draft) (user.User, error) {
	if who.Kind != access.Operator {
		return user.User{}, access.ErrForbidden
	}
	d.Staff, d.Superuser = true, true
	u, err := s.prepare(ctx, d)
	if err != nil {
		return user.User{}, err
	}
	return s.insert(ctx, who, u, event.UserCreated)
}

// SetupLink makes the one setup link and returns its token. It replaces the one
// before. Only an operator may. ErrSetupDone when a superuser exists.
func (s *Service) SetupLink(ctx context.Context, who access.Caller) (secret.Text, error) {
	if who.Kind != access.Operator {
		return secret.Text{}, access.ErrForbidden
	}
	token := linkToken()
	now := s.Now()
	done := false
	err := s.InTx(ctx, func(tx Store) error {
		var err error
		if done, err = tx.SuperuserExists(ctx); err != nil || done {
			return err
		}
		if err := tx.PutSetupLink(ctx, linkHash(token), now.Add(SetupLifetime)); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.SetupLinkMade, event.Subject{Kind: "setup"}))
	})
	if err != nil {
		return secret.Text{}, fmt.Errorf("make a setup link: %w", err)
	}
	if done {
		return secret.Text{}, ErrSetupDone
	}
	return token, nil
}

// SetupLive reports whether a setup link works. It changes nothing.
func (s *Service) SetupLive(ctx context.Context, token secret.Text) (bool, error) {
	return s.Store.SetupLinkLive(ctx, linkHash(token), s.Now())
}

// Setup makes the first superuser with a setup link. Of any number of calls with
// one link, one succeeds; the others get ErrSetupLink, as do calls after a
// superuser was made in another way. user.ErrInvalid leaves the link open.
func (s *Service) Setup(ctx context.Context, from access.Origin, token secret.Text, d Draft) (user.User, error) {
	live, err := s.SetupLive(ctx, token) // before a hash is spent on a stranger
	if err != nil {
		return user.User{}, fmt.Errorf("look at the setup link: %w", err)
	}
	if !live {
		return user.User{}, ErrSetupLink
	}
	d.Staff, d.Superuser = true, true
	u, err := s.prepare(ctx, d)
	if err != nil {
		if live, again := s.SetupLive(ctx, token); again == nil && !live {
			return user.User{}, ErrSetupLink // the name may be taken by whoever was faster with this link
		}
		return user.User{}, err
	}
	who := access.Caller{Kind: access.Anonymous, Name: "setup link", Origin: from}
	err = s.InTx(ctx, func(tx Store) error {
		consumed, err := tx.ConsumeSetupLink(ctx, linkHash(token), s.Now())
		if err != nil {
			return err
		}
		exists, err := tx.SuperuserExists(ctx)
		if err != nil {
			return err
		}
		if !consumed || exists {
			return ErrSetupLink
		}
		made, err := s.insertIn(ctx, tx, u)
		if err != nil {
			return err // u stays what it was: the transaction may run again
		}
		u = made
		return tx.AppendEvent(ctx, event.New(who, u.JoinedAt, event.SetupCompleted, event.User(u.ID, u.Username)).With(flags(u)))
	})
	return u, insertError(err)
}
