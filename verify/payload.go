package verify

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxIdentifier = 255          // bytes of jti, sub, user_id and sid
	maxSeconds    = 253402300799 // 9999-12-31T23:59:59Z, the last second RFC 3339 can write
)

// parse reads the claims and checks the type and range of each, not yet whether
// they are the wanted ones. A name that differs from a known one in case only is
// refused, beside the real one or instead of it.
func (f format) parse(data []byte) (*Claims, error) {
	members, err := parseObject(data, maxMembers)
	if err != nil {
		return nil, refuse(CodeMalformed, "the payload is not a strict JSON object")
	}
	if err := refuseVariants(members, f.known); err != nil {
		return nil, refuse(CodeMalformed, "a claim differs from a registered one in case only")
	}
	c := new(Claims)
	for _, m := range members {
		known, ok := f.set(c, m)
		if !ok {
			return nil, refuse(CodeMalformed, "a claim has the wrong type or range")
		}
		if !known {
			c.extra = append(c.extra, m)
		}
	}
	_, hasSub := members.get("sub")
	switch {
	case f.anyUserID || !hasSub:
		c.Subject = c.UserID
	case f.standard() && c.HasUserID && c.UserID != c.Subject:
		return nil, refuse(CodeMalformed, "sub and user_id differ")
	}
	return c, nil
}

// set stores one claim. known is false for claims without a field, ok for those
// of a wrong type or range.
func (f format) set(c *Claims, m member) (known, ok bool) {
	switch m.name {
	case f.names.ID:
		c.ID, ok = m.value.identifier()
	case f.names.UserID: // before sub, which it may be
		c.UserID, ok = m.value.userID(f.anyUserID)
		c.HasUserID = true
		if m.name == "sub" {
			c.Subject = c.UserID
		}
	case f.names.TokenType:
		// Any other type than a string is just not the wanted token type.
		c.TokenType, _ = m.value.line()
		c.hasTokenType, ok = true, true
	case "sub":
		c.Subject, ok = m.value.identifier()
		return !f.anyUserID, ok
	default:
		known, ok = c.set(m.name, m.value)
		if !known && f.rights {
			return c.setRights(m.name, m.value)
		}
		return known, ok
	}
	return true, ok
}

// set stores a claim whose name is the same in every token.
func (c *Claims) set(name string, v value) (known, ok bool) {
	switch name {
	case "sid":
		c.SessionID, ok = v.identifier()
		ok = ok && c.SessionID != "" // an empty one could not be cut off
	case "iss":
		c.Issuer, ok = v.line()
	case "aud":
		c.Audience, ok = v.audience()
	case "iat":
		c.IssuedAt, ok = v.date(math.Floor)
	case "exp":
		c.ExpiresAt, ok = v.date(math.Floor)
	case "nbf":
		c.NotBefore, ok = v.date(math.Ceil)
	case "rv":
		c.RightsVersion, c.HasRightsVersion = v.integer()
		ok = c.HasRightsVersion
	default:
		return false, true
	}
	return true, ok
}

// setRights stores a claim of what the subject may do and is called.
func (c *Claims) setRights(name string, v value) (known, ok bool) {
	switch name {
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
// With loose they are taken as such readers do, and what names nobody is empty.
func (v value) userID(loose bool) (string, bool) {
	switch {
	case loose:
		return v.looseUserID(), true
	case v.kind != kindNumber:
		return v.identifier()
	}
	_, ok := v.integer()
	return string(v.raw), ok
}

// looseUserID returns the text of a string and the digits of whatever Python's
// int takes for a whole number without losing anything, else nothing.
func (v value) looseUserID() string {
	switch v.kind {
	case kindString:
		if text, ok := v.identifier(); ok {
			return text
		}
	case kindTrue:
		return "1"
	case kindFalse:
		return "0"
	case kindNumber:
		if n, ok := v.whole(); ok {
			return strconv.FormatInt(n, 10)
		}
	}
	return ""
}

// whole returns a number that has no fraction, however it is written, from -2^63
// to 2^63-1.
func (v value) whole() (int64, bool) {
	text := string(v.raw)
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
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
