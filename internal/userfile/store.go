package userfile

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// Holdings are what an account was given.
type Holdings struct {
	Roles       []HeldRole     // by name
	Permissions []access.Grant // sorted
}

// HeldRole is a role that an account was given.
type HeldRole struct {
	Name  string
	Until time.Time // when it ends; zero for never
}

// Store is what this package needs kept.
type Store interface {
	event.Appender

	// See user.Store.
	User(ctx context.Context, id ident.UserID) (user.User, error)
	NextUserNumber(ctx context.Context) (int64, error)

	// See role.Store.
	UserRoles(ctx context.Context, of ident.UserID, at time.Time) ([]role.Held, error)
	UserPermissions(ctx context.Context, of ident.UserID, at time.Time) ([]access.Grant, error)
	AssignRole(ctx context.Context, to ident.UserID, id ident.RoleID, until time.Time) (bool, error)
	GrantPermission(ctx context.Context, to ident.UserID, p access.Permission, until time.Time) (bool, error)

	// DropSetupLink: see account.Store.
	DropSetupLink(ctx context.Context) error

	// InsertUsers, TakenBy, RaiseUserNumber: see importer.Store.
	InsertUsers(ctx context.Context, all []user.User) error
	TakenBy(ctx context.Context, all []user.User) ([]user.User, error)
	RaiseUserNumber(ctx context.Context, least int64) error

	// UsersAfter returns the accounts whose ids come after one, in the order of their
	// bytes, at most limit.
	UsersAfter(ctx context.Context, id ident.UserID, limit int) ([]user.User, error)

	// Holdings returns what accounts were given and has not ended at a moment. Who has
	// nothing is not in it.
	Holdings(ctx context.Context, of []ident.UserID, at time.Time) (map[ident.UserID]Holdings, error)
}
