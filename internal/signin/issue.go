package signin

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
)

var errNotConfirmed = errors.New("the account changed while its password was checked")

// start keeps a new session.
func (s *Service) start(ctx context.Context, from access.Origin, u user.User, lives span) (session.Session, error) {
	started := s.newSession(from, u, lives)
	started.AuthenticationMethods = []string{"pwd"}
	now := started.CreatedAt
	who := access.Caller{Kind: access.Person, UserID: u.ID, Name: u.Username, Session: started.ID, Origin: from}
	signedInAt := now
	if s.KeepLastSignIn {
		signedInAt = time.Time{}
	}
	err := s.InTx(ctx, func(tx Store) error {
		confirmed, err := tx.ConfirmSignIn(ctx, u.ID, u.RightsVersion, signedInAt)
		if err != nil {
			return err
		}
		if !confirmed {
			return errNotConfirmed
		}
		if err := tx.InsertSession(ctx, started); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, now, event.SessionStarted, event.Session(started.ID)).
			With(map[string]any{"methods": started.AuthenticationMethods}))
	})
	return started, err
}

func (s *Service) newSession(from access.Origin, u user.User, lives span) session.Session {
	now := s.Now()
	return session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: now, Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: now, IdleExpiresAt: now.Add(lives.idle), ExpiresAt: now.Add(lives.whole),
		IP: from.IP, UserAgent: from.UserAgent, RotatedIP: from.IP, RotatedAgent: from.UserAgent,
	}
}

// issue makes the tokens of a session's present generation. The account must have
// been read before the session was last seen to live: whatever ends the sessions of
// an account raises its rights version too, and tokens that carry the new version
// would outlive a session that ended in between.
func (s *Service) issue(of session.Session, snap *snapshot.Snapshot) (Tokens, error) {
	refresh, err := s.Issuer.Refresh(of, s.subjectOf(snap))
	if err != nil {
		return Tokens{}, err
	}
	t, err := s.access(of, snap)
	t.Refresh, t.Rotated = refresh, true
	return t, err
}

func (s *Service) access(of session.Session, snap *snapshot.Snapshot) (Tokens, error) {
	raw, expires, err := s.Issuer.Access(s.subjectOf(snap), of)
	return Tokens{Access: raw, AccessExpiresAt: expires, UserID: of.UserID, SessionID: of.ID}, err
}

// subjectOf is an account as tokens are made for it.
func (s *Service) subjectOf(snap *snapshot.Snapshot) token.Subject {
	u := snap.User
	of := token.Subject{
		ID: u.ID, Username: u.Username, Email: u.Email, Rights: snap.Rights,
		RightsVersion: u.RightsVersion, AccessVersion: snap.AccessVersion, Audience: s.audience,
	}
	if o := s.Issuer.Original; o != nil && o.RevokeClaim != "" {
		of.PasswordMark = user.PasswordMark(u.Password)
	}
	return of
}

// subject returns the active account of a session. While the log cannot be read
// nothing that is remembered counts: nobody says when it stopped being true.
func (s *Service) subject(ctx context.Context, id ident.UserID) (*snapshot.Snapshot, error) {
	if s.Fresh() != nil {
		s.Snapshots.Drop(id)
	}
	snap, err := s.Snapshots.Get(ctx, id)
	if errors.Is(err, user.ErrNotFound) {
		return nil, ErrUserInactive
	}
	if err != nil {
		return nil, err
	}
	if !snap.User.Active && !s.InactiveToo {
		return nil, ErrUserInactive
	}
	return snap, nil
}

// latest is subject for an account that was read a moment ago: what this process
// remembers may be older, by what another process did within the last second.
func (s *Service) latest(ctx context.Context, read user.User) (*snapshot.Snapshot, error) {
	snap, err := s.subject(ctx, read.ID)
	if errors.Is(err, ErrUserInactive) || err == nil && snap.User.RightsVersion < read.RightsVersion {
		s.Snapshots.Drop(read.ID)
		return s.subject(ctx, read.ID)
	}
	return snap, err
}
