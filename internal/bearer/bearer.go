package bearer

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// The refusals of a good token whose owner is not good any more.
var (
	ErrUserGone     = fault.New(fault.Unauthenticated, "user_gone", "User not found")
	ErrUserInactive = fault.New(fault.Unauthenticated, "user_inactive", "User is inactive")
)

// Principal is who presented a token.
type Principal struct {
	Caller access.Caller
	User   user.User
	Claims *verify.Claims // shared; not to be changed
}

// Service authenticates access tokens.
type Service struct {
	Verifier  *verify.Verifier
	Snapshots *snapshot.Cache
	Log       *event.Log
}

// Authenticate returns whose token it is. It returns a *verify.Error for a token
// that is not good, ErrUserGone or ErrUserInactive for one whose owner is not,
// and event.ErrStale while revocations cannot be known.
func (s *Service) Authenticate(ctx context.Context, raw string, from access.Origin) (*Principal, error) {
	claims, err := s.Verifier.Verify(raw)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	if err := s.Log.Fresh(); err != nil {
		return nil, err
	}
	snap, err := s.owner(ctx, claims)
	if err != nil {
		return nil, err
	}
	return &Principal{
		User: snap.User, Claims: claims,
		Caller: access.Caller{
			Kind: access.Person, UserID: snap.User.ID, Name: snap.User.Username,
			Session: ident.SessionID(claims.SessionID), Rights: snap.Rights, Origin: from,
		},
	}, nil
}

// owner returns the active account that a token is for.
func (s *Service) owner(ctx context.Context, claims *verify.Claims) (*snapshot.Snapshot, error) {
	id := claims.UserID
	if id == "" {
		id = claims.Subject
	}
	snap, err := s.Snapshots.Get(ctx, ident.UserID(id))
	if errors.Is(err, user.ErrNotFound) {
		return nil, ErrUserGone
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	if !snap.User.Active {
		return nil, ErrUserInactive
	}
	return snap, nil
}

// explain says of a revoked token whether its owner is the reason: a disabled or
// deleted account is told so, as the original does.
func (s *Service) explain(ctx context.Context, err error) error {
	if !errors.Is(err, verify.ErrRevoked) {
		return err
	}
	claims, ok := verify.ClaimsOf(err)
	if !ok {
		return err
	}
	if _, gone := s.owner(ctx, claims); errors.Is(gone, ErrUserGone) || errors.Is(gone, ErrUserInactive) {
		return gone
	}
	return err
}
