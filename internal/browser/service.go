package browser

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/user"
)

// How long things last. OWASP's session management cheat sheet has 15 to 30 minutes
// of idleness and 4 to 8 hours at all for what administers; 12 hours are a working
// day without a second sign-in.
const (
	Idle     = 30 * time.Minute // from the last request
	Lifetime = 12 * time.Hour   // from the sign-in
	Recent   = 5 * time.Minute  // how long a password counts as just proved

	touchEvery = time.Minute // a request within it after another one writes nothing
)

// ErrSignedOut is returned for a cookie that makes nobody a visitor, whatever the
// reason.
var ErrSignedOut = fault.New(fault.Unauthenticated, "browser_signed_out", "You are signed out. Sign in to go on.")

// Store is what this package needs kept.
type Store interface {
	// See session.Store.
	Session(ctx context.Context, id ident.SessionID) (session.Session, error)
	RotateSession(ctx context.Context, r session.Rotation) (bool, error)
}

// Service turns cookies into visitors.
type Service struct {
	Store     Store
	Root      secret.Root
	Snapshots *snapshot.Cache
	Now       func() time.Time // milliseconds

	// Fresh returns an error while this process cannot tell what changed.
	Fresh func() error
}

// Visitor is who asks with a browser.
type Visitor struct {
	Caller  access.Caller
	User    user.User
	Session session.Session

	// ProvedAt is when this browser last sent the password.
	ProvedAt time.Time
}

// Recent reports whether the password was proved within the last five minutes.
func (v *Visitor) Recent(now time.Time) bool { return now.Sub(v.ProvedAt) < Recent }

// Visit returns whose cookie it is, and moves the session's idle expiry.
// ErrSignedOut for a cookie that is not ours or whose session is over.
func (s *Service) Visit(ctx context.Context, raw string, from access.Origin) (*Visitor, error) {
	p, ok := parse(raw)
	if !ok {
		return nil, ErrSignedOut.Because(errors.New("not a cookie of ours"))
	}
	held, err := s.Store.Session(ctx, p.session)
	if errors.Is(err, session.ErrNotFound) {
		return nil, ErrSignedOut.Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("visit: %w", err)
	}
	if !hmac.Equal(p.mac, s.mac(held, p.proved)) {
		return nil, ErrSignedOut.Because(errors.New("the MAC is wrong"))
	}
	now := s.Now()
	if !held.Live(now) {
		return nil, ErrSignedOut.Because(errors.New("the session is over"))
	}
	snap, err := s.owner(ctx, held.UserID)
	if err != nil {
		return nil, err
	}
	if err := s.touch(ctx, held, from, now); err != nil {
		return nil, err
	}
	return &Visitor{
		User: snap.User, Session: held, ProvedAt: p.proved,
		Caller: access.Caller{
			Kind: access.Person, UserID: snap.User.ID, Name: snap.User.Username,
			Session: held.ID, Rights: snap.Rights, Origin: from,
		},
	}, nil
}

// owner returns the active account of a session. While the log cannot be read
// nothing that is remembered counts: nobody says when it stopped being true.
func (s *Service) owner(ctx context.Context, id ident.UserID) (*snapshot.Snapshot, error) {
	if s.Fresh() != nil {
		s.Snapshots.Drop(id)
	}
	snap, err := s.Snapshots.Get(ctx, id)
	if errors.Is(err, user.ErrNotFound) {
		return nil, ErrSignedOut.Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("visit: %w", err)
	}
	if !snap.User.Active {
		return nil, ErrSignedOut.Because(errors.New("the account is disabled"))
	}
	return snap, nil
}

// touch moves the idle expiry. Somebody else who does it at the same moment does it
// for both. A database that takes no writes still shows pages: the session then
// ends when it would have ended.
func (s *Service) touch(ctx context.Context, held session.Session, from access.Origin, now time.Time) error {
	if now.Sub(held.RotatedAt) < touchEvery {
		return nil
	}
	_, err := s.Store.RotateSession(ctx, session.Rotation{
		ID: held.ID, From: held.Generation, At: now, IdleExpiresAt: now.Add(Idle), IP: from.IP, UserAgent: from.UserAgent,
	})
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		return fmt.Errorf("touch session %s: %w", held.ID, err)
	}
	return nil
}
