package verify

import (
	"errors"
	"slices"
	"time"
)

// Verifier checks tokens. It is safe for concurrent use.
type Verifier struct {
	cfg    Config
	format format
	cache  *cache // nil when verdicts are not remembered
}

// New returns a verifier. Its error names every mistake in cfg.
func New(cfg Config) (*Verifier, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	v := &Verifier{cfg: cfg, format: newFormat(cfg)}
	if v.cfg.CacheSize > 0 {
		v.cache = newCache(v.cfg.CacheSize)
	}
	return v, nil
}

// Verify returns the claims of raw, a JWS in compact form, if it is good now.
// The claims are shared and must not be changed. Every error is an *Error and
// matches one of the sentinels; a wrong signature is reported before anything
// about the claims.
func (v *Verifier) Verify(raw string) (*Claims, error) {
	if len(raw) > maxToken {
		return nil, refuse(CodeMalformed, "longer than 8192 bytes")
	}
	set, now := v.cfg.Keys(), v.cfg.Now()
	c, err := v.remembered(raw, set, now)
	if err != nil {
		return nil, err
	}
	if err := v.cfg.Revocations.check(c, v.cfg.LiveRoles); err != nil {
		return nil, err
	}
	return c, nil
}

// CheckSubject refuses the claims of a good token if a cut-off of kind CutoffUser
// for the subject id concerns it, as Verify does for the token's own subject. It
// is for issuers whose tokens name people by something else, a username say: the
// cut-offs name them by id, which the caller has looked up. The error is nil or an
// *Error, ErrRevoked, or ErrStaleClaims unless Config.LiveRoles is set.
func (v *Verifier) CheckSubject(c *Claims, id string) error {
	return v.cfg.Revocations.checkSubject(c, id, v.cfg.LiveRoles)
}

// remembered returns the claims of raw without regard to cut-offs, from memory
// where it can. The claims of a cut-off token are remembered too, so that
// repeating it costs nothing.
func (v *Verifier) remembered(raw string, set *KeySet, now time.Time) (*Claims, error) {
	if v.cache == nil {
		c, _, err := v.afresh(raw, set, now)
		return c, err
	}
	sum := sumOf(raw)
	if known := v.cache.get(&sum); known != nil && set.holds(known.key, v.cfg.IgnoreKeyID) {
		if err := v.checkClock(known.claims, now); err != nil {
			return nil, err
		}
		return known.claims, nil
	}
	c, key, err := v.afresh(raw, set, now)
	if err != nil {
		return nil, err
	}
	v.cache.put(&verdict{sum: sum, key: key, claims: c})
	return c, nil
}

// afresh reads raw from the first byte to the last claim.
func (v *Verifier) afresh(raw string, set *KeySet, now time.Time) (*Claims, *heldKey, error) {
	parts, err := parseCompact(raw, anyHeader(v.cfg.AnyHeader))
	if err != nil {
		return nil, nil, err
	}
	if len(parts.payload) == 0 {
		return nil, nil, refuse(CodeMalformed, "an empty segment")
	}
	key, err := parts.open(set, v.cfg.IgnoreKeyID)
	if err != nil {
		if v.cfg.Missing != nil && !v.cfg.IgnoreKeyID && errors.Is(err, ErrUnknownKey) {
			v.cfg.Missing(parts.header.keyID)
		}
		return nil, nil, err
	}
	if err := v.checkHeaderType(parts.header); err != nil {
		return nil, nil, err
	}
	c, err := v.format.parse(parts.payload)
	if err != nil {
		return nil, nil, err
	}
	c.KeyID, c.Algorithm = key.ID, key.Algorithm
	if err := v.check(c, now); err != nil {
		return nil, nil, err
	}
	return c, key, nil
}

func (v *Verifier) checkHeaderType(h header) error {
	switch {
	case v.cfg.AnyHeader:
		return nil
	case !h.hasTyp && !v.cfg.AllowMissingType:
		return refuse(CodeTokenType, "the header has no typ")
	case h.hasTyp && !slices.Contains(v.cfg.Types, mediaType(h.typ)):
		return refuse(CodeTokenType, "the header's typ")
	}
	return nil
}

// check looks at the claims in the order that clients of the original service
// know: of several faults the first decides the answer.
func (v *Verifier) check(c *Claims, now time.Time) error {
	if err := v.checkClock(c, now); err != nil {
		return err
	}
	named := func(audience string) bool { return slices.Contains(v.cfg.Audience, audience) }
	switch {
	case c.malformed:
		return refuse(CodeMalformed, "a claim has the wrong type or range")
	case !v.cfg.SkipAudience && !slices.ContainsFunc(c.Audience, named):
		return refuse(CodeAudience, "")
	case !v.cfg.SkipIssuer && c.Issuer != v.cfg.Issuer:
		return refuse(CodeIssuer, "")
	case c.ExpiresAt.IsZero():
		return refuse(CodeNoExpiry, "")
	case !v.cfg.SkipID && c.ID == "" && !(v.cfg.AnyClaims && c.hasID):
		return refuse(CodeNoID, "")
	case !v.cfg.AnyTokenType && !c.hasTokenType:
		return refuse(CodeNoTokenType, "")
	case !v.cfg.AnyTokenType && !slices.Contains(v.cfg.TokenTypes, c.TokenType):
		return refuse(CodeTokenType, "")
	case !v.cfg.SkipSubject && c.Subject == "" && !(v.cfg.AnyUserID && c.HasUserID):
		return refuse(CodeNoSubject, "")
	}
	start := c.IssuedAt
	if start.IsZero() {
		start = now
	}
	if v.cfg.MaxLifetime > 0 && c.ExpiresAt.Sub(start) > v.cfg.MaxLifetime {
		return refuse(CodeLifetime, "")
	}
	return nil
}

// checkClock looks at what time alone can change. A token is expired in the
// very second of its exp (RFC 7519 section 4.1.4).
func (v *Verifier) checkClock(c *Claims, now time.Time) error {
	late, early := now.Add(v.cfg.Leeway), now.Add(-v.cfg.Leeway)
	switch {
	case c.IssuedAt.After(late):
		return refuse(CodeNotYetValid, "iat")
	case c.NotBefore.After(late):
		return refuse(CodeNotYetValid, "nbf")
	case !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(early):
		return refuse(CodeExpired, "")
	}
	return nil
}
