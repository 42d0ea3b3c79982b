package verify

import (
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	maxLeeway          = 30 * time.Second
	defaultMaxLifetime = 24 * time.Hour
	defaultCacheSize   = 10_000
	maxCacheSize       = 10_000_000
)

// Config says which tokens a Verifier accepts. What is left out is refused
// rather than skipped: to skip a check, say so.
type Config struct {
	// Keys returns the current keys. It is called for every token and must be
	// fast, safe for concurrent use, and never return nil. Required.
	Keys func() *KeySet
	// Missing is called when a token names a key that Keys does not hold, with its
	// kid, which anybody may have made up: RemoteKeys.Missed is made for it. It must
	// be fast and safe for concurrent use. The token is refused all the same. It is
	// not called with IgnoreKeyID. Default: nothing is called.
	Missing func(kid string)

	// Issuer is what iss must be, byte for byte. Leave it empty only with
	// SkipIssuer.
	Issuer string
	// SkipIssuer accepts any iss and none.
	SkipIssuer bool

	// Audience lists what we are called: aud must name at least one of them,
	// byte for byte. Leave it empty only with SkipAudience.
	Audience []string
	// SkipAudience accepts any aud and none.
	SkipAudience bool

	// Types lists the accepted values of the header's typ, compared as media
	// types: without regard to case and to the prefix "application/"
	// (RFC 7515 section 4.1.9). Default: "JWT" and "at+jwt".
	Types []string
	// AllowMissingType accepts a header without typ.
	AllowMissingType bool
	// AnyHeader reads the header as the original service does: typ may be missing or
	// be any JSON value, and members that nobody knows are passed over, which is what
	// RFC 7515 section 4 has a reader do unless crit lists them. So crit is refused
	// whatever it lists, and so are a kid that is not text and an unencoded payload
	// (b64). Members that name a key (jku, jwk, x5u, x5c) choose none. Types and
	// AllowMissingType then mean nothing.
	AnyHeader bool

	// Claims is how the issuer calls the claims whose names can be configured.
	Claims ClaimNames

	// TokenTypes lists what the claim token_type may be. Default: "access".
	TokenTypes []string
	// AnyTokenType accepts any token_type and none.
	AnyTokenType bool

	// SkipID accepts a token without jti.
	SkipID bool

	// SkipSubject accepts a token that does not say whose it is.
	SkipSubject bool
	// AnyUserID reads the user id as the original service does, whose users have
	// numbers: 1, "1", 1.0, 1.9 and true are user "1". A user id of any other
	// kind (null, a list, an object, an empty text) is there and names nobody: the
	// token is good, Claims.HasUserID is set, and UserID and Subject are empty; it is
	// for the caller to say that there is no such user.
	// Only the claim with the user id says whose token it is: sub beside it must
	// be text and is not compared, and alone it is no subject.
	AnyUserID bool
	// AnyClaims reads the other claims as the original service does, for tokens that
	// it or somebody who shares its key made. exp, iat and nbf may be negative, true
	// or false, nbf also digits in a text; the nbf of a fraction is rounded down. jti and sub may be any text: Claims.ID is empty where it cannot be printed.
	// sid and rv that are not of our making (sid without rv too), iss and aud of another type where they are
	// skipped, and claims whose names differ from known ones in case only, are extra
	// claims.
	AnyClaims bool

	// Leeway is by how much the clocks of issuer and verifier may differ, 0 to
	// 30 s: exp counts as that much later, iat and nbf as that much earlier.
	Leeway time.Duration
	// MaxLifetime is the longest accepted time from iat to exp; in a token without
	// iat, from now to exp. It bounds what a stolen signature is worth.
	// Default: 24 h; less than 0 is any lifetime.
	MaxLifetime time.Duration
	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// IgnoreKeyID picks the key by alg alone and does not look at kid, for
	// issuers that do not name their key. The key set may then hold only one key
	// of each algorithm.
	IgnoreKeyID bool

	// Revocations is the set of cut-offs; nil is none.
	Revocations *Revocations
	// LiveRoles says that rights are not taken from the token but looked up, as
	// the server itself does. Cut-offs that only make rights in tokens stale are
	// then not looked at, and ErrStaleClaims is never returned.
	LiveRoles bool

	// SkipRights makes nothing of av, roles, permissions, username, is_staff and
	// is_superuser: they are extra claims of any type. It is for issuers that give
	// them another meaning; the fields of Claims stay empty.
	SkipRights bool

	// CacheSize is about how many verdicts are remembered, each at most as large
	// as the claims of its token. 0 is 10000, less turns remembering off.
	CacheSize int
}

// validate returns every mistake in the configuration.
func (c Config) validate() error {
	var problems []error
	wrong := func(is bool, text string) {
		if is {
			problems = append(problems, errors.New("verify: "+text))
		}
	}
	wrong(c.Issuer == "" && !c.SkipIssuer, "Issuer is empty and SkipIssuer is not set")
	wrong(c.Issuer != "" && c.SkipIssuer, "Issuer and SkipIssuer are both set")
	wrong(len(c.Audience) == 0 && !c.SkipAudience, "Audience is empty and SkipAudience is not set")
	wrong(len(c.Audience) > 0 && c.SkipAudience, "Audience and SkipAudience are both set")
	wrong(slices.Contains(c.Audience, ""), "Audience has an empty element")
	wrong(slices.Contains(c.Audience, "*"), "Audience has a wildcard, and there are none")
	wrong(slices.Contains(c.Types, ""), "Types has an empty element, which AllowMissingType is for")
	wrong(len(c.TokenTypes) > 0 && c.AnyTokenType, "TokenTypes and AnyTokenType are both set")
	wrong(slices.Contains(c.TokenTypes, ""), "TokenTypes has an empty element")
	problems = append(problems, c.Claims.validate(c.SkipRights)...)
	wrong(c.Leeway < 0 || c.Leeway > maxLeeway, "Leeway is not from 0 to 30 s")
	wrong(c.CacheSize > maxCacheSize, "CacheSize is above ten million")
	wrong(c.Keys == nil, "Keys is missing")
	if c.Keys != nil {
		set := c.Keys()
		wrong(set == nil, "Keys returns nil")
		wrong(set != nil && c.IgnoreKeyID && set.ambiguous(), "IgnoreKeyID with several keys of one algorithm")
	}
	return errors.Join(problems...)
}

// withDefaults returns a copy that shares nothing that could change.
func (c Config) withDefaults() Config {
	c.Audience = slices.Clone(c.Audience)
	types := c.Types
	if len(types) == 0 {
		types = []string{"JWT", "at+jwt"}
	}
	c.Types = make([]string, len(types))
	for i, t := range types {
		c.Types[i] = mediaType(t)
	}
	c.TokenTypes = slices.Clone(c.TokenTypes)
	if len(c.TokenTypes) == 0 {
		c.TokenTypes = []string{"access"}
	}
	c.Claims = c.Claims.withDefaults()
	if c.MaxLifetime == 0 {
		c.MaxLifetime = defaultMaxLifetime
	}
	if c.CacheSize == 0 {
		c.CacheSize = defaultCacheSize
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// mediaType returns the form in which values of typ are compared. A parameter
// stays in it, so "at+jwt;x=1" equals nothing.
func mediaType(typ string) string {
	typ = strings.ToLower(typ)
	if short, ok := strings.CutPrefix(typ, "application/"); ok && !strings.Contains(short, "/") {
		return short
	}
	return typ
}
