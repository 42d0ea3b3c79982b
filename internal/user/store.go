package user

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
)

// Store is what this package needs kept.
type Store interface {
	// NextUserNumber returns the next number of the sequence for integer ids.
	NextUserNumber(ctx context.Context) (int64, error)

	// InsertUser returns ErrUsernameTaken when the name, or its key, belongs to
	// another account.
	InsertUser(ctx context.Context, u User) error

	// User returns ErrNotFound when there is no such account.
	User(ctx context.Context, id ident.UserID) (User, error)

	// UserByUsername finds the account that has exactly this name, else the one
	// that has this key; with an empty key only the exact name counts. It returns
	// ErrNotFound when there is none.
	UserByUsername(ctx context.Context, username, key string) (User, error)

	// UsersByEmail returns the accounts with this email key, at most limit,
	// oldest first.
	UsersByEmail(ctx context.Context, emailKey string, limit int) ([]User, error)

	// Users is a page of the accounts, newest first; with a UsernamePrefix by key, and
	// then the ID of a position is one. With a Role they may come by id, the greatest
	// first, which is the same where ids tell the time.
	Users(ctx context.Context, f Filter, r page.Request) (page.Page[User], error)

	// UpdateUser writes username and key, email and key, names, and the flags
	// staff and superuser, only while the stored account has the rights version of
	// u: flags that were taken away meanwhile do not come back. It returns
	// ErrNotFound, ErrChanged or ErrUsernameTaken.
	UpdateUser(ctx context.Context, u User) error

	// TakeVersion takes the account's row until the transaction ends, only while it
	// has one of these versions, and reports whether it did. It returns ErrNotFound.
	TakeVersion(ctx context.Context, id ident.UserID, versions []int64) (bool, error)

	// SetActive writes the flag active and reports whether it changed anything. It
	// returns ErrNotFound.
	SetActive(ctx context.Context, id ident.UserID, active bool) (bool, error)

	// SetPassword writes the password string, which need not be changed. It returns
	// ErrNotFound.
	SetPassword(ctx context.Context, id ident.UserID, encoded secret.Text) error

	// ReplacePassword writes a new string for the same password, only while the
	// stored one is still the given one, and reports whether it did. Whether the
	// password must be changed stays.
	ReplacePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error)

	// ChangePassword is ReplacePassword for another password, which need not be
	// changed.
	ChangePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error)

	// ConfirmSignIn is the last look at an account before its session is kept: it
	// writes the time of the sign-in (a zero time leaves the old one) only while
	// the account is active and has this rights version, and reports whether it
	// did. It is one UPDATE, so that of a sign-in and a disabling at the same
	// moment one sees the other.
	ConfirmSignIn(ctx context.Context, id ident.UserID, rightsVersion int64, at time.Time) (bool, error)

	// RaiseRightsVersion adds one to the account's rights version and returns the
	// new one. It returns ErrNotFound.
	RaiseRightsVersion(ctx context.Context, id ident.UserID) (int64, error)

	// DeleteUser removes the account with its sessions, roles and grants. It
	// returns ErrNotFound.
	DeleteUser(ctx context.Context, id ident.UserID) error

	// Rights returns what the account holds at a moment: flags, the names of its
	// roles and of those that they include, effective permissions; nothing that has
	// ended. It returns ErrNotFound.
	Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error)

	// SuperuserExists reports whether any active superuser exists.
	SuperuserExists(ctx context.Context) (bool, error)

	Superusers
}

// Filter chooses accounts. Zero fields choose all.
type Filter struct {
	// Search is matched as a part of username, email, first or last name, without
	// regard to case. It is taken literally.
	Search string

	// UsernamePrefix is what the key of the username begins with; see Naming.Key. With
	// it pages come in the order of the keys.
	UsernamePrefix string

	JoinedFrom  time.Time // included
	JoinedUntil time.Time // not included

	Active    *bool
	Staff     *bool
	Superuser *bool
	Role      ident.RoleID // held, or included by a role that is held

	// HeldAt is the moment at which the role is held; with zero what has ended counts
	// too.
	HeldAt time.Time
}
