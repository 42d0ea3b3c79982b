package verify

import (
	"math"
	"slices"
	"strconv"
	"time"
)

const (
	maxIdentifier = 255          // bytes of jti, sub, user_id and sid
	maxSeconds    = 253402300799 // 9999-12-31T23:59:59Z, the last second RFC 3339 can write
)

// claimNames are the claims with a field in Claims. A name that differs from one
// of them in case only is refused, beside the real one or instead of it.
var claimNames = [...]string{
	"jti", "sub", "user_id", "iss", "aud", "token_type", "sid", "iat", "exp", "nbf", "rv", "av",
	"roles", "permissions", "username", "is_staff", "is_superuser",
}

// parsePayload reads the claims and checks the type and range of each, not yet
// whether they are the wanted ones.
func parsePayload(data []byte) (*Claims, error) {
	members, err := parseObject(data, maxMembers)
	if err != nil {
		return nil, refuse(CodeMalformed, "the payload is not a strict JSON object")
	}
	if err := refuseVariants(members, claimNames[:]); err != nil {
		return nil, refuse(CodeMalformed, "a claim differs from a registered one in case only")
	}
	c := new(Claims)
	for _, m := range members {
		known, ok := c.set(m.name, m.value)
		if !ok {
			return nil, refuse(CodeMalformed, "a claim has the wrong type or range")
		}
		if !known {
			c.extra = append(c.extra, m)
		}
	}
	if _, ok := members.get("sub"); !ok {
		c.Subject = c.UserID
	} else if _, ok := members.get("user_id"); ok && c.UserID != c.Subject {
		return nil, refuse(CodeMalformed, "sub and user_id differ")
	}
	return c, nil
}

// set stores one claim. known is false for claims without a field, ok for those
// of a wrong type or range.
func (c *Claims) set(name string, v value) (known, ok bool) {
	switch name {
	case "jti":
		c.ID, ok = v.identifier()
	case "sub":
		c.Subject, ok = v.identifier()
	case "user_id":
		c.UserID, ok = v.userID()
	case "sid":
		c.SessionID, ok = v.identifier()
		ok = ok && c.SessionID != "" // an empty one could not be cut off
	case "iss":
		c.Issuer, ok = v.line()
	case "aud":
		c.Audience, ok = v.audience()
	case "token_type":
		// Any other type than a string is just not the wanted token type.
		c.TokenType, _ = v.line()
		c.hasTokenType, ok = true, true
	case "iat":
		c.IssuedAt, ok = v.date(math.Floor)
	case "exp":
		c.ExpiresAt, ok = v.date(math.Floor)
	case "nbf":
		c.NotBefore, ok = v.date(math.Ceil)
	case "rv":
		c.RightsVersion, c.HasRightsVersion = v.integer()
		ok = c.HasRightsVersion
	case "av":
		c.AccessVersion, c.HasAccessVersion = v.integer()
		ok = c.HasAccessVersion
	case "roles":
		c.Roles, ok = v.lines()
	case "permissions":
		c.Permissions, ok = v.lines()
		c.PermissionsListed = ok
	case "username":
		c.Username, ok = v.line()
	case "is_staff":
		c.Staff, ok = v.boolean()
	case "is_superuser":
		c.Superuser, ok = v.boolean()
	default:
		return false, true
	}
	return true, ok
}

// line returns a string without control characters: it can go into a header or
// a log line as it is.
func (v value) line() (string, bool) {
	text, err := v.text()
	return text, err == nil && !hasControl(text)
}

func (v value) lines() ([]string, bool) {
	list, err := v.texts()
	if slices.ContainsFunc(list, hasControl) {
		return nil, false
	}
	return list, err == nil
}

func (v value) identifier() (string, bool) {
	text, ok := v.line()
	return text, ok && len(text) <= maxIdentifier
}

// userID returns a string or the decimal digits of a whole number. 1.0, 1e0 and
// true, which some readers take for user 1, are refused: one user, one spelling.
func (v value) userID() (string, bool) {
	if v.kind != kindNumber {
		return v.identifier()
	}
	_, ok := v.integer()
	return string(v.raw), ok
}

// audience returns aud: a string or an array of strings (RFC 7519 section 4.1.3).
func (v value) audience() ([]string, bool) {
	if v.kind == kindString {
		one, ok := v.line()
		return []string{one}, ok
	}
	return v.lines()
}

func (v value) boolean() (bool, bool) {
	return v.kind == kindTrue, v.kind == kindTrue || v.kind == kindFalse
}

// integer returns a whole number from 0 to 2^63-1, written as digits.
func (v value) integer() (int64, bool) {
	if v.kind != kindNumber || v.raw[0] == '-' { // "-0" is refused too
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.raw), 10, 64)
	return n, err == nil
}

// date returns a NumericDate (RFC 7519 section 2) made whole by round. The range
// is checked while it is a float: converting 1e30 first would wrap it round to
// some harmless looking time.
func (v value) date(round func(float64) float64) (time.Time, bool) {
	if v.kind != kindNumber {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil || !(0 <= seconds && seconds <= maxSeconds) {
		return time.Time{}, false
	}
	return time.Unix(int64(round(seconds)), 0).UTC(), true
}
