package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/token"
)

// refreshForeign trades a foreign refresh token. Without rotation it gives what the
// original gives, an access token with the same claims. With rotation it is traded
// once for a session of ours.
func (s *Service) refreshForeign(ctx context.Context, from access.Origin, raw string, p token.Presented) (Tokens, error) {
	f, err := s.foreigner(ctx, p.Claims, raw, p.Revoked)
	if err != nil {
		return Tokens{}, err
	}
	known, err := s.Store.RevokedToken(ctx, f.id)
	switch {
	case err == nil:
		return s.exchanged(ctx, f, known)
	case !errors.Is(err, session.ErrNotFound):
		return Tokens{}, err
	case s.Rotate:
		return s.exchange(ctx, from, f)
	}
	access, expires, err := s.Issuer.AccessFrom(raw, f.rightsVersion())
	if err != nil {
		return Tokens{}, err
	}
	t := Tokens{Access: access, AccessExpiresAt: expires}
	if f.owner != nil {
		t.UserID = f.owner.User.ID
	}
	return t, nil
}

// exchange starts a session in place of a foreign refresh token. Of any number of
// calls at once one does, and the others find what it made.
func (s *Service) exchange(ctx context.Context, from access.Origin, f *foreign) (Tokens, error) {
	if f.owner == nil {
		return Tokens{}, token.ErrRefreshInvalid.Because(errors.New("a foreign token that names nobody"))
	}
	u := f.owner.User
	// What the original gives for a token with the mark of an older password has that
	// mark too, and nobody takes it. Our session would have the present one.
	if claim := s.Issuer.Original.RevokeClaim; claim != "" && !u.Marked(token.Mark(f.claims, claim)) {
		return Tokens{}, token.ErrSessionEnded.Because(errors.New("the mark of another password"))
	}
	started := s.newSession(from, u, span{s.IdleLifetime, s.Lifetime})
	who := access.Caller{Kind: access.Person, UserID: u.ID, Name: u.Username, Session: started.ID, Origin: from}
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.RevokeToken(ctx, session.RevokedToken{
			ID: f.id, UserID: u.ID, SessionID: started.ID,
			RevokedAt: started.CreatedAt, ExpiresAt: f.claims.ExpiresAt, Reason: session.Exchanged,
		}); err != nil {
			return err
		}
		confirmed, err := tx.ConfirmSignIn(ctx, u.ID, u.RightsVersion, time.Time{})
		if err != nil {
			return err
		}
		if !confirmed {
			return errNotConfirmed
		}
		if err := tx.InsertSession(ctx, started); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, started.CreatedAt, event.SessionStarted, event.Session(started.ID)).
			With(map[string]any{"exchanged": f.id}))
	})
	switch {
	case errors.Is(err, session.ErrTokenRevoked):
		known, err := s.Store.RevokedToken(ctx, f.id)
		if err != nil {
			return Tokens{}, fmt.Errorf("exchange a foreign token of user %s: %w", u.ID, err)
		}
		return s.exchanged(ctx, f, known)
	case errors.Is(err, errNotConfirmed):
		s.Snapshots.Drop(u.ID) // what was remembered is not so any more
		return Tokens{}, ErrUserInactive
	case err != nil:
		return Tokens{}, fmt.Errorf("exchange a foreign token of user %s: %w", u.ID, err)
	}
	return s.issue(started, f.owner)
}

// exchanged answers for a foreign refresh token that counts no more. Within the
// grace the retry of an exchange gets the same tokens.
func (s *Service) exchanged(ctx context.Context, f *foreign, known session.RevokedToken) (Tokens, error) {
	over := token.ErrSessionEnded.Because(session.ErrTokenRevoked)
	if f.owner == nil || !s.exchangeable(known, s.Now()) {
		return Tokens{}, over
	}
	held, err := s.Store.Session(ctx, known.SessionID)
	if errors.Is(err, session.ErrNotFound) {
		return Tokens{}, over
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("repeat an exchange: %w", err)
	}
	if !held.Live(s.Now()) || held.Generation != 0 || held.UserID != f.owner.User.ID {
		return Tokens{}, over
	}
	return s.issue(held, f.owner)
}

// revokeForeign keeps that a foreign refresh token counts no more, until it would
// have expired. Whose it is does not matter, only that it could be shown.
func (s *Service) revokeForeign(ctx context.Context, from access.Origin, raw string, p token.Presented) error {
	now := s.Now()
	who := access.Caller{Kind: access.Anonymous, Origin: from}
	subject := event.Subject{Kind: "token"}
	t := session.RevokedToken{
		ID: tokenID(p.Claims, raw), RevokedAt: now, ExpiresAt: p.Claims.ExpiresAt, Reason: session.SignedOut,
	}
	if id, err := s.Original.Named(ctx, p.Claims.UserID); err == nil {
		who = access.Caller{Kind: access.Person, UserID: id, Origin: from}
		t.UserID, subject = id, event.User(id, "")
	}
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.RevokeToken(ctx, t); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.TokenRevoked, subject).With(map[string]any{"jti": t.ID}))
	})
	if errors.Is(err, session.ErrTokenRevoked) {
		return token.ErrSessionEnded.Because(err)
	}
	if err != nil {
		return fmt.Errorf("revoke a foreign token: %w", err)
	}
	return nil
}
