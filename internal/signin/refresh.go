package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// Refresh trades a refresh token for a new access token and, with Rotate, for its
// successor. token.ErrRefreshInvalid, ErrRefreshExpired, ErrRefreshType,
// ErrRefreshReused, ErrSessionEnded; ErrUserInactive.
func (s *Service) Refresh(ctx context.Context, from access.Origin, raw string) (Tokens, error) {
	if !s.Issuer.Issues() {
		return Tokens{}, keyring.ErrVerifyOnly
	}
	presented, err := s.parse(raw)
	if err != nil {
		return Tokens{}, err
	}
	if presented.Foreign() {
		return s.refreshForeign(ctx, from, raw, presented)
	}
	held, err := s.look(ctx, presented, s.Now())
	if err != nil {
		return Tokens{}, err
	}
	snap, err := s.subject(ctx, held.UserID)
	if err != nil {
		return Tokens{}, err
	}
	seen := false // whether the session was read after the account: see issue
	for range 4 { // a lost race is followed by a look at what the winner made
		now := s.Now()
		switch use := s.judge(presented, held, now); {
		case use == spent:
			return Tokens{}, s.reused(ctx, from, held, presented)
		case use == current && s.Rotate && seen && presented.Generation != held.Generation:
			// With OlderGenerations any number refresh at once, and the winner's
			// successor is as good for the others.
			return s.issue(held, snap)
		case use == current && s.Rotate:
			next, won, err := s.rotate(ctx, from, held, now)
			if err != nil {
				return Tokens{}, fmt.Errorf("refresh session %s: %w", held.ID, err)
			}
			if won {
				return s.issue(next, snap)
			}
		case use == retried && seen:
			return s.repeat(ctx, from, held, snap)
		case seen:
			return s.access(held, snap)
		}
		if held, err = s.look(ctx, presented, now); err != nil {
			return Tokens{}, err
		}
		seen = true
	}
	return Tokens{}, fmt.Errorf("refresh session %s: the session moved on again and again meanwhile", held.ID)
}

// use is what a proven refresh token is to its session.
type use int

const (
	current use = iota // of the row's generation
	retried            // of the one before, within the grace
	spent              // of any other: a copy is in other hands
)

// judge tells what a token is to its session. It does so without rotation too: a
// token that was traded before rotation was turned off stays traded.
func (s *Service) judge(p token.Presented, held session.Session, now time.Time) use {
	switch {
	case p.Generation == held.Generation, s.OlderGenerations:
		return current
	case p.Generation == held.Generation-1 && now.Sub(held.RotatedAt) <= s.Grace && s.Grace > 0:
		return retried
	}
	return spent
}

// proven returns what is presented and the live session that it belongs to.
func (s *Service) proven(ctx context.Context, raw string) (token.Presented, session.Session, error) {
	presented, err := s.parse(raw)
	if err != nil {
		return presented, session.Session{}, err
	}
	held, err := s.look(ctx, presented, s.Now())
	return presented, held, err
}

// parse reads a refresh token, and refuses a foreign one when the bridge is closed.
func (s *Service) parse(raw string) (token.Presented, error) {
	p, err := s.Issuer.ParseRefresh(raw, s.verifierOfRefresh())
	if err == nil && p.Claims != nil {
		err = s.Original.Bridge.AdmitRefresh(p.Claims)
	}
	return p, err
}

// verifierOfRefresh is what a refresh token is read with: under the preset the
// configured key, else the access tokens' verifier, which only tells apart what
// was presented by mistake.
func (s *Service) verifierOfRefresh() *verify.Verifier {
	if s.Original != nil {
		return s.Original.Refreshes
	}
	return s.Access
}

// look reads the session of a token and refuses what is not proven, has expired
// or has ended, in this order: a stranger learns nothing of a session.
func (s *Service) look(ctx context.Context, p token.Presented, now time.Time) (session.Session, error) {
	held, err := s.Store.Session(ctx, p.Session)
	if errors.Is(err, session.ErrNotFound) {
		return session.Session{}, s.withoutSession(ctx, p)
	}
	if err != nil {
		return session.Session{}, fmt.Errorf("refresh: %w", err)
	}
	if err := s.Issuer.Prove(p, held); err != nil {
		return session.Session{}, err
	}
	if !now.Before(p.ExpiresAt) {
		return session.Session{}, token.ErrRefreshExpired
	}
	if held.EndReason == session.UserDisabled {
		return session.Session{}, ErrUserInactive
	}
	if p.Revoked && held.EndedAt.IsZero() {
		return session.Session{}, token.ErrSessionEnded.Because(verify.ErrRevoked)
	}
	if !held.EndedAt.IsZero() {
		return session.Session{}, token.ErrSessionEnded.Because(errors.New(string(held.EndReason)))
	}
	if !held.Live(now) {
		return session.Session{}, token.ErrRefreshExpired
	}
	return held, nil
}

// withoutSession says why there is no session: under the preset the token itself
// proves whose it was, and a deleted account is named as the reason.
func (s *Service) withoutSession(ctx context.Context, p token.Presented) error {
	if p.Claims != nil {
		id, err := s.Original.Named(ctx, p.Claims.UserID)
		if errors.Is(err, user.ErrNotFound) {
			return ErrUserInactive
		}
		if err == nil {
			_, err = s.subject(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return token.ErrRefreshInvalid.Because(session.ErrNotFound)
}

// rotate moves the session to its next generation and reports whether this call
// did it.
func (s *Service) rotate(ctx context.Context, from access.Origin, held session.Session, now time.Time) (session.Session, bool, error) {
	if !now.After(held.RotatedAt) { // a clock that stands still or went back
		now = held.RotatedAt
	}
	next := held
	next.Generation, next.RotatedAt, next.IdleExpiresAt = held.Generation+1, now, now.Add(s.IdleLifetime)
	next.RotatedIP, next.RotatedAgent = from.IP, from.UserAgent
	won, err := s.Store.RotateSession(ctx, session.Rotation{
		ID: held.ID, From: held.Generation, At: now, IdleExpiresAt: next.IdleExpiresAt,
		IP: from.IP, UserAgent: from.UserAgent,
	})
	return next, won, err
}

// repeat answers the retry of a refresh with the same successor. A retry from
// elsewhere is recorded.
func (s *Service) repeat(ctx context.Context, from access.Origin, held session.Session, snap *snapshot.Snapshot) (Tokens, error) {
	elsewhere := from.IP != held.RotatedIP || from.UserAgent != held.RotatedAgent
	if elsewhere && s.Failures.first(held.ID) {
		who := s.holder(ctx, from, held)
		err := s.Store.AppendEvent(ctx, event.New(who, s.Now(), event.SessionRepeated, event.Session(held.ID)).
			With(map[string]any{
				"user": string(held.UserID), "generation": held.Generation,
				"refreshed_from": held.RotatedIP, "refreshed_with": held.RotatedAgent,
			}))
		if err != nil {
			return Tokens{}, fmt.Errorf("record a repeated refresh of session %s: %w", held.ID, err)
		}
	}
	return s.issue(held, snap)
}

// reused ends the session of a token that was traded before: a copy of it is in
// other hands, and nobody can tell whose.
func (s *Service) reused(ctx context.Context, from access.Origin, held session.Session, p token.Presented) error {
	now := s.Now()
	who := s.holder(ctx, from, held)
	if s.KeepReused {
		return s.recordReuse(ctx, who, held, p)
	}
	err := s.InTx(ctx, func(tx Store) error {
		ended, err := tx.EndSession(ctx, held.ID, now, session.RefreshReused)
		if err != nil || !ended {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.SessionReused, event.Session(held.ID)).
			With(map[string]any{"user": string(held.UserID), "presented": p.Generation, "current": held.Generation}).
			Revoking(session.CutOff(held.ID, now, s.Sessions.Horizon, session.RefreshReused)))
	})
	if err != nil {
		return fmt.Errorf("end session %s after a reuse: %w", held.ID, err)
	}
	return token.ErrRefreshReused
}

// recordReuse records a reuse that ends nothing, each session's first ones by
// themselves.
func (s *Service) recordReuse(ctx context.Context, who access.Caller, held session.Session, p token.Presented) error {
	if s.Failures.first(held.ID) {
		err := s.Store.AppendEvent(ctx, event.New(who, s.Now(), event.SessionReused, event.Session(held.ID)).
			With(map[string]any{"user": string(held.UserID), "presented": p.Generation, "current": held.Generation, "ended": false}))
		if err != nil {
			return fmt.Errorf("record a reuse in session %s: %w", held.ID, err)
		}
	}
	return token.ErrRefreshReused
}

// SignOut ends the session of a refresh token of any of its generations. It
// refuses what Refresh refuses, but for reuse.
func (s *Service) SignOut(ctx context.Context, from access.Origin, raw string) error {
	presented, err := s.parse(raw)
	if err != nil {
		return err
	}
	if presented.Foreign() {
		return s.revokeForeign(ctx, from, raw, presented)
	}
	held, err := s.look(ctx, presented, s.Now())
	if s.Original != nil && errors.Is(err, ErrUserInactive) {
		return nil // the account took its sessions with it; the original looks at no account here
	}
	if err != nil {
		return err
	}
	if s.KeepReused && s.judge(presented, held, s.Now()) == spent {
		return token.ErrRefreshReused
	}
	who := s.holder(ctx, from, held)
	return s.Sessions.SignOutSession(ctx, who, held, session.SignedOut)
}

// CheckAny returns nil for a token of either kind that is good: an access token by
// the verifier, a refresh token by its session. A *verify.Error or what Refresh
// returns otherwise; asking about a traded token ends nothing. Under the preset
// nothing but signature and claims is looked at, as in the original; with its
// blacklist, ErrBlacklisted.
func (s *Service) CheckAny(ctx context.Context, raw string) error {
	if s.Original != nil {
		return s.checkOriginal(ctx, raw)
	}
	_, err := s.Access.Verify(raw)
	if err == nil {
		return s.Fresh()
	}
	presented, held, refreshErr := s.proven(ctx, raw)
	switch {
	case errors.Is(refreshErr, token.ErrRefreshInvalid), errors.Is(refreshErr, token.ErrRefreshType):
		return err
	case refreshErr == nil && s.judge(presented, held, s.Now()) == spent:
		return token.ErrRefreshReused
	}
	return refreshErr
}

// holder is the caller that a session's refresh token stands for, as the log names
// them. It holds no rights: a refresh token gives none.
func (s *Service) holder(ctx context.Context, from access.Origin, of session.Session) access.Caller {
	who := access.Caller{Kind: access.Person, UserID: of.UserID, Session: of.ID, Origin: from}
	if snap, err := s.Snapshots.Get(ctx, of.UserID); err == nil {
		who.Name = snap.User.Username // for people who read the log; the id says who it was
	}
	return who
}
