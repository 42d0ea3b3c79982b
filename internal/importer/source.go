package importer

import (
	"context"
	"iter"
	"time"

	"github.com/countersign/countersign/internal/user"
)

// Source is another service's database. Rows that it cannot decode it returns with
// what is wrong with them; its errors are those of the database itself.
type Source interface {
	// Name tells this source from others in at most 40 bytes. A copy of it, and
	// another way to reach it, have the same name.
	Name() string

	// Notes are sentences about how the source is read, for the report.
	Notes() []string

	// UserCount is how many users there are.
	UserCount(ctx context.Context) (int64, error)

	// LastNumber is the largest number that was ever given as the id of a user, as
	// far as the database knows; 0 when ids are no numbers.
	LastNumber(ctx context.Context) (int64, error)

	// Permissions and Groups return all of them, by id.
	Permissions(ctx context.Context) ([]Permission, error)
	Groups(ctx context.Context) ([]Group, error)

	// Users yields all users by id, at most limit at a time.
	Users(ctx context.Context, limit int) iter.Seq2[[]User, error]

	// RevokedTokens yields what is revoked and expires after now, at most limit
	// at a time.
	RevokedTokens(ctx context.Context, limit int, now time.Time) iter.Seq2[[]Token, error]

	// MissingUsers returns which of these ids no user has, at most 500 of them, as
	// the rows that they were.
	MissingUsers(ctx context.Context, ids []string) ([]Row, error)
}

// Row is a row of the source, for the report.
type Row struct {
	Table string
	ID    string // as text

	// Broken says why the row cannot be read; empty when it can.
	Broken string
}

// Permission is a permission of the source.
type Permission struct {
	Row
	Name        string // "app.action"
	Description string
}

// Group is a group of the source.
type Group struct {
	Row
	Name        string
	Permissions []string // ids of rows
}

// User is a user of the source.
type User struct {
	Row
	// User has what the source says: names, address, password string, flags and
	// times. Its id is the row's.
	User        user.User
	Groups      []string // ids of rows
	Permissions []string // ids of rows
}

// Token is a token that the source revoked.
type Token struct {
	Row
	JTI       string
	UserID    string    // empty when the user is gone
	RevokedAt time.Time // zero: not known
	ExpiresAt time.Time // zero: not known
}
