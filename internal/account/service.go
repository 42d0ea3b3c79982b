package account

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// The faults of this package.
var (
	ErrRegistrationClosed = fault.New(fault.Forbidden, "registration_closed", "Registration is closed.")
	ErrOwnPassword        = fault.New(fault.Forbidden, "own_password", "Your own password is changed with the current one.")
	ErrWrongPassword      = fault.New(fault.Invalid, "current_password_wrong", "The current password is not right.")
	ErrGivesFlag          = fault.New(fault.Forbidden, "gives_flag", "You can only give a flag that you have yourself.")
	ErrSetupLink          = fault.New(fault.NotFound, "setup_link_invalid", "This setup link is not valid any more. While there is no superuser, a restart of the server gives a new one.")
	ErrSetupDone          = fault.New(fault.Conflict, "setup_done", "A superuser exists already.")
	ErrResetLink          = fault.New(fault.NotFound, "reset_link_invalid", "It was used, has expired, or was replaced. Ask who gave it to you for a new one.")
	ErrDisabled           = fault.New(fault.Conflict, "user_disabled", "This account is disabled. Enable it first.")
)

// Service does what is done to accounts.
type Service struct {
	Store  Store
	InTx   func(context.Context, func(Store) error) error
	Hasher *password.Hasher
	Policy password.Policy
	Naming user.Naming
	Now    func() time.Time // milliseconds

	// Prove returns the active account that a login and its password name, at the
	// cost and with the refusals of a sign-in.
	Prove func(ctx context.Context, from access.Origin, login string, plain secret.Text) (user.User, error)

	// IntegerIDs gives new accounts the next number instead of a UUID.
	IntegerIDs bool

	// RegistrationOpen lets strangers register.
	RegistrationOpen bool

	// PublicURL is where people reach the service, without a slash at the end. It is
	// never taken from a request.
	PublicURL string

	// Horizon is how long after now an access token can still be believed
	// somewhere: its lifetime, the largest leeway and a margin.
	Horizon time.Duration

	versions []int64 // see IfVersion; nil is no condition
}

// Draft is an account to be made.
type Draft struct {
	Username, Email, FirstName, LastName string
	Password                             secret.Text
	Staff, Superuser                     bool
}

// Register makes an account for whoever asks. Flags in the draft are not looked
// at. ErrRegistrationClosed, user.ErrInvalid, user.ErrUsernameTaken.
func (s *Service) Register(ctx context.Context, who access.Caller, d Draft) (user.User, error) {
	if !s.RegistrationOpen {
		return user.User{}, ErrRegistrationClosed
	}
	d.Staff, d.Superuser = false, false
	u, err := s.prepare(ctx, d)
	if err != nil {
		return user.User{}, err
	}
	return s.insert(ctx, who, u, event.UserRegistered)
}

// Create makes an account. It needs access.AddUser, and each flag that is given.
func (s *Service) Create(ctx context.Context, who access.Caller, d Draft) (user.User, error) {
	if err := who.Require(access.AddUser); err != nil {
		return user.User{}, err
	}
	if err := mayGive(who, d.Staff, d.Superuser); err != nil {
		return user.User{}, err
	}
	u, err := s.prepare(ctx, d)
	if err != nil {
		return user.User{}, err
	}
	return s.insert(ctx, who, u, event.UserCreated)
}

// mayGive refuses to give a flag that the caller does not have.
func mayGive(who access.Caller, staff, superuser bool) error {
	if superuser && !who.Rights.Superuser || staff && !who.Rights.Staff && !who.Rights.Superuser {
		return ErrGivesFlag
	}
	return nil
}

// Taken reports whether somebody has a username. Anybody who may make an account
// learns it; nobody else is to be asked for.
func (s *Service) Taken(ctx context.Context, username string) (bool, error) {
	name := s.Naming.Normalise(username)
	_, err := s.Store.UserByUsername(ctx, name, s.Naming.LookupKey(name))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return false, fmt.Errorf("look for the username: %w", err)
	}
	return err == nil, nil
}

// prepare checks a draft and makes the account of it: every problem of the fields
// first, then, with good fields, the name that is taken, then the password's.
func (s *Service) prepare(ctx context.Context, d Draft) (user.User, error) {
	u := s.Naming.NormaliseUser(user.User{
		Username: d.Username, Email: d.Email, FirstName: d.FirstName, LastName: d.LastName,
		Active: true, Staff: d.Staff, Superuser: d.Superuser, JoinedAt: s.Now(),
	})
	if err := user.Check(u); err != nil {
		return user.User{}, err
	}
	switch taken, err := s.Taken(ctx, u.Username); {
	case err != nil:
		return user.User{}, err
	case taken:
		return user.User{}, user.Taken()
	}
	encoded, err := s.encode(ctx, u, d.Password, "password")
	if err != nil {
		return user.User{}, err
	}
	u.Password = encoded
	return u, nil
}

// encode checks a new password and hashes it. Problems are named for the field.
func (s *Service) encode(ctx context.Context, u user.User, plain secret.Text, field string) (secret.Text, error) {
	problems := s.Policy.Validate(plain, password.Attributes{
		Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email,
	})
	if len(problems) > 0 {
		f := user.ErrInvalid
		for _, p := range problems {
			f = f.WithField(field, p.Message)
		}
		return secret.Text{}, f
	}
	encoded, err := s.Hasher.Hash(ctx, plain)
	return secret.New(encoded), err
}

func (s *Service) insert(ctx context.Context, who access.Caller, u user.User, what event.Action) (user.User, error) {
	err := s.InTx(ctx, func(tx Store) error {
		made, err := s.insertIn(ctx, tx, u)
		if err != nil {
			return err
		}
		u = made
		return tx.AppendEvent(ctx, event.New(who, u.JoinedAt, what, event.User(u.ID, u.Username)).With(flags(u)))
	})
	return u, insertError(err)
}

// insertIn gives the account its id and keeps it.
func (s *Service) insertIn(ctx context.Context, tx Store, u user.User) (user.User, error) {
	if err := closeSetup(ctx, tx, u); err != nil {
		return user.User{}, err
	}
	u.ID = ident.UserID(ident.New())
	if s.IntegerIDs {
		n, err := tx.NextUserNumber(ctx)
		if err != nil {
			return user.User{}, err
		}
		u.ID = ident.UserID(strconv.FormatInt(n, 10))
	}
	return u, tx.InsertUser(ctx, u)
}

// closeSetup drops the setup link when the account is a superuser: whoever made
// one needs the link no more, and a setup that runs at the same moment waits for
// the row and then finds that it came too late.
func closeSetup(ctx context.Context, tx Store, u user.User) error {
	if !u.Superuser {
		return nil
	}
	return tx.DropSetupLink(ctx)
}

// insertError names the field of a username that was taken at the last moment.
func insertError(err error) error {
	if f := fault.Of(err); f != nil && f.Is(user.ErrUsernameTaken) {
		return user.Taken().Because(err)
	}
	if err != nil {
		return fmt.Errorf("keep the account: %w", err)
	}
	return nil
}

func flags(u user.User) map[string]any {
	return map[string]any{"staff": u.Staff, "superuser": u.Superuser}
}

// User returns an account. It needs access.ViewUser, or to be that account.
func (s *Service) User(ctx context.Context, who access.Caller, id ident.UserID) (user.User, error) {
	if who.Kind != access.Person || who.UserID != id {
		if err := who.Require(access.ViewUser); err != nil {
			return user.User{}, err
		}
	}
	return s.Store.User(ctx, id)
}

// UserByName returns the account with this username, else the one with this id.
// It needs access.ViewUser.
func (s *Service) UserByName(ctx context.Context, who access.Caller, name string) (user.User, error) {
	if err := who.Require(access.ViewUser); err != nil {
		return user.User{}, err
	}
	normal := s.Naming.Normalise(name)
	u, err := s.Store.UserByUsername(ctx, normal, s.Naming.LookupKey(normal))
	if fault.KindOf(err) == fault.NotFound && ident.Valid(name) {
		return s.Store.User(ctx, ident.UserID(name))
	}
	return u, err
}

// Users is a page of the accounts, newest first, or in the order of the names when
// a filter has the beginning of a username, as it was typed. It needs
// access.ViewUser.
func (s *Service) Users(ctx context.Context, who access.Caller, f user.Filter, r page.Request) (page.Page[user.User], error) {
	if err := who.Require(access.ViewUser); err != nil {
		return page.Page[user.User]{}, err
	}
	f.UsernamePrefix = s.Naming.Key(s.Naming.Normalise(f.UsernamePrefix))
	f.HeldAt = s.Now()
	return s.Store.Users(ctx, f, r)
}

// over returns an account that the caller may act on with a permission. The
// account is read before its rights: what it is given between the two raises its
// rights version, so a change of the account that was read is refused.
func (s *Service) over(ctx context.Context, who access.Caller, p access.Permission, id ident.UserID) (user.User, error) {
	if err := who.Require(p); err != nil {
		return user.User{}, err
	}
	u, err := s.Store.User(ctx, id)
	if err != nil {
		return user.User{}, err
	}
	rights, err := s.Store.Rights(ctx, id, s.Now())
	if err != nil {
		return user.User{}, err
	}
	if err := who.RequireOver(id, rights); err != nil {
		return user.User{}, err
	}
	return u, nil
}

// cut ends the sessions of an account, raises its rights version and
// writes the event with the cut-off.
func (s *Service) cut(ctx context.Context, tx Store, e event.Event, id ident.UserID, why session.Reason) error {
	least, err := tx.RaiseRightsVersion(ctx, id)
	if err != nil {
		return err
	}
	n, err := tx.EndUserSessions(ctx, id, e.At, why)
	if err != nil {
		return err
	}
	return tx.AppendEvent(ctx, e.With(map[string]any{"sessions_ended": n}).
		Revoking(session.UserCutOff(id, least, e.At.Add(s.Horizon), string(why))))
}
