package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// original is the configuration for tokens of the original service.
func original(t testing.TB, s signer) Config {
	cfg := configFor(t, s)
	cfg.Issuer, cfg.SkipIssuer, cfg.Audience, cfg.SkipAudience = "", true, nil, true
	cfg.IgnoreKeyID, cfg.AnyHeader, cfg.AnyUserID, cfg.AnyClaims, cfg.MaxLifetime = true, true, true, true, -1
	return cfg
}

// bare is the payload of an access token with the user id and more members.
func bare(userID, more string) string {
	return fmt.Sprintf(`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"j","user_id":%s%s}`, userID, more)
}

// Everything that the original service takes for user 1 is user 1, and what names
// nobody is good and names nobody.
func TestAnyUserID(t *testing.T) {
	t.Parallel()
	s := signers()[4]
	v := newVerifier(t, original(t, s))
	for id, want := range map[string]string{
		`1`: "1", `"1"`: "1", `1.0`: "1", `1e0`: "1", `10E-1`: "1", `true`: "1", `false`: "0", `0`: "0", `-0`: "0", `-0.0`: "0", `-1`: "-1", `-1.0`: "-1",
		`1e3`: "1000", `1.5e1`: "15", `9223372036854775807`: "9223372036854775807", `-9223372036854775808`: "-9223372036854775808",
		`9007199254740993`: "9007199254740993", `9.2e18`: "9200000000000000000",
		`1.5`: "1", `-1.9`: "-1", `1e-3`: "0",
		`"alice"`: "alice", `"01"`: "01", `" 1"`: " 1", `"` + testUser + `"`: testUser,
		// Nobody.
		`9223372036854775808`: "", `1000000000000000000000000000000`: "", `1e30`: "", `-1e30`: "", `9223372036854775807.0`: "", `null`: "",
		`""`: "", `[]`: "", `[1]`: "", `{}`: "", `{"id":1}`: "", `"a\nb"`: "",
	} {
		for range 2 { // afresh and remembered
			c := wantAccepted(t, v, s.token(bare(id, "")))
			if c.UserID != want || c.Subject != want || !c.HasUserID {
				t.Errorf("user_id %s: user %q, subject %q, there %v; want %q", id, c.UserID, c.Subject, c.HasUserID, want)
			}
		}
	}
	none := `{"token_type":"access","exp":1800000300,"jti":"j"`
	wantRefused(t, v, s.token(none+`}`), ErrNoSubject)
	wantRefused(t, v, s.token(none+`,"sub":"1"}`), ErrNoSubject)
	wantRefused(t, v, s.token(none+`,"User_id":1}`), ErrNoSubject)

	// sub is text and says nothing.
	for _, id := range []string{`1`, `null`} {
		c := wantAccepted(t, v, s.token(bare(id, `,"sub":"alice"`)))
		raw, ok := c.Extra("sub")
		if c.Subject != c.UserID || string(raw) != `"alice"` || !ok {
			t.Errorf("user %q, subject %q, sub %s", c.UserID, c.Subject, raw)
		}
	}
	wantRefused(t, v, s.token(bare(`1`, `,"sub":5`)), ErrMalformed)

	cfg := original(t, s)
	cfg.SkipSubject = true
	if c := wantAccepted(t, newVerifier(t, cfg), s.token(none+`}`)); c.HasUserID || c.Subject != "" {
		t.Errorf("claims %+v", c)
	}
	cfg.AnyUserID, cfg.SkipSubject = false, false
	wantAccepted(t, newVerifier(t, cfg), s.token(none+`,"sub":"1"}`))
	wantRefused(t, newVerifier(t, cfg), s.token(bare(`1.0`, "")), ErrMalformed)
	wantRefused(t, newVerifier(t, cfg), s.token(bare(`""`, "")), ErrNoSubject)
}

func TestClaimNames(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.Claims = ClaimNames{UserID: "uid", TokenType: "kind", ID: "tid"}
	v := newVerifier(t, cfg)
	renamed := []string{"user_id", "", "uid", `"u-1"`, "sub", "", "token_type", "", "kind", `"access"`, "jti", "", "tid", `"t"`}
	with := func(more ...string) string {
		return s.token(claims(append(renamed[:len(renamed):len(renamed)], more...)...))
	}
	c := wantAccepted(t, v, with())
	if c.UserID != "u-1" || c.Subject != "u-1" || c.TokenType != "access" || c.ID != "t" {
		t.Errorf("claims %+v", c)
	}
	// The default names are nobody's, and may be anything in any case.
	c = wantAccepted(t, v, with("user_id", "[1]", "User_ID", "2", "token_type", "5", "jti", "null", "JTI", "0"))
	if raw, ok := c.Extra("user_id"); string(raw) != "[1]" || !ok || c.UserID != "u-1" {
		t.Errorf("user_id = %s, user %q", raw, c.UserID)
	}
	if _, ok := c.Extra("uid"); ok {
		t.Error("Extra finds a claim that has a field")
	}
	if c := wantAccepted(t, v, with("sub", `"someone"`)); c.Subject != "someone" || c.UserID != "u-1" {
		t.Errorf("subject %q, user %q", c.Subject, c.UserID)
	}
	for _, tc := range []struct {
		want          error
		name, instead string
	}{
		{ErrNoID, "tid", ""},
		{ErrMalformed, "tid", "1"},
		{ErrNoTokenType, "kind", ""},
		{ErrTokenType, "kind", `"refresh"`},
		{ErrNoSubject, "uid", ""},
		{ErrMalformed, "uid", "1.0"},
		{ErrMalformed, "UID", "1"},
		{ErrMalformed, "Kind", "1"},
		{ErrMalformed, "SUB", `"x"`},
	} {
		wantRefused(t, v, with(tc.name, tc.instead), tc.want)
	}
	wantRefused(t, v, s.token(claims()), ErrNoID)

	// The user is cut off under the claim that names them, and under sub.
	for _, id := range []string{"u-1", "someone"} {
		cfg.Revocations = NewRevocations()
		v := newVerifier(t, cfg)
		token := with("sub", `"someone"`)
		wantAccepted(t, v, token)
		apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: id, Min: 8})
		wantRefused(t, v, token, ErrRevoked)
	}
}

// Roles under another name are cut off like any others; the usual name is then
// nobody's.
func TestClaimNames_of_rights(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.Claims = ClaimNames{Roles: "groups", Permissions: "roles"}
	cfg.Revocations = NewRevocations()
	v := newVerifier(t, cfg)
	raw := s.token(claims("groups", `["editor"]`, "roles", `["blog.edit"]`, "permissions", "7"))
	c := wantAccepted(t, v, raw)
	if !slices.Equal(c.Roles, []string{"editor"}) || !slices.Equal(c.Permissions, []string{"blog.edit"}) || !c.RolesListed || !c.PermissionsListed {
		t.Errorf("claims %+v", c)
	}
	if raw, ok := c.Extra("permissions"); string(raw) != "7" || !ok {
		t.Errorf("permissions = %s", raw)
	}
	wantRefused(t, v, s.token(claims("groups", `"editor"`)), ErrMalformed)
	if c := wantAccepted(t, v, s.token(claims("roles", "", "permissions", ""))); c.RolesListed || c.PermissionsListed {
		t.Errorf("claims that are left out are listed: %+v", c)
	}
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffRole, ID: "editor", Min: 1 << 40})
	wantRefused(t, v, raw, ErrStaleClaims)
}

// An issuer may call anything roles or username; then only the extra claims have
// it.
func TestSkipRights(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.SkipRights, cfg.Revocations = true, NewRevocations()
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffRole, ID: "editor", Min: 99})
	v := newVerifier(t, cfg)
	for _, odd := range []string{`5`, `null`, `"a\nb"`, `{"a":[1]}`, `["editor"]`, `true`} {
		payload := claims("av", odd, "roles", odd, "permissions", odd, "username", odd, "is_staff", odd, "is_superuser", odd, "Roles", "1")
		c := wantAccepted(t, v, s.token(payload))
		if c.HasAccessVersion || c.Roles != nil || c.Permissions != nil || c.PermissionsListed || c.Username != "" || c.Staff || c.Superuser {
			t.Errorf("claims %+v", c)
		}
		for _, name := range rightsClaims {
			if raw, ok := c.Extra(name); string(raw) != odd || !ok {
				t.Errorf("%s = %s, want %s", name, raw, odd)
			}
		}
		if c.SessionID != testSession || c.RightsVersion != 7 {
			t.Errorf("session %q, version %d", c.SessionID, c.RightsVersion)
		}
	}
	wantRefused(t, v, s.token(claims("rv", `"7"`)), ErrMalformed)

	cfg.Claims.UserID = "username"
	v = newVerifier(t, cfg)
	if c := wantAccepted(t, v, s.token(claims("sub", ""))); c.UserID != "alice" || c.Username != "" {
		t.Errorf("user %q, username %q", c.UserID, c.Username)
	}
}

// The user id may be sub.
func TestSubjectIsTheUserID(t *testing.T) {
	t.Parallel()
	s := es()
	for _, anyID := range []bool{false, true} {
		cfg := configFor(t, s)
		cfg.Claims.UserID, cfg.AnyUserID = "sub", anyID
		v := newVerifier(t, cfg)
		if c := wantAccepted(t, v, s.token(claims("user_id", "[]", "sub", `"alice"`))); c.UserID != "alice" || c.Subject != "alice" || !c.HasUserID {
			t.Errorf("claims %+v", c)
		}
		wantRefused(t, v, s.token(claims("sub", "")), ErrNoSubject)
		wantRefused(t, v, s.token(claims("Sub", `"x"`)), ErrMalformed)
		c, err := v.Verify(s.token(claims("sub", "null")))
		if anyID && (err != nil || c.Subject != "" || !c.HasUserID) || !anyID && !errors.Is(err, ErrMalformed) {
			t.Errorf("sub null, AnyUserID %v: %v, %v", anyID, c, err)
		}
	}
}

func TestTokenTypes(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.TokenTypes = []string{"access", "sliding"}
	v := newVerifier(t, cfg)
	cfg.TokenTypes[1] = "refresh" // the verifier has a copy
	for _, kind := range []string{`"access"`, `"sliding"`} {
		wantAccepted(t, v, s.token(claims("token_type", kind)))
	}
	for _, kind := range []string{`"refresh"`, `""`, `null`, `["access"]`, `"accesssliding"`} {
		wantRefused(t, v, s.token(claims("token_type", kind)), ErrTokenType)
	}
	wantRefused(t, v, s.token(claims("token_type", "")), ErrNoTokenType)
}

func TestSkipID(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.SkipID = true
	v := newVerifier(t, cfg)
	if c := wantAccepted(t, v, s.token(claims("jti", ""))); c.ID != "" {
		t.Errorf("ID = %q", c.ID)
	}
	wantAccepted(t, v, s.token(claims("jti", `""`)))
	wantRefused(t, v, s.token(claims("jti", "5")), ErrMalformed)
}

func TestAnyHeader(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.AnyHeader = true
	v := newVerifier(t, cfg)
	for _, typ := range []string{``, `,"typ":"JWT"`, `,"typ":"dpop+jwt"`, `,"typ":""`, `,"typ":null`, `,"typ":5`, `,"typ":["JWT"]`, `,"typ":{"a":[]}`, `,"typ":"\u0000"`} {
		wantAccepted(t, v, s.sign(`{"alg":"ES256","kid":"key-es"`+typ+`}`, claims()))
	}
	for _, more := range []string{
		`,"cty":"JWT"`, `,"zip":"DEF"`, `,"b64":true`, `,"b64":null`, `,"Typ":5`, `,"Alg":"none"`, `,"Kid":null`, `,"x":{"y":[1.5,null]}`,
		`,"jku":"https://evil.example"`, `,"jwk":{"kty":"oct","k":"AA"}`, `,"x5u":1,"x5c":["AA"]`,
	} {
		wantAccepted(t, v, s.sign(`{"alg":"ES256","kid":"key-es"`+more+`}`, claims()))
	}
	for _, more := range []string{
		`,"typ":"JWT","typ":"JWT"`, `,"typ":"\ud800"`, `,"x":1,"x":1`, `,"x":NaN`, `,"b64":false`,
		`,"crit":["exp"]`, `,"crit":[]`, `,"crit":null`, `,"crit":["b64"],"b64":true`,
	} {
		wantRefused(t, v, s.sign(`{"alg":"ES256","kid":"key-es"`+more+`}`, claims()), ErrMalformed)
	}
	for _, kid := range []string{`5`, `null`, `["key-es"]`, `true`} {
		wantRefused(t, v, s.sign(`{"alg":"ES256","kid":`+kid+`}`, claims()), ErrMalformed)
	}
}

// What the original service makes of claims that are odd is made of them; what it
// refuses is refused, and of several faults the times are told first.
func TestAnyClaims(t *testing.T) {
	t.Parallel()
	s := signers()[4]
	v := newVerifier(t, original(t, s))
	payload := func(changes string) string {
		return s.token(`{"token_type":"access","user_id":1,` + changes + `}`)
	}
	const exp, jti = `"exp":1800000300,`, `"jti":"j",`
	for _, good := range []string{
		exp + `"jti":""`, exp + `"jti":"a\nb"`, exp + `"jti":"` + strings.Repeat("j", 300) + `"`,
		exp + jti + `"sub":""`, exp + jti + `"sub":"\u0000"`, exp + jti + `"SUB":1`, exp + jti + `"Exp":1,"JTI":null,"Aud":[]`,
		exp + jti + `"aud":1`, exp + jti + `"aud":["a",2]`, exp + jti + `"aud":null`, exp + jti + `"iss":{}`, exp + jti + `"iss":["a"]`,
		exp + jti + `"sid":5`, exp + jti + `"sid":null`, exp + jti + `"sid":""`, exp + jti + `"rv":"x"`, exp + jti + `"rv":-1`,
		exp + jti + `"iat":-5`, exp + jti + `"iat":true`, exp + jti + `"iat":false`, exp + jti + `"nbf":-1.5`, exp + jti + `"nbf":true`,
		exp + jti + `"nbf":"1799999999"`, exp + jti + `"nbf":" 5 "`, exp + jti + `"nbf":1800000000.9`, jti + `"exp":1800000300.5`,
	} {
		for range 2 {
			wantAccepted(t, v, payload(good))
		}
	}
	for more, want := range map[string]string{`"sid":"s","rv":1`: "s", `"rv":1,"sid":"s"`: "s", `"sid":"s"`: "", `"sid":"s","rv":"x"`: ""} {
		if c := wantAccepted(t, v, payload(exp+jti+more)); c.SessionID != want {
			t.Errorf("%s: session %q", more, c.SessionID)
		}
	}
	c := wantAccepted(t, v, payload(exp+`"jti":"a\nb","sid":5,"rv":"x","aud":1,"iss":2`))
	if c.ID != "" || c.SessionID != "" || c.HasRightsVersion || c.Audience != nil || c.Issuer != "" {
		t.Errorf("claims %+v", c)
	}
	for _, name := range []string{"sid", "rv", "aud", "iss"} {
		if _, ok := c.Extra(name); !ok {
			t.Errorf("%s is no extra claim", name)
		}
	}
	for _, bad := range []struct {
		claims string
		want   error
	}{
		{exp[:len(exp)-1], ErrNoID}, {exp + `"jti":1`, ErrMalformed}, {exp + `"jti":null`, ErrMalformed}, {exp + `"jti":["j"]`, ErrMalformed},
		{exp + jti + `"sub":1`, ErrMalformed}, {exp + jti + `"sub":null`, ErrMalformed},
		{jti + `"exp":true`, ErrExpired}, {jti + `"exp":false`, ErrExpired}, {jti + `"exp":-1`, ErrExpired}, {jti + `"exp":"1799999999"`, ErrExpired},
		{jti + `"exp":"1800000300"`, ErrMalformed}, {jti + `"exp":"x"`, ErrMalformed}, {jti + `"exp":null`, ErrMalformed}, {jti + `"exp":[1]`, ErrMalformed}, {jti + `"exp":1e30`, ErrMalformed},
		{exp + jti + `"iat":"1799999999"`, ErrMalformed}, {exp + jti + `"iat":null`, ErrMalformed}, {exp + jti + `"nbf":"x"`, ErrMalformed}, {exp + jti + `"nbf":"1800000001"`, ErrNotYetValid}, {exp + jti + `"iat":1800000001`, ErrNotYetValid},
		{`"exp":1799999999,"jti":1`, ErrExpired}, {`"exp":1799999999,"sub":1,"jti":"j"`, ErrExpired}, {`"jti":1`, ErrMalformed}, {exp + `"exp":1,"jti":"j"`, ErrMalformed},
	} {
		wantRefused(t, v, payload(bad.claims), bad.want)
	}
}

// Who is to ask learns whether a user id says nothing or something that is no id.
func TestBlankUserID(t *testing.T) {
	t.Parallel()
	s := signers()[4]
	v := newVerifier(t, original(t, s))
	for id, want := range map[string]bool{
		`null`: true, `false`: true, `0`: true, `-0.0`: true, `0e5`: true, `""`: true, `[]`: true, `{}`: true, `[ ]`: true,
		`1`: false, `true`: false, `"0"`: false, `" "`: false, `[0]`: false, `{"a":1}`: false, `1e30`: false, `0.5`: false,
	} {
		if c := wantAccepted(t, v, s.token(bare(id, ""))); c.BlankUserID != want {
			t.Errorf("user_id %s: blank %v", id, c.BlankUserID)
		}
	}
}

func TestAnyLifetime(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.MaxLifetime = -1
	v := newVerifier(t, cfg)
	for _, payload := range []string{claims("exp", "253402300799"), claims("exp", "253402300799", "iat", ""), claims("exp", "253402300799", "iat", "0")} {
		wantAccepted(t, v, s.token(payload))
	}
	wantRefused(t, v, s.token(claims("exp", "253402300800")), ErrMalformed)
	wantRefused(t, v, s.token(claims("exp", "1800000000")), ErrExpired)
}

// An issuer that names people by username: the cut-offs have their ids.
func TestCheckSubject(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.Claims.UserID, cfg.Revocations = "sub", NewRevocations()
	v := newVerifier(t, cfg)
	named, without := s.token(claims("sub", `"alice"`, "rv", "7")), s.token(claims("sub", `"alice"`, "rv", ""))
	check := func(token string, want error) {
		t.Helper()
		c := wantAccepted(t, v, token)
		err := v.CheckSubject(c, "42")
		if !errors.Is(err, want) {
			t.Errorf("CheckSubject = %v, want %v", err, want)
		}
		if of, ok := ClaimsOf(err); ok != (want != nil) || ok && of != c {
			t.Errorf("ClaimsOf = %v, %v", of, ok)
		}
	}
	check(named, nil)
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: "43", Min: 9}, Cutoff{Kind: CutoffClient, ID: "42", Min: 9}, Cutoff{Kind: CutoffSession, ID: "42"})
	check(named, nil)
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: "42", Min: 7, At: testNow.Add(-time.Minute)})
	check(named, nil)
	check(without, nil)
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: "42", Min: 9, Reason: ReasonRolesChanged})
	check(named, ErrStaleClaims)
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: "42", Min: 8, At: testNow})
	check(named, ErrRevoked)
	check(without, ErrRevoked)

	cfg.LiveRoles, cfg.Revocations = true, NewRevocations()
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffUser, ID: "42", Min: 9, Reason: ReasonRolesChanged})
	v = newVerifier(t, cfg)
	check(named, nil)
	cfg.Revocations = nil
	v = newVerifier(t, cfg)
	check(named, nil)
}
