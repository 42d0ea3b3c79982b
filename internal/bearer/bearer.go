package bearer

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// The refusals of a good token whose owner is not good any more.
var (
	ErrUserGone     = fault.New(fault.Unauthenticated, "user_gone", "User not found")
	ErrUserInactive = fault.New(fault.Unauthenticated, "user_inactive", "User is inactive")

	// ErrPasswordChanged is returned for a token with the mark of another password.
	ErrPasswordChanged = fault.New(fault.Unauthenticated, "password_changed", "The user's password has been changed.")
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

	// Original is set under the preset, nil otherwise.
	Original *Original
}

// Original is what the preset adds: tokens that another issuer signed with the same
// key, people who are not named by their id, and a mark of the password.
type Original struct {
	// Bridge says for how long tokens without a session are accepted.
	Bridge *token.Bridge

	// Named returns the account that the user id claim names, user.ErrNotFound when
	// there is none. nil: the claim is the id.
	Named func(ctx context.Context, claim string) (ident.UserID, error)

	// Holder returns whose a session is, session.ErrNotFound when there is none. It
	// goes with Named: a name may be given to somebody else, a session is not.
	Holder func(ctx context.Context, id ident.SessionID) (ident.UserID, error)

	// RevokeClaim is the claim with user.PasswordMark, empty when it is not looked at.
	RevokeClaim string

	// InactiveToo lets inactive accounts in.
	InactiveToo bool
}

// Authenticate returns whose token it is. It returns a *verify.Error for a token
// that is not good, ErrUserGone, ErrUserInactive or ErrPasswordChanged for one whose
// owner is not, and event.ErrStale while revocations cannot be known.
func (s *Service) Authenticate(ctx context.Context, raw string, from access.Origin) (*Principal, error) {
	claims, err := s.Verifier.Verify(raw)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	if err := s.Log.Fresh(); err != nil {
		return nil, err
	}
	if s.Original != nil {
		if err := s.Original.Bridge.Admit(claims); err != nil {
			return nil, err
		}
	}
	snap, err := s.owner(ctx, claims)
	if err != nil {
		return nil, err
	}
	if err := s.still(claims, snap.User); err != nil {
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
	id, err := s.named(ctx, claims)
	if err != nil {
		return nil, err
	}
	snap, err := s.Snapshots.Get(ctx, id)
	if errors.Is(err, user.ErrNotFound) {
		return nil, ErrUserGone
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	if !snap.User.Active && (s.Original == nil || !s.Original.InactiveToo) {
		return nil, ErrUserInactive
	}
	if s.Original != nil && s.Original.Named != nil { // the cut-offs have the id, which the token has not
		return snap, s.Verifier.CheckSubject(claims, string(id))
	}
	return snap, nil
}

// named returns the id of the account that a token is for.
func (s *Service) named(ctx context.Context, claims *verify.Claims) (ident.UserID, error) {
	if s.Original == nil {
		return ident.UserID(claims.Subject), nil // user_id is the same
	}
	if s.Original.Named == nil {
		return ident.UserID(claims.UserID), nil
	}
	id, err := s.Original.Named(ctx, claims.UserID)
	if errors.Is(err, user.ErrNotFound) {
		return "", ErrUserGone
	}
	if err != nil {
		return "", fmt.Errorf("authenticate: %w", err)
	}
	if err := s.Original.holds(ctx, id, claims); err != nil {
		return "", err
	}
	return id, nil
}

// holds returns ErrUserGone for a token of ours whose session is not that of the
// account that its claim names by now: whom it named then is not there, or is called
// otherwise.
func (o *Original) holds(ctx context.Context, id ident.UserID, claims *verify.Claims) error {
	if claims.SessionID == "" {
		return nil
	}
	holder, err := o.Holder(ctx, ident.SessionID(claims.SessionID))
	if errors.Is(err, session.ErrNotFound) || err == nil && holder != id {
		return ErrUserGone
	}
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	return nil
}

// still returns an error for a token that was good when it was issued, and whose
// owner changed since in a way that no cut-off tells.
func (s *Service) still(claims *verify.Claims, of user.User) error {
	if !claims.HasRightsVersion && of.EndedForeign(claims.IssuedAt) {
		return &verify.Error{Code: verify.CodeRevoked}
	}
	if s.Original != nil && claims.SessionID == "" && !s.Original.marked(claims, of) {
		return ErrPasswordChanged
	}
	return nil
}

// marked reports whether a token has the mark of its owner's password, if it is to
// have one.
func (o *Original) marked(claims *verify.Claims, of user.User) bool {
	return o.RevokeClaim == "" || of.Marked(token.Mark(claims, o.RevokeClaim))
}

// explain says of a revoked token whether its owner is the reason: a disabled or
// deleted account, or a changed password, is told so, as the original does.
func (s *Service) explain(ctx context.Context, err error) error {
	if !errors.Is(err, verify.ErrRevoked) {
		return err
	}
	claims, ok := verify.ClaimsOf(err)
	if !ok {
		return err
	}
	snap, gone := s.owner(ctx, claims)
	switch {
	case errors.Is(gone, ErrUserGone), errors.Is(gone, ErrUserInactive):
		return gone
	case gone == nil && s.Original != nil && !s.Original.marked(claims, snap.User):
		return ErrPasswordChanged
	}
	return err
}
