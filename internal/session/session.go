package session

import (
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// ErrNotFound is returned when there is no such session, or none that the caller
// may know of.
var ErrNotFound = fault.New(fault.NotFound, "session_not_found", "There is no such session.")

// SaltBytes is the length of a session's random salt.
const SaltBytes = 16

// Session is one signed-in device.
type Session struct {
	ID     ident.SessionID
	UserID ident.UserID

	// Generation counts the refreshes; the refresh token in force carries it.
	Generation int64

	// RotatedAt is when the generation began: the sign-in, or the last refresh.
	RotatedAt time.Time

	// Salt is half of what refresh tokens are signed with; the other half is the
	// instance secret.
	Salt []byte

	CreatedAt     time.Time
	IdleExpiresAt time.Time // moves with every refresh
	ExpiresAt     time.Time // never moves

	IP, UserAgent           string    // of the sign-in
	RotatedIP, RotatedAgent string    // of the last refresh, or the sign-in
	AuthenticationMethods   []string  // RFC 8176: "pwd"
	EndedAt                 time.Time // zero while it lives
	EndReason               Reason
}

// Reason says why a session ended.
type Reason string

// The reasons.
const (
	SignedOut           Reason = "signed_out"
	SignedOutEverywhere Reason = "signed_out_everywhere"
	EndedByAdmin        Reason = "ended_by_administrator"
	PasswordChanged     Reason = "password_changed"
	UserDisabled        Reason = "user_disabled"
	UserDeleted         Reason = "user_deleted"
	RefreshReused       Reason = "refresh_reused"
	SecretLost          Reason = "secret_lost"

	// Of tokens without a session.
	Exchanged   Reason = "exchanged"             // for a session's
	Blacklisted Reason = "blacklisted_elsewhere" // by the issuer of the token
)

// Live reports whether the session can still be refreshed at that time.
func (s Session) Live(now time.Time) bool {
	return s.EndedAt.IsZero() && now.Before(s.IdleExpiresAt) && now.Before(s.ExpiresAt)
}
