package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

const (
	// ResetLifetime is how long a reset link works.
	ResetLifetime = 30 * time.Minute

	// ResetPath is where the page of a reset link is, below the public URL and before
	// its token.
	ResetPath = "/account/reset/"
)

// ResetLink is what is kept of a link to a new password.
type ResetLink struct {
	UserID        ident.UserID
	Hash          []byte       // SHA-256 of the token
	RightsVersion int64        // of the account, when the link was made
	Giver         ident.UserID // who made it; "" for the command line
	GiverVersion  int64        // of the giver, when the link was made
	ExpiresAt     time.Time
}

// Reset is a link that was made, to be given to the owner of the account: whoever has
// it chooses the password.
type Reset struct {
	URL       secret.Text
	ExpiresAt time.Time
}

// MakeResetLink makes a one-time link with which the owner of an account chooses a
// new password. It replaces the account's older one, and changes nothing else: the
// password that there is works until the link is used. It needs what SetPassword
// needs. ErrOwnPassword for the caller's own account, ErrDisabled, user.ErrNotFound;
// user.ErrChanged when the account was changed at the same moment.
func (s *Service) MakeResetLink(ctx context.Context, who access.Caller, id ident.UserID) (Reset, error) {
	if err := who.Require(access.ChangeUser); err != nil {
		return Reset{}, err
	}
	if who.Kind == access.Person && who.UserID == id {
		return Reset{}, ErrOwnPassword
	}
	u, err := s.over(ctx, who, access.ChangeUser, id)
	if err != nil {
		return Reset{}, err
	}
	if !u.Active {
		return Reset{}, ErrDisabled
	}
	token := linkToken()
	now := s.Now()
	l := ResetLink{UserID: id, Hash: linkHash(token), RightsVersion: u.RightsVersion, ExpiresAt: now.Add(ResetLifetime)}
	if who.Kind == access.Person {
		giver, err := s.Store.User(ctx, who.UserID)
		if err != nil {
			return Reset{}, fmt.Errorf("look at who makes a reset link: %w", err)
		}
		l.Giver, l.GiverVersion = giver.ID, giver.RightsVersion
	}
	err = s.InTx(ctx, func(tx Store) error {
		if err := take(ctx, tx, l); err != nil {
			return err
		}
		if _, err := s.stillOver(ctx, tx, who, id); err != nil {
			return err
		}
		if err := tx.PutResetLink(ctx, l); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.UserResetLinkMade, event.User(id, u.Username)).
			With(map[string]any{"expires_at": l.ExpiresAt}))
	})
	if errors.Is(err, ErrResetLink) {
		return Reset{}, user.ErrChanged.Because(err)
	}
	if err != nil {
		return Reset{}, fmt.Errorf("make a reset link for user %s: %w", id, err)
	}
	return Reset{URL: secret.New(s.PublicURL + ResetPath + token.Reveal()), ExpiresAt: l.ExpiresAt}, nil
}

// ResetUser returns the account that a reset link is for. It changes nothing, so that
// whatever opens a link in a mail leaves it as it is. ErrResetLink.
func (s *Service) ResetUser(ctx context.Context, token secret.Text) (user.User, error) {
	_, u, err := s.resettable(ctx, token)
	return u, err
}

// resettable reads a link that works, and its account.
func (s *Service) resettable(ctx context.Context, token secret.Text) (ResetLink, user.User, error) {
	l, err := s.Store.ResetLink(ctx, linkHash(token), s.Now())
	if err != nil {
		return ResetLink{}, user.User{}, err
	}
	u, err := s.Store.User(ctx, l.UserID)
	if err != nil {
		return ResetLink{}, user.User{}, dead(err)
	}
	if !u.Active || u.RightsVersion != l.RightsVersion {
		return ResetLink{}, user.User{}, ErrResetLink
	}
	if err := s.stillGiven(ctx, s.Store, l); err != nil {
		return ResetLink{}, user.User{}, err
	}
	return l, u, nil
}

// stillGiven returns ErrResetLink when the giver of a link could not give it now: a
// link is no more than its giver's own right to set the password.
func (s *Service) stillGiven(ctx context.Context, from Store, l ResetLink) error {
	if l.Giver == "" {
		return nil
	}
	giver, err := from.User(ctx, l.Giver)
	if err != nil {
		return dead(err)
	}
	if !giver.Active || giver.RightsVersion != l.GiverVersion {
		return ErrResetLink
	}
	who := access.Caller{Kind: access.Person, UserID: giver.ID}
	if who.Rights, err = from.Rights(ctx, giver.ID, s.Now()); err != nil {
		return dead(err)
	}
	if err := who.Require(access.ChangeUser); err != nil {
		return ErrResetLink.Because(err)
	}
	_, err = s.stillOver(ctx, from, who, l.UserID)
	return dead(err)
}

// dead says of an account that is gone, or that somebody has no right to any more,
// no more than that the link does not work.
func dead(err error) error {
	if errors.Is(err, user.ErrNotFound) || errors.Is(err, access.ErrHoldsMore) {
		return ErrResetLink.Because(err)
	}
	return err
}

// take holds the rows of the account and of who gave the link until the transaction
// ends, by the look that a sign-in takes: both are active, and have the rights
// versions of the link. ErrResetLink otherwise.
func take(ctx context.Context, tx Store, l ResetLink) error {
	for _, of := range []struct {
		id      ident.UserID
		version int64
	}{{l.UserID, l.RightsVersion}, {l.Giver, l.GiverVersion}} {
		if of.id == "" { // the command line
			continue
		}
		same, err := tx.ConfirmSignIn(ctx, of.id, of.version, time.Time{})
		if err != nil {
			return err
		}
		if !same {
			return ErrResetLink
		}
	}
	return nil
}

// ResetPassword gives an account a new password by a reset link, and ends its
// sessions. Of any number of calls with one link, one succeeds. ErrResetLink whatever
// the link lacks; user.ErrInvalid with the field password, which leaves the link open.
func (s *Service) ResetPassword(ctx context.Context, from access.Origin, token, next secret.Text) (user.User, error) {
	l, u, err := s.resettable(ctx, token) // before a hash is spent on a stranger
	if err != nil {
		return user.User{}, err
	}
	encoded, err := s.encode(ctx, u, next, "password")
	if err != nil {
		return user.User{}, err
	}
	who := access.Caller{Kind: access.Anonymous, Name: "reset link", Origin: from}
	e := s.passwordChanged(who, u, byResetLink).With(map[string]any{"link_made_by": l.Giver})
	return u, s.replace(ctx, e, func(tx Store) error {
		if err := take(ctx, tx, l); err != nil {
			return err
		}
		if err := s.stillGiven(ctx, tx, l); err != nil {
			return err
		}
		consumed, err := tx.ConsumeResetLink(ctx, l.Hash, s.Now())
		if err != nil {
			return err
		}
		if !consumed {
			return ErrResetLink
		}
		return tx.SetPassword(ctx, u.ID, encoded)
	})
}

// linkTokenBytes makes the token of a one-time link 256 bits.
const linkTokenBytes = 32

// linkToken makes the token of a one-time link.
func linkToken() secret.Text {
	return secret.New(base64.RawURLEncoding.EncodeToString(secret.Bytes(linkTokenBytes)))
}

// linkHash is what of it is kept.
func linkHash(token secret.Text) []byte {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return sum[:]
}
