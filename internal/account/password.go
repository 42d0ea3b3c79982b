package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// rolesChanged is the reason of a cut-off that makes tokens stale, not dead: the
// session lives, and a refresh gives a token that is right again.
const rolesChanged = verify.ReasonRolesChanged

// msgSamePassword is said of a password that others know.
const msgSamePassword = "This is the password that must be changed."

// ChangePassword gives the caller a new password. It ends every session, the
// caller's too: who changes a password because somebody else knows it wants to be
// the only one who is signed in. ErrWrongPassword, user.ErrInvalid with the field
// new_password, user.ErrChanged when the password was changed by somebody else
// meanwhile: who knew the old one only is then not let in again.
func (s *Service) ChangePassword(ctx context.Context, who access.Caller, current, next secret.Text) error {
	if err := who.RequireAuthenticated(); err != nil {
		return err
	}
	u, err := s.Store.User(ctx, who.UserID)
	if err != nil {
		return err
	}
	match, _, err := s.Hasher.Check(ctx, u.Password.Reveal(), current)
	if err != nil && !errors.Is(err, password.ErrTooLong) {
		return err
	}
	if !match { // what is too long is nobody's password
		return ErrWrongPassword.WithField("current_password", ErrWrongPassword.Public)
	}
	encoded, err := s.encode(ctx, u, next, "new_password")
	if err != nil {
		return err
	}
	return s.replace(ctx, s.passwordChanged(who, u, withCurrent), func(tx Store) error { return change(ctx, tx, u, encoded) })
}

// change writes another password, unless somebody else did meanwhile.
func change(ctx context.Context, tx Store, u user.User, next secret.Text) error {
	changed, err := tx.ChangePassword(ctx, u.ID, u.Password, next)
	if err == nil && !changed {
		return user.ErrChanged
	}
	return err
}

// Proof is the name and the password of who has no session.
type Proof struct {
	Login   string
	Current secret.Text
}

// ChangeProvenPassword gives an account a new password for the current one, without
// a session: it works with a password that must be changed too, which lets nobody
// in. It ends every session. What is wrong with the new password is said to who
// proved the current one. The refusals of Prove; user.ErrInvalid with the field
// new_password; user.ErrChanged.
func (s *Service) ChangeProvenPassword(ctx context.Context, from access.Origin, p Proof, next secret.Text) error {
	u, err := s.Prove(ctx, from, p.Login, p.Current)
	if errors.Is(err, password.ErrTooLong) {
		return password.ErrTooLong.WithField("password", password.ErrTooLong.Public)
	}
	if err != nil {
		return err
	}
	if u.PasswordMustChange && next.Equal(p.Current) {
		return user.ErrInvalid.WithField("new_password", msgSamePassword)
	}
	encoded, err := s.encode(ctx, u, next, "new_password")
	if err != nil {
		return err
	}
	who := access.Caller{Kind: access.Person, UserID: u.ID, Name: u.Username, Origin: from}
	return s.replace(ctx, s.passwordChanged(who, u, withCurrent), func(tx Store) error { return change(ctx, tx, u, encoded) })
}

// SetPassword gives an account a new password and ends its sessions. It needs
// access.ChangeUser and everything that the account holds. ErrOwnPassword for the
// caller's own account, whose owner has to know the current one;
// user.ErrInvalid with the field password.
func (s *Service) SetPassword(ctx context.Context, who access.Caller, id ident.UserID, next secret.Text) error {
	if err := who.Require(access.ChangeUser); err != nil {
		return err
	}
	if who.Kind == access.Person && who.UserID == id {
		return ErrOwnPassword
	}
	u, err := s.over(ctx, who, access.ChangeUser, id)
	if err != nil {
		return err
	}
	encoded, err := s.encode(ctx, u, next, "password")
	if err != nil {
		return err
	}
	return s.replace(ctx, s.passwordChanged(who, u, bySomebody), func(tx Store) error {
		if err := s.asSeen(ctx, tx, u.ID); err != nil {
			return err
		}
		if err := tx.SetPassword(ctx, u.ID, encoded); err != nil {
			return err
		}
		_, err := s.stillOver(ctx, tx, who, u.ID)
		return err
	})
}

// The ways to a new password, as its event has them.
const (
	withCurrent = "current_password" // by who knew the old one
	bySomebody  = "set"              // by an administrator
	byResetLink = "reset_link"
)

// passwordChanged is the event of a new password.
func (s *Service) passwordChanged(who access.Caller, u user.User, how string) event.Event {
	return event.New(who, s.Now(), event.UserPasswordChanged, event.User(u.ID, u.Username)).With(map[string]any{"how": how})
}

// replace writes a new password of the event's subject and ends what was open with
// the old one.
func (s *Service) replace(ctx context.Context, e event.Event, write func(Store) error) error {
	id := ident.UserID(e.Subject.ID)
	err := s.InTx(ctx, func(tx Store) error {
		if err := write(tx); err != nil {
			return err
		}
		return s.cut(ctx, tx, e, id, session.PasswordChanged)
	})
	if err != nil {
		return fmt.Errorf("change the password of user %s: %w", id, err)
	}
	return nil
}
