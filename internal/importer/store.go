package importer

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// Kind says what a remembered row was.
type Kind string

// The kinds of rows.
const (
	KindPermission Kind = "permission"
	KindRole       Kind = "role"
	KindUser       Kind = "user"
)

// Origin names the rows of one kind of one source.
type Origin struct {
	Source string // Source.Name
	Kind   Kind
}

// Imported is what is remembered of a row that was imported.
type Imported struct {
	SourceID string
	TargetID string // what was made of it; see the features
	Fields   []byte // at most 255 bytes; for this package alone to read
}

// Assignment gives a role to a user.
type Assignment struct {
	UserID ident.UserID
	RoleID ident.RoleID
}

// Grant gives a permission to a user.
type Grant struct {
	UserID     ident.UserID
	Permission access.Permission
}

// Store is what this package needs kept.
type Store interface {
	user.Store
	role.Store

	// EndUserSessions and RevokedToken: see session.Store.
	EndUserSessions(ctx context.Context, of ident.UserID, at time.Time, why session.Reason) (int64, error)
	RevokedToken(ctx context.Context, id string) (session.RevokedToken, error)

	// RevokeTokens keeps tokens that another issuer revoked, at most 500, and
	// returns how many of them were not known. It returns session.ErrTokenRevoked
	// when somebody else revokes one of them at the same moment.
	RevokeTokens(ctx context.Context, all []session.RevokedToken) (int64, error)

	// DropSetupLink: see account.Store.
	DropSetupLink(ctx context.Context) error

	// ImportedRows returns what is remembered of these rows of the source.
	ImportedRows(ctx context.Context, of Origin, sourceIDs []string) ([]Imported, error)

	// ImportedCount is how many rows are remembered.
	ImportedCount(ctx context.Context, of Origin) (int64, error)

	// ImportedAfter returns the ids of remembered rows that come after one, in the
	// order of their bytes, at most limit.
	ImportedAfter(ctx context.Context, of Origin, sourceID string, limit int) ([]string, error)

	// InsertImported remembers rows that were not remembered.
	InsertImported(ctx context.Context, of Origin, rows []Imported) error

	// UpdateImported remembers a row anew.
	UpdateImported(ctx context.Context, of Origin, row Imported) error

	// InsertUsers is InsertUser for many at once. It returns user.ErrUsernameTaken
	// when an id, a name or a key of one of them is taken; then none is kept.
	InsertUsers(ctx context.Context, all []user.User) error

	// TakenBy returns the accounts that have the id, the username or the key of
	// one of these. Only those three fields of them are read.
	TakenBy(ctx context.Context, all []user.User) ([]user.User, error)

	// InsertAssignments and InsertGrants give what was not given yet.
	InsertAssignments(ctx context.Context, all []Assignment) error
	InsertGrants(ctx context.Context, all []Grant) error

	// SetUserTimes writes when the account was made and signed in last.
	SetUserTimes(ctx context.Context, id ident.UserID, joined, lastSignIn time.Time) error

	// RaiseUserNumber makes the next number of the sequence for integer ids larger
	// than least.
	RaiseUserNumber(ctx context.Context, least int64) error
}
