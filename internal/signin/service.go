package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// The refusals of this package. Every reason for a failed sign-in reads the same.
var (
	ErrBadCredentials     = fault.New(fault.Unauthenticated, "bad_credentials", "No active account found with the given credentials")
	ErrUserInactive       = fault.New(fault.Unauthenticated, "no_active_account", "No active account found for the given token.")
	ErrPasswordMustChange = fault.New(fault.Forbidden, "password_must_change", "The password must be changed before the first sign-in.")
)

// Store is what this package needs kept.
type Store interface {
	session.Store

	// See user.Store.
	User(ctx context.Context, id ident.UserID) (user.User, error)
	UserByUsername(ctx context.Context, username, key string) (user.User, error)
	UsersByEmail(ctx context.Context, emailKey string, limit int) ([]user.User, error)
	ReplacePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error)
	ConfirmSignIn(ctx context.Context, id ident.UserID, rightsVersion int64, at time.Time) (bool, error)
}

// Service signs in, refreshes and signs out.
type Service struct {
	Store     Store
	InTx      func(context.Context, func(Store) error) error
	Hasher    *password.Hasher
	Issuer    *token.Issuer
	Snapshots *snapshot.Cache
	Sessions  *session.Service
	Naming    user.Naming
	Failures  *Failures
	Now       func() time.Time // milliseconds

	// ByEmail lets people sign in with an email address that one account has.
	ByEmail bool

	// KeepLastSignIn leaves the time of the last sign-in unwritten, as the
	// original does by default.
	KeepLastSignIn bool

	Rotate       bool          // whether a refresh gives a new refresh token
	Grace        time.Duration // how long the direct parent gets the same successor
	IdleLifetime time.Duration // of a session without a refresh
	Lifetime     time.Duration // of a session at all

	// OlderGenerations accepts every generation of a live session: the original's
	// rotation without a blacklist.
	OlderGenerations bool

	// KeepReused refuses a traded refresh token without ending its session: the
	// original's rotation with a blacklist.
	KeepReused bool

	// InactiveToo lets the tokens of inactive accounts be refreshed. Nobody signs in
	// to one.
	InactiveToo bool

	// Access verifies access tokens.
	Access *verify.Verifier

	// Original is set under the preset, nil otherwise.
	Original *Original

	// Fresh returns an error while this process cannot tell whether a token was
	// revoked.
	Fresh func() error

	audience string // see For
}

// Tokens is what a client gets.
type Tokens struct {
	Access, Refresh secret.Text
	AccessExpiresAt time.Time
	UserID          ident.UserID
	SessionID       ident.SessionID

	// Rotated says whether Refresh is another token than the presented one.
	Rotated bool
}

// SignIn checks a password and starts a session. ErrBadCredentials whatever the
// reason; password.ErrTooLong; password.ErrBusy when too many hashes wait;
// ErrPasswordMustChange after the right password; keyring.ErrVerifyOnly.
func (s *Service) SignIn(ctx context.Context, from access.Origin, login string, plain secret.Text) (Tokens, error) {
	started, snap, err := s.open(ctx, from, login, plain, span{s.IdleLifetime, s.Lifetime})
	if err != nil {
		return Tokens{}, err
	}
	return s.issue(started, snap)
}

// span is how long a session lives without a refresh, and at all.
type span struct{ idle, whole time.Duration }

// open checks a password and starts a session of its owner.
func (s *Service) open(ctx context.Context, from access.Origin, login string, plain secret.Text, lives span) (session.Session, *snapshot.Snapshot, error) {
	if !s.Issuer.Issues() {
		return session.Session{}, nil, keyring.ErrVerifyOnly
	}
	u, err := s.Prove(ctx, from, login, plain)
	if err != nil {
		return session.Session{}, nil, err
	}
	if u.PasswordMustChange { // said to who knows the password already
		return session.Session{}, nil, ErrPasswordMustChange
	}
	snap, err := s.latest(ctx, u)
	if errors.Is(err, ErrUserInactive) {
		return session.Session{}, nil, s.refuse(ctx, from, login, u)
	}
	if err != nil {
		return session.Session{}, nil, fmt.Errorf("sign in user %s: %w", u.ID, err)
	}
	started, err := s.start(ctx, from, u, lives)
	if errors.Is(err, errNotConfirmed) {
		return session.Session{}, nil, s.refuse(ctx, from, login, u)
	}
	if err != nil {
		return session.Session{}, nil, fmt.Errorf("sign in user %s: %w", u.ID, err)
	}
	return started, snap, nil
}

// Prove returns the active account that a login and its password name, at the cost
// and with the refusals of a sign-in. The password may be one that must be changed.
func (s *Service) Prove(ctx context.Context, from access.Origin, login string, plain secret.Text) (user.User, error) {
	if password.TooLong(plain) { // before anybody is looked up, and without a word on whether they exist
		return user.User{}, password.ErrTooLong
	}
	u, err := s.find(ctx, login)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return user.User{}, fmt.Errorf("sign in: %w", err)
	}
	match, rehash, err := s.Hasher.Check(ctx, u.Password.Reveal(), plain)
	if err != nil {
		return user.User{}, err
	}
	if !match || !u.Active {
		return user.User{}, s.refuse(ctx, from, login, u)
	}
	if rehash {
		if u.Password, err = s.rehash(ctx, u, plain); err != nil {
			return user.User{}, err
		}
		s.Snapshots.Drop(u.ID) // it holds the old string
	}
	return u, nil
}

// find returns the account that a login names. With ByEmail an address counts
// when no username is equal and one account alone has it.
func (s *Service) find(ctx context.Context, login string) (user.User, error) {
	name := s.Naming.Lookup(login)
	if len(name) > user.MaxUsername*4 {
		return user.User{}, user.ErrNotFound
	}
	u, err := s.Store.UserByUsername(ctx, name, s.Naming.LookupKey(name))
	if !errors.Is(err, user.ErrNotFound) || !s.ByEmail || !strings.Contains(login, "@") {
		return u, err
	}
	found, err := s.Store.UsersByEmail(ctx, user.EmailKey(login), 2)
	if err != nil {
		return user.User{}, err
	}
	if len(found) != 1 {
		return user.User{}, user.ErrNotFound
	}
	return found[0], nil
}

func (s *Service) refuse(ctx context.Context, from access.Origin, login string, u user.User) error {
	if err := s.Failures.Record(ctx, from, s.Naming.Key(s.Naming.Normalise(login)), u.ID); err != nil {
		return fmt.Errorf("record a failed sign-in: %w", err)
	}
	return ErrBadCredentials
}

// rehash writes the password in today's parameters and returns what it wrote.
// Somebody who changed it in the meantime wins.
func (s *Service) rehash(ctx context.Context, u user.User, plain secret.Text) (secret.Text, error) {
	encoded, err := s.Hasher.Hash(ctx, plain)
	if err != nil {
		return secret.Text{}, err
	}
	next := secret.New(encoded)
	if _, err := s.Store.ReplacePassword(ctx, u.ID, u.Password, next); err != nil {
		return secret.Text{}, fmt.Errorf("rehash the password of user %s: %w", u.ID, err)
	}
	return next, nil
}
