package verify

import (
	"bytes"
	"encoding/json"
	"time"
)

// Claims is what a good token says. One value is shared by everybody who
// presents the same token: it must not be changed.
//
// Times have a precision of seconds and are in UTC; a time that the token does
// not give is the zero Time. Text has no control characters.
type Claims struct {
	// ID is jti, empty in a token without one.
	ID string
	// Subject is sub, or the user id in a token without sub; under AnyUserID it is
	// always the user id. "client:<id>" is a client that acts for itself.
	Subject string
	// UserID is the claim user_id, or what Config.Claims calls so; a number is
	// given as its decimal digits. It is empty in a token without the claim, and
	// under AnyUserID in one whose claim names nobody.
	UserID string
	// HasUserID says that the token has the claim, whatever it holds.
	HasUserID bool
	// BlankUserID says that the claim holds what stands for nothing: null, false, 0,
	// an empty text, list or object. It is only set under AnyUserID.
	BlankUserID bool
	// Issuer is iss.
	Issuer string
	// Audience is aud, one element where the token has a plain string.
	Audience []string
	// TokenType is token_type, such as "access"; empty where it is not text.
	TokenType string
	// SessionID is sid: the session, API key or client behind the token.
	SessionID string
	// KeyID and Algorithm are those of the key that verified the token.
	KeyID     string
	Algorithm Algorithm
	// IssuedAt, ExpiresAt and NotBefore are iat, exp and nbf. Fractions of a
	// second are cut off, of nbf rounded up.
	IssuedAt  time.Time
	ExpiresAt time.Time
	NotBefore time.Time
	// RightsVersion is rv, the version of the subject's rights; HasRightsVersion
	// says that the token has it.
	RightsVersion    int64
	HasRightsVersion bool
	// AccessVersion is av, the version of the access model; HasAccessVersion says
	// that the token has it.
	AccessVersion    int64
	HasAccessVersion bool
	// Roles are the subject's roles, included ones too. RolesListed is false when
	// they did not fit into the token: then they must be looked up.
	Roles       []string
	RolesListed bool
	// Permissions are the subject's permissions. PermissionsListed is false when
	// they did not fit into the token: then they must be looked up, and an empty
	// list does not mean that there are none.
	Permissions       []string
	PermissionsListed bool
	// Username is username, Staff is_staff and Superuser is_superuser.
	Username  string
	Staff     bool
	Superuser bool

	hasTokenType bool
	hasID        bool
	malformed    bool // a claim that is looked at after the times has the wrong type
	extra        object
}

// Extra returns a copy of the JSON text of a claim that has no field of its own,
// and whether the token has it. Case matters. A name that Config.Claims changed
// has none under its old spelling; neither has sub where AnyUserID makes nothing
// of it.
func (c *Claims) Extra(name string) (json.RawMessage, bool) {
	v, ok := c.extra.get(name)
	if !ok {
		return nil, false
	}
	return json.RawMessage(bytes.Clone(v.raw)), true
}
