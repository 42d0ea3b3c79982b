package session

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
)

// Store is what this package needs kept.
type Store interface {
	event.Appender

	// InsertSession keeps a new session.
	InsertSession(ctx context.Context, s Session) error

	// Session returns ErrNotFound when there is no such session. An ended one is
	// returned for as long as it is kept.
	Session(ctx context.Context, id ident.SessionID) (Session, error)

	// RotateSession moves the session to the next generation and reports whether
	// this call did it. Of any number of concurrent calls with one From, exactly
	// one gets true; an ended or expired session gives false.
	RotateSession(ctx context.Context, r Rotation) (bool, error)

	// EndSession reports whether this call ended it: false when it had ended
	// before or does not exist.
	EndSession(ctx context.Context, id ident.SessionID, at time.Time, why Reason) (bool, error)

	// EndUserSessions ends every live session of the account, and all that another
	// issuer signed for it until then (user.User.SignedOutAt). It returns how many
	// sessions that were.
	EndUserSessions(ctx context.Context, of ident.UserID, at time.Time, why Reason) (int64, error)

	// EndAllSessions is EndUserSessions for every account of the installation.
	EndAllSessions(ctx context.Context, at time.Time, why Reason) (int64, error)

	// Sessions is a page of the sessions that live at f.LiveAt, newest first.
	Sessions(ctx context.Context, f Filter, r page.Request) (page.Page[Session], error)

	// RevokeToken keeps that a token of another issuer counts no more. Of any number
	// of calls about one token, one gets nil and the others ErrTokenRevoked.
	RevokeToken(ctx context.Context, t RevokedToken) error

	// RevokedToken returns ErrNotFound when nothing is kept about the jti.
	RevokedToken(ctx context.Context, id string) (RevokedToken, error)

	// DeleteRevokedTokens removes what is kept about tokens that expired before a
	// time, at most limit, and returns how many.
	DeleteRevokedTokens(ctx context.Context, before time.Time, limit int) (int64, error)

	// DeleteSessions removes sessions that ended or expired before a time, at most
	// limit, and returns how many.
	DeleteSessions(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Rotation is one refresh.
type Rotation struct {
	ID            ident.SessionID
	From          int64 // the generation that is traded; the next one is From+1
	At            time.Time
	IdleExpiresAt time.Time // of the new generation
	IP, UserAgent string
}

// Filter chooses sessions.
type Filter struct {
	UserID ident.UserID // "" for everybody's
	LiveAt time.Time
}
