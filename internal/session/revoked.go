package session

import (
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// ErrTokenRevoked is returned for a token of another issuer that counts no more.
var ErrTokenRevoked = fault.New(fault.Unauthenticated, "token_revoked", "The token was revoked; sign in again.")

// RevokedToken is a refresh token, or a sliding one, that another issuer signed
// with a key that is shared with it, and that counts no more. Such a token has no
// session: this is all that is known of it, until it would have expired.
type RevokedToken struct {
	ID        string // its jti, at most 255 bytes
	UserID    ident.UserID
	SessionID ident.SessionID // the one that took its place; empty for none
	RevokedAt time.Time
	ExpiresAt time.Time // its exp
	Reason    Reason
}
