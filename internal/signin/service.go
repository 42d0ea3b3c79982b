package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
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
	ErrBadCredentials = fault.New(fault.Unauthenticated, "bad_credentials", "No active account found with the given credentials")
	ErrUserInactive   = fault.New(fault.Unauthenticated, "no_active_account", "No active account found for the given token.")
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

	// Access verifies access tokens. Under the preset Refreshes verifies refresh
	// tokens and Any either kind; both are nil otherwise.
	Access, Refreshes, Any *verify.Verifier

	// Fresh returns an error while this process cannot tell whether a token was
	// revoked.
	Fresh func() error
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
// reason; password.ErrTooLong; password.ErrBusy when too many hashes wait.
func (s *Service) SignIn(ctx context.Context, from access.Origin, login string, plain secret.Text) (Tokens, error) {
	if password.TooLong(plain) { // before anybody is looked up, and without a word on whether they exist
		return Tokens{}, password.ErrTooLong
	}
	u, err := s.find(ctx, login)
	if err != nil && !errors.Is(err, user.ErrNotFound) {
		return Tokens{}, fmt.Errorf("sign in: %w", err)
	}
	match, rehash, err := s.Hasher.Check(ctx, u.Password.Reveal(), plain)
	if err != nil {
		return Tokens{}, err
	}
	if !match || !u.Active {
		return Tokens{}, s.refuse(ctx, from, login, u)
	}
	if rehash {
		if err := s.rehash(ctx, u, plain); err != nil {
			return Tokens{}, err
		}
	}
	snap, err := s.latest(ctx, u)
	if errors.Is(err, ErrUserInactive) {
		return Tokens{}, s.refuse(ctx, from, login, u)
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("sign in user %s: %w", u.ID, err)
	}
	started, err := s.start(ctx, from, u)
	if errors.Is(err, errNotConfirmed) {
		return Tokens{}, s.refuse(ctx, from, login, u)
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("sign in user %s: %w", u.ID, err)
	}
	return s.issue(started, snap)
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

// find returns the account that a login names. With ByEmail an address counts
// when no username is equal and one account alone has it.
func (s *Service) find(ctx context.Context, login string) (user.User, error) {
	name := s.Naming.Normalise(login)
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

// rehash writes the password in today's parameters. Somebody who changed it in
// the meantime wins.
func (s *Service) rehash(ctx context.Context, u user.User, plain secret.Text) error {
	encoded, err := s.Hasher.Hash(ctx, plain)
	if err != nil {
		return err
	}
	if _, err := s.Store.ReplacePassword(ctx, u.ID, u.Password, secret.New(encoded)); err != nil {
		return fmt.Errorf("rehash the password of user %s: %w", u.ID, err)
	}
	return nil
}

var errNotConfirmed = errors.New("the account changed while its password was checked")

// start keeps a new session.
func (s *Service) start(ctx context.Context, from access.Origin, u user.User) (session.Session, error) {
	now := s.Now()
	started := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: now, Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: now, IdleExpiresAt: now.Add(s.IdleLifetime), ExpiresAt: now.Add(s.Lifetime),
		IP: from.IP, UserAgent: from.UserAgent, RotatedIP: from.IP, RotatedAgent: from.UserAgent,
		AuthenticationMethods: []string{"pwd"},
	}
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

// issue makes the tokens of a session's present generation. The account must have
// been read before the session was last seen to live: whatever ends the sessions of
// an account raises its rights version too, and tokens that carry the new version
// would outlive a session that ended in between.
func (s *Service) issue(of session.Session, snap *snapshot.Snapshot) (Tokens, error) {
	refresh, err := s.Issuer.Refresh(of, snap.User.RightsVersion)
	if err != nil {
		return Tokens{}, err
	}
	t, err := s.access(of, snap)
	t.Refresh, t.Rotated = refresh, true
	return t, err
}

func (s *Service) access(of session.Session, snap *snapshot.Snapshot) (Tokens, error) {
	raw, expires, err := s.Issuer.Access(token.Subject{
		ID: of.UserID, Username: snap.User.Username, Rights: snap.Rights,
		RightsVersion: snap.User.RightsVersion, AccessVersion: snap.AccessVersion,
	}, of)
	return Tokens{Access: raw, AccessExpiresAt: expires, UserID: of.UserID, SessionID: of.ID}, err
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
	if !snap.User.Active {
		return nil, ErrUserInactive
	}
	return snap, nil
}
