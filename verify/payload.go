package verify

import (
	"math"
	"slices"
	"strconv"
)

const maxIdentifier = 255 // bytes of jti, sub, user_id and sid

// parse reads the claims and checks the type and range of each, not yet whether
// they are the wanted ones. A name that differs from a known one in case only is
// refused, beside the real one or instead of it. A time of the wrong type is an
// error; of any other claim it is kept in malformed, because what the times say is
// said first.
func (f format) parse(data []byte) (*Claims, error) {
	members, err := parseObject(data, maxMembers)
	if err != nil {
		return nil, refuse(CodeMalformed, "the payload is not a strict JSON object")
	}
	if err := refuseVariants(members, f.known); err != nil && !f.anyClaims {
		return nil, refuse(CodeMalformed, "a claim differs from a registered one in case only")
	}
	c := new(Claims)
	for _, m := range members {
		known, ok := f.set(c, m)
		switch m.name {
		case "exp", "iat", "nbf":
			if !ok {
				return nil, refuse(CodeMalformed, "a claim has the wrong type or range")
			}
		default:
			c.malformed = c.malformed || !ok
		}
		if !known {
			c.extra = append(c.extra, m)
		}
	}
	if f.anyClaims && c.SessionID != "" && !c.HasRightsVersion { // ours have both
		sid, _ := members.get("sid")
		c.SessionID, c.extra = "", append(c.extra, member{"sid", sid})
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
		c.hasID = true
		if !ok && f.anyClaims {
			c.ID, ok = "", m.value.kind == kindString
		}
	case f.names.UserID: // before sub, which it may be
		c.UserID, ok = m.value.userID(f.anyUserID)
		c.HasUserID, c.BlankUserID = true, f.anyUserID && m.value.blank()
		if m.name == "sub" {
			c.Subject = c.UserID
			ok = ok && (!f.anyClaims || m.value.kind == kindString)
		}
	case f.names.TokenType:
		// Any other type than a string is just not the wanted token type.
		c.TokenType, _ = m.value.line()
		c.hasTokenType, ok = true, true
	case "sub":
		c.Subject, ok = m.value.identifier()
		if !ok && f.anyClaims {
			ok = m.value.kind == kindString
		}
		return !f.anyUserID, ok
	case "iat", "exp", "nbf":
		return true, c.setTime(m, f.anyClaims)
	default:
		return f.setFixed(c, m)
	}
	return true, ok
}

// setFixed stores a claim whose name is the same in every token. What the format
// does not look at may have any type: then it is an extra claim.
func (f format) setFixed(c *Claims, m member) (known, ok bool) {
	known, ok = c.set(m.name, m.value)
	switch {
	case !known && f.rights:
		return f.setRights(c, m)
	case ok:
	case m.name == "iss":
		return !f.anyIssuer, f.anyIssuer
	case m.name == "aud":
		c.Audience = nil
		return !f.anyNamed, f.anyNamed
	case known: // sid or rv
		return !f.anyClaims, f.anyClaims
	}
	return known, ok
}

// setTime stores one of the three times.
func (c *Claims) setTime(m member, lax bool) (ok bool) {
	read := value.date
	if lax {
		read = value.laxDate
	}
	switch m.name {
	case "iat":
		c.IssuedAt, ok = read(m.value, math.Floor)
		ok = ok && m.value.kind != kindString
	case "exp":
		c.ExpiresAt, ok = read(m.value, math.Floor)
		// The original compares a text and then cannot make a date of it.
		c.malformed = c.malformed || ok && m.value.kind == kindString
	default:
		round := math.Ceil
		if lax {
			round = math.Floor
		}
		c.NotBefore, ok = read(m.value, round)
	}
	return ok
}

// set stores a claim whose name is the same in every token and that is no time.
func (c *Claims) set(name string, v value) (known, ok bool) {
	switch name {
	case "sid":
		c.SessionID, ok = v.identifier()
		ok = ok && c.SessionID != "" // an empty one could not be cut off
	case "iss":
		c.Issuer, ok = v.line()
	case "aud":
		c.Audience, ok = v.audience()
	case "rv":
		c.RightsVersion, c.HasRightsVersion = v.integer()
		ok = c.HasRightsVersion
	default:
		return false, true
	}
	return true, ok
}

// setRights stores a claim of what the subject may do and is called.
func (f format) setRights(c *Claims, m member) (known, ok bool) {
	v := m.value
	switch m.name {
	case "av":
		c.AccessVersion, c.HasAccessVersion = v.integer()
		ok = c.HasAccessVersion
	case f.names.Roles:
		c.Roles, ok = v.lines()
		c.RolesListed = ok
	case f.names.Permissions:
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
