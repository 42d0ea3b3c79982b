package verify

import (
	"fmt"
	"strings"
)

// ClaimNames is how an issuer calls the claims that have no registered name or
// may have another one. An empty name is the default.
//
// A claim under a default name that is configured away is an ordinary extra one.
type ClaimNames struct {
	// UserID is the claim that says whose token it is. It may be "sub", and with
	// Config.SkipRights "username".
	// Default: "user_id".
	UserID string
	// TokenType is the claim with the kind of token. Default: "token_type".
	TokenType string
	// ID is the claim that no two tokens share. Default: "jti".
	ID string
	// Roles and Permissions are the claims with what the subject has. They are not
	// looked at with Config.SkipRights. Defaults: "roles", "permissions".
	Roles       string
	Permissions string
}

// defaultNames are those of the original service and of ours.
var defaultNames = ClaimNames{
	UserID: "user_id", TokenType: "token_type", ID: "jti", Roles: "roles", Permissions: "permissions",
}

// fixedClaims are the other claims with a field in Claims, rightsClaims those of
// them that only tell what the subject may do and is called.
var (
	fixedClaims  = [...]string{"sub", "iss", "aud", "sid", "iat", "exp", "nbf", "rv"}
	rightsClaims = [...]string{"av", "username", "is_staff", "is_superuser"}
)

func (n ClaimNames) withDefaults() ClaimNames {
	for _, name := range []struct{ given, fallback *string }{
		{&n.UserID, &defaultNames.UserID}, {&n.TokenType, &defaultNames.TokenType}, {&n.ID, &defaultNames.ID},
		{&n.Roles, &defaultNames.Roles}, {&n.Permissions, &defaultNames.Permissions},
	} {
		if *name.given == "" {
			*name.given = *name.fallback
		}
	}
	return n
}

// list returns the names that are looked at.
func (n ClaimNames) list(skipRights bool) []string {
	names := []string{n.UserID, n.TokenType, n.ID}
	if !skipRights {
		names = append(names, n.Roles, n.Permissions)
	}
	return names
}

// validate returns every pair of claims that could not be told apart. Case does
// not tell claims apart.
func (n ClaimNames) validate(skipRights bool) []error {
	var problems []error
	n = n.withDefaults()
	fixed := fixedClaims[:]
	if !skipRights {
		fixed = append(fixed[:len(fixed):len(fixed)], rightsClaims[:]...)
	}
	names := n.list(skipRights)
	for i, name := range names {
		for _, other := range names[:i] {
			if strings.EqualFold(name, other) {
				problems = append(problems, fmt.Errorf("verify: Claims has %q and %q", other, name))
			}
		}
		for _, other := range fixed {
			if strings.EqualFold(name, other) && !(i == 0 && name == "sub") {
				problems = append(problems, fmt.Errorf("verify: Claims has %q, and the claim %q means something else", name, other))
			}
		}
	}
	return problems
}

// format is how the payloads of one issuer are read.
type format struct {
	names     ClaimNames
	known     []string // the claims with a field in Claims
	anyUserID bool
	anyClaims bool
	anyIssuer bool // of whatever type
	anyNamed  bool // any audience, of whatever type
	rights    bool // whether rightsClaims are read
}

func newFormat(c Config) format {
	f := format{
		names: c.Claims, known: append(c.Claims.list(c.SkipRights), fixedClaims[:]...), rights: !c.SkipRights,
		anyUserID: c.AnyUserID, anyClaims: c.AnyClaims, anyIssuer: c.AnyClaims && c.SkipIssuer, anyNamed: c.AnyClaims && c.SkipAudience,
	}
	if f.rights {
		f.known = append(f.known, rightsClaims[:]...)
	}
	return f
}

// standard reports whether sub, where there is one, must agree with the user id.
func (f format) standard() bool { return f.names.UserID == defaultNames.UserID && !f.anyUserID }
