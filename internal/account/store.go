package account

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// Store is what this package needs kept.
type Store interface {
	event.Appender
	user.Store

	// EndUserSessions: see session.Store.
	EndUserSessions(ctx context.Context, of ident.UserID, at time.Time, why session.Reason) (int64, error)

	// PutSetupLink keeps the hash of the one setup link; a new one replaces the
	// old one.
	PutSetupLink(ctx context.Context, hash []byte, expiresAt time.Time) error

	// SetupLinkLive reports whether this link exists and has not expired.
	SetupLinkLive(ctx context.Context, hash []byte, now time.Time) (bool, error)

	// ConsumeSetupLink forgets the link and reports whether this call did it. Of
	// any number of concurrent calls, exactly one gets true; an expired or
	// replaced link gives false.
	ConsumeSetupLink(ctx context.Context, hash []byte, now time.Time) (bool, error)

	// PutResetLink keeps a link to a new password in the place of the account's older
	// one. It runs in a transaction that has taken the account's row.
	PutResetLink(ctx context.Context, l ResetLink) error

	// ResetLink returns the link with this hash, or ErrResetLink when there is none
	// or it has expired.
	ResetLink(ctx context.Context, hash []byte, now time.Time) (ResetLink, error)

	// ConsumeResetLink forgets the link and reports whether this call did it. Of any
	// number of concurrent calls, exactly one gets true; an expired or replaced link
	// gives false.
	ConsumeResetLink(ctx context.Context, hash []byte, now time.Time) (bool, error)

	// DropSetupLink forgets the link, whatever it is.
	DropSetupLink(ctx context.Context) error
}
