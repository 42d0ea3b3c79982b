package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/verify"
)

// ErrNoSession is returned to a caller without a session that asks for what only
// a session has: the command line, or a token that another issuer signed with a
// shared secret.
var ErrNoSession = fault.New(fault.Conflict, "no_session", "This token belongs to no session.")

// Administration is what ending other people's sessions needs besides the
// sessions.
type Administration interface {
	Store

	// Rights returns what an account holds at a moment, user.ErrNotFound for no account.
	Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error)

	// RaiseRightsVersion adds one to the account's rights version and returns
	// the new one.
	RaiseRightsVersion(ctx context.Context, id ident.UserID) (int64, error)

	// Usernames returns the usernames of accounts, of any number, by id. Of one that
	// does not exist there is none.
	Usernames(ctx context.Context, ids []ident.UserID) (map[ident.UserID]string, error)
}

// Service lists and ends sessions.
type Service struct {
	Store Administration
	InTx  func(context.Context, func(Administration) error) error
	Now   func() time.Time

	// Horizon is how long after now an access token can still be believed
	// somewhere: its lifetime, the largest leeway and a margin.
	Horizon time.Duration
}

// CutOff is the cut-off of one session.
func CutOff(id ident.SessionID, now time.Time, horizon time.Duration, why Reason) verify.Cutoff {
	return verify.Cutoff{Kind: verify.CutoffSession, ID: string(id), Until: now.Add(horizon), Reason: string(why)}
}

// UserCutOff is the cut-off of everything that an account was issued before a
// rights version.
func UserCutOff(id ident.UserID, least int64, until time.Time, why string) verify.Cutoff {
	return verify.Cutoff{Kind: verify.CutoffUser, ID: string(id), Min: least, Until: until, Reason: why}
}

// Own is a page of the caller's live sessions, newest first.
func (s *Service) Own(ctx context.Context, who access.Caller, r page.Request) (page.Page[Session], error) {
	if err := who.RequireAuthenticated(); err != nil {
		return page.Page[Session]{}, err
	}
	if who.UserID == "" { // for the store that is everybody
		return page.Page[Session]{}, ErrNoSession
	}
	return s.Store.Sessions(ctx, Filter{UserID: who.UserID, LiveAt: s.Now()}, r)
}

// List is a page of the live sessions of an account, or with an empty id of all,
// newest first. It needs access.ViewSession.
func (s *Service) List(ctx context.Context, who access.Caller, of ident.UserID, r page.Request) (page.Page[Session], error) {
	if err := who.Require(access.ViewSession); err != nil {
		return page.Page[Session]{}, err
	}
	if of != "" {
		if _, err := s.Store.Rights(ctx, of, s.Now()); err != nil { // user.ErrNotFound for no account
			return page.Page[Session]{}, err
		}
	}
	return s.Store.Sessions(ctx, Filter{UserID: of, LiveAt: s.Now()}, r)
}

// EndOwn ends one of the caller's sessions. A session of somebody else, or one
// that is over, is ErrNotFound.
func (s *Service) EndOwn(ctx context.Context, who access.Caller, id ident.SessionID) error {
	if err := who.RequireAuthenticated(); err != nil {
		return err
	}
	found, err := s.Store.Session(ctx, id)
	if err != nil {
		return err
	}
	if found.UserID != who.UserID {
		return ErrNotFound
	}
	return s.end(ctx, who, found, SignedOut)
}

// End ends any session. It needs access.EndSession, and everything that the
// session's owner holds.
func (s *Service) End(ctx context.Context, who access.Caller, id ident.SessionID) error {
	if err := who.Require(access.EndSession); err != nil {
		return err
	}
	found, err := s.Store.Session(ctx, id)
	if err != nil {
		return err
	}
	rights, err := s.Store.Rights(ctx, found.UserID, s.Now())
	if err != nil {
		return fmt.Errorf("end session %s: %w", id, err)
	}
	if err := who.RequireOver(found.UserID, rights); err != nil {
		return err
	}
	return s.end(ctx, who, found, EndedByAdmin)
}

// SignOut ends the caller's own session. Signing out twice is no error.
func (s *Service) SignOut(ctx context.Context, who access.Caller) error {
	if err := who.RequireAuthenticated(); err != nil {
		return err
	}
	if who.Session == "" {
		return ErrNoSession
	}
	return s.SignOutSession(ctx, who, Session{ID: who.Session, UserID: who.UserID}, SignedOut)
}

// SignOutSession ends a session that the caller proved to hold. Ending it twice
// is no error and is recorded once.
func (s *Service) SignOutSession(ctx context.Context, who access.Caller, of Session, why Reason) error {
	if err := s.end(ctx, who, of, why); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

func (s *Service) end(ctx context.Context, who access.Caller, of Session, why Reason) error {
	now := s.Now()
	ended := false
	err := s.InTx(ctx, func(tx Administration) error {
		var err error
		ended, err = tx.EndSession(ctx, of.ID, now, why)
		if err != nil || !ended {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.SessionEnded, event.Session(of.ID)).
			With(map[string]any{"user": string(of.UserID), "reason": string(why)}).
			Revoking(CutOff(of.ID, now, s.Horizon, why)))
	})
	if err != nil {
		return fmt.Errorf("end session %s: %w", of.ID, err)
	}
	if !ended {
		return ErrNotFound
	}
	return nil
}

// SignOutEverywhere ends every session of the caller and refuses every token
// that they were issued, this one included.
func (s *Service) SignOutEverywhere(ctx context.Context, who access.Caller) error {
	if err := who.RequireAuthenticated(); err != nil {
		return err
	}
	if who.UserID == "" {
		return ErrNoSession
	}
	return s.endAll(ctx, who, who.UserID, SignedOutEverywhere)
}

// EndAll ends every session of an account. It needs access.EndSession, and
// everything that the account holds.
func (s *Service) EndAll(ctx context.Context, who access.Caller, of ident.UserID) error {
	if err := who.Require(access.EndSession); err != nil {
		return err
	}
	rights, err := s.Store.Rights(ctx, of, s.Now())
	if err != nil {
		return err
	}
	if err := who.RequireOver(of, rights); err != nil {
		return err
	}
	return s.endAll(ctx, who, of, EndedByAdmin)
}

func (s *Service) endAll(ctx context.Context, who access.Caller, of ident.UserID, why Reason) error {
	now := s.Now()
	err := s.InTx(ctx, func(tx Administration) error {
		least, err := tx.RaiseRightsVersion(ctx, of)
		if err != nil {
			return err
		}
		// The account's row is held from here on, and whatever gives it more takes it too.
		rights, err := tx.Rights(ctx, of, now)
		if err != nil {
			return err
		}
		if err := who.RequireOver(of, rights); err != nil {
			return err
		}
		n, err := tx.EndUserSessions(ctx, of, now, why)
		if err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.SessionsEnded, event.User(of, "")).
			With(map[string]any{"sessions": n, "reason": string(why)}).
			Revoking(UserCutOff(of, least, now.Add(s.Horizon), string(why))))
	})
	if err != nil {
		return fmt.Errorf("end the sessions of user %s: %w", of, err)
	}
	return nil
}
