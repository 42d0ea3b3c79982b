package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ownTokens is what settings need that say something of claims which tokens under
// the preset do not have.
const ownTokens = "own tokens"

// preset refuses the settings of the dialect where it is not spoken, and those of
// our own tokens where it is.
func (v *checker) preset() {
	if v.refused["preset"] {
		return
	}
	for _, f := range fields() {
		if !v.origins[f.key].explicit() {
			continue
		}
		switch {
		case f.needs == presetSimpleJWT && !v.SimpleJWT():
			v.bad(f.key, "means something only with the preset %s: set %s=%[1]s", presetSimpleJWT, envName("preset"))
		case f.needs == ownTokens && v.SimpleJWT():
			v.bad(f.key, "means nothing with the preset %s, whose tokens have no roles", presetSimpleJWT)
		default:
			continue
		}
		v.refused[f.key] = true
	}
}

// dialect checks how tokens are named, sent and found.
func (v *checker) dialect() {
	if !v.SimpleJWT() {
		return
	}
	v.claims()
	if err := checkHeaderName(v.AuthHeaderName); err != nil {
		v.bad("auth_header_name", "%v", err)
	}
	if len(v.AuthHeaderTypes) == 0 {
		v.bad("auth_header_types", "is empty: a header has a word before the token, such as Bearer")
	}
	for _, word := range v.AuthHeaderTypes {
		if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			v.bad("auth_header_types", "has a word with a space or a character that is not ASCII")
		}
	}
	if len(v.AuthTokenTypes) == 0 {
		v.bad("auth_token_types", "is empty: no token would be accepted")
	}
	if v.BlacklistAfterRotation && !v.RotateRefresh {
		v.warn("blacklist_after_rotation", "has no effect without rotate_refresh")
	}
	v.sliding()
}

// claims refuses names of claims that would hide each other or those of the
// server.
func (v *checker) claims() {
	used := map[string]string{}
	for _, name := range []string{"exp", "iat", "nbf", "iss", "aud", "sid", "rv"} {
		used[name] = "a claim that tokens have anyway"
	}
	for _, c := range []struct{ key, name string }{
		{"user_id_claim", v.UserIDClaim}, {"token_type_claim", v.TokenTypeClaim}, {"jti_claim", v.JTIClaim},
		{"sliding_refresh_exp_claim", v.SlidingRefreshExpClaim}, {"revoke_token_claim", v.RevokeTokenClaim},
	} {
		if c.name == none && (c.key == "token_type_claim" || c.key == "jti_claim") {
			continue
		}
		if err := checkText(c.name); err != nil {
			v.bad(c.key, "%v", err)
			continue
		}
		other, taken := used[c.name]
		if c.name == "sub" && c.key != "user_id_claim" {
			other, taken = "the claim of a user", true
		}
		if taken {
			v.bad(c.key, "%s is the name of %s", quote(c.name), other)
		}
		used[c.name] = c.key
	}
}

func (v *checker) sliding() {
	for _, s := range []struct {
		key string
		d   time.Duration
	}{{"sliding_lifetime", v.SlidingLifetime}, {"sliding_refresh_lifetime", v.SlidingRefreshLifetime}} {
		if s.d%time.Second != 0 {
			v.bad(s.key, "%s is not whole seconds, which is what tokens hold", s.d)
		}
	}
	if v.SlidingLifetime > v.SlidingRefreshLifetime && !v.refused["sliding_refresh_lifetime"] {
		v.bad("sliding_lifetime", "%s is longer than %s, which is %s", formatDuration(v.SlidingLifetime),
			v.subject("sliding_refresh_lifetime"), formatDuration(v.SlidingRefreshLifetime))
	}
	if slices.Contains(v.AuthTokenTypes, "sliding") && v.SlidingLifetime > time.Hour {
		v.warn("sliding_lifetime", "is more than an hour: so long a service that never asks back trusts a revoked token")
	}
}

// bridge warns where the tokens of Django are accepted for ever.
func (v *checker) bridge() {
	if v.SimpleJWT() && !v.VerifyOnly() && v.BridgeUntil.IsZero() && !v.refused["bridge_until"] {
		v.warn("bridge_until", "tokens that Django issued are accepted without an end: "+
			"whoever holds the shared secret can mint anyone; set bridge_until")
	}
}

// checkText refuses what is no text of one line.
func checkText(text string) error {
	const most = 255
	switch {
	case text == "" || len(text) > most:
		return fmt.Errorf("is empty or longer than %d bytes", most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("has a control character or is not UTF-8")
	}
	return nil
}

// checkHeaderName refuses what is no name of a header: a token (RFC 9110, section
// 5.6.2). Servers and proxies drop names with an underscore, which is why Django
// can write one for a dash.
func checkHeaderName(name string) error {
	const token = "!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch {
	case strings.Contains(name, "_"):
		return errors.New("has an underscore: write the name as it is sent, such as X-Access-Token")
	case name == "" || strings.Trim(name, token) != "":
		return errors.New("is not the name of a header, such as Authorization")
	}
	return nil
}
