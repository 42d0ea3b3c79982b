package verify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestClaims(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		token := s.token(claims("nbf", "1799999990", "org", `{ "id":1 }`))
		want := &Claims{
			ID: "0123456789abcdef0123456789abcdef", Subject: testUser, UserID: testUser, HasUserID: true, Issuer: testIssuer,
			Audience: []string{testAudience}, TokenType: "access", SessionID: testSession, KeyID: s.id, Algorithm: s.algorithm,
			IssuedAt: time.Unix(1_799_999_990, 0).UTC(), ExpiresAt: time.Unix(1_800_000_300, 0).UTC(), NotBefore: time.Unix(1_799_999_990, 0).UTC(),
			RightsVersion: 7, HasRightsVersion: true, AccessVersion: 3, HasAccessVersion: true,
			Roles: []string{"editor", "viewer"}, RolesListed: true, Permissions: []string{"blog.add_post"}, PermissionsListed: true,
			Username: "alice", Staff: true,
		}
		for _, visit := range []string{"first", "remembered"} {
			got := wantAccepted(t, v, token)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Claims{})); diff != "" {
				t.Errorf("%s: claims (-want +got):\n%s", visit, diff)
			}
			org, ok := got.Extra("org")
			if string(org) != `{ "id":1 }` || !ok {
				t.Errorf("Extra(org) = %s, %v", org, ok)
			}
			org[0] = 'x' // a copy: the next visit must not see it
			if _, ok := got.Extra("sub"); ok {
				t.Error("Extra finds a claim that has a field")
			}
			if _, ok := got.Extra("ORG"); ok {
				t.Error("Extra ignores case")
			}
		}
	})
}

func TestOptionalClaims(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	bare := wantAccepted(t, v, s.token(claims("sid", "", "rv", "", "av", "", "roles", "", "permissions", "", "username", "",
		"is_staff", "", "is_superuser", "", "iat", "", "user_id", "")))
	if bare.HasRightsVersion || bare.HasAccessVersion || bare.RolesListed || bare.PermissionsListed || bare.UserID != "" || bare.Subject != testUser || !bare.IssuedAt.IsZero() {
		t.Errorf("claims that were not there: %+v", bare)
	}
	if c := wantAccepted(t, v, s.token(claims("permissions", "[]"))); !c.PermissionsListed || len(c.Permissions) != 0 {
		t.Errorf("an empty list of permissions: %+v", c)
	}
	// Tokens of the original service know users by number.
	if c := wantAccepted(t, v, s.token(claims("user_id", "42", "sub", ""))); c.UserID != "42" || c.Subject != "42" {
		t.Errorf("user 42: %q, %q", c.UserID, c.Subject)
	}
	if c := wantAccepted(t, v, s.token(claims("user_id", "42", "sub", `"42"`))); c.Subject != "42" {
		t.Errorf("user 42: %q", c.Subject)
	}
}

// claimCases are changes to a good payload and what they lead to; nil is
// acceptance. The clock stands at 1800000000.5 and the leeway is 5 s.
var claimCases = []struct {
	id      string
	changes []string
	want    error
}{
	{"C01 missing", []string{"iss", ""}, ErrIssuer},
	{"C01 other", []string{"iss", `"https://evil.example.com"`}, ErrIssuer},
	{"C01 trailing slash", []string{"iss", `"` + testIssuer + `/"`}, ErrIssuer},
	{"C01 upper case", []string{"iss", `"` + strings.ToUpper(testIssuer) + `"`}, ErrIssuer},
	{"C01 userinfo", []string{"iss", `"https://id.example.com@evil.example.com"`}, ErrIssuer},
	{"C01 empty", []string{"iss", `""`}, ErrIssuer},
	{"C01 array", []string{"iss", `["` + testIssuer + `"]`}, ErrMalformed},
	{"C01 null", []string{"iss", `null`}, ErrMalformed},
	{"C02 no user", []string{"sub", "", "user_id", ""}, ErrNoSubject},
	{"C02 empty sub", []string{"sub", `""`, "user_id", ""}, ErrNoSubject},
	{"C02 empty user_id", []string{"sub", "", "user_id", `""`}, ErrNoSubject},
	{"C02 null", []string{"sub", "null"}, ErrMalformed},
	{"C02 number", []string{"sub", "1"}, ErrMalformed},
	{"C02 array", []string{"sub", `["a"]`}, ErrMalformed},
	{"C02 differ", []string{"sub", `"admin"`}, ErrMalformed},
	{"C02 differ in case", []string{"sub", `"` + strings.ToUpper(testUser) + `"`}, ErrMalformed},
	{"C02 empty beside user_id", []string{"sub", `""`}, ErrMalformed},
	{"C02 user_id null", []string{"user_id", "null", "sub", ""}, ErrMalformed},
	{"C02 user_id true", []string{"user_id", "true", "sub", ""}, ErrMalformed},
	{"C02 user_id 1.0", []string{"user_id", "1.0", "sub", ""}, ErrMalformed},
	{"C02 user_id 1e0", []string{"user_id", "1e0", "sub", ""}, ErrMalformed},
	{"C02 user_id -1", []string{"user_id", "-1", "sub", ""}, ErrMalformed},
	{"C02 user_id 10^30", []string{"user_id", "1000000000000000000000000000000", "sub", ""}, ErrMalformed},
	{"C02 user_id list", []string{"user_id", "[1]", "sub", ""}, ErrMalformed},
	{"C02 line break", []string{"sub", `"a\r\nb"`, "user_id", ""}, ErrMalformed},
	{"C02 long", []string{"sub", `"` + strings.Repeat("a", 256) + `"`, "user_id", ""}, ErrMalformed},
	{"C04 missing", []string{"aud", ""}, ErrAudience},
	{"C05 other", []string{"aud", `"https://other.example.com"`}, ErrAudience},
	{"C05 empty", []string{"aud", `""`}, ErrAudience},
	{"C05 none", []string{"aud", `[]`}, ErrAudience},
	{"C05 null", []string{"aud", `null`}, ErrMalformed},
	{"C05 number", []string{"aud", `1`}, ErrMalformed},
	{"C05 object", []string{"aud", `{"` + testAudience + `":1}`}, ErrMalformed},
	{"C05 nested", []string{"aud", `[["` + testAudience + `"]]`}, ErrMalformed},
	{"C06 last", []string{"aud", `["a","b","` + testAudience + `"]`}, nil},
	{"C06 10000", []string{"aud", "[" + strings.Repeat(`"a",`, 10_000) + `"` + testAudience + `"]`}, ErrMalformed},
	{"C07 suffix", []string{"aud", `"` + testAudience + `.evil"`}, ErrAudience},
	{"C07 slash", []string{"aud", `"` + testAudience + `/"`}, ErrAudience},
	{"C07 prefix", []string{"aud", `"https://api.example"`}, ErrAudience},
	{"C07 space", []string{"aud", `" ` + testAudience + `"`}, ErrAudience},
	{"C07 case", []string{"aud", `"HTTPS://api.example.com"`}, ErrAudience},
	{"C07 two in one", []string{"aud", `"x ` + testAudience + `"`}, ErrAudience},
	{"D07 wildcard", []string{"aud", `"*"`}, ErrAudience},
	{"C09 missing", []string{"exp", ""}, ErrNoExpiry},
	{"C09 null", []string{"exp", "null"}, ErrMalformed},
	{"C09 empty", []string{"exp", `""`}, ErrMalformed},
	{"C09 string", []string{"exp", `"1800000300"`}, ErrMalformed},
	{"C09 bool", []string{"exp", "true"}, ErrMalformed},
	{"C09 array", []string{"exp", "[1800000300]"}, ErrMalformed},
	{"C10 at leeway", []string{"exp", "1799999995"}, ErrExpired},
	{"C10 inside leeway", []string{"exp", "1799999996"}, nil},
	{"C10 now", []string{"exp", "1800000000"}, nil},
	{"C11 -1", []string{"exp", "-1"}, ErrMalformed},
	{"C11 0", []string{"exp", "0"}, ErrExpired},
	{"C11 -0", []string{"exp", "-0"}, ErrExpired},
	{"C11 1e18", []string{"exp", "1e18"}, ErrMalformed},
	{"C11 2^53+1", []string{"exp", "9007199254740993"}, ErrMalformed},
	{"C11 2^63-1", []string{"exp", "9223372036854775807"}, ErrMalformed},
	{"C11 2^63", []string{"exp", "9223372036854775808"}, ErrMalformed},
	{"C11 1e30", []string{"exp", "1e30"}, ErrMalformed},
	{"C11 1e308", []string{"exp", "1e308"}, ErrMalformed},
	{"C11 1e400", []string{"exp", "1e400"}, ErrMalformed},
	{"C11 9.9e99999", []string{"exp", "9.9e99999"}, ErrMalformed},
	{"C12 fraction", []string{"exp", "1800000300.999999999"}, nil},
	{"C12 fraction is cut off", []string{"exp", "1799999995.999"}, ErrExpired},
	{"C12 exponent", []string{"exp", "18000003e2"}, nil},
	{"C13 a second too long", []string{"exp", "1800086391"}, ErrLifetime},
	{"C13 just right", []string{"exp", "1800086390"}, nil},
	{"C13 100 years", []string{"exp", "4953600000"}, ErrLifetime},
	{"C13 100 years from the future", []string{"exp", "4953600000", "iat", "4953599700"}, ErrNotYetValid},
	{"C13 without iat", []string{"exp", "1800086400", "iat", ""}, nil},
	{"C13 without iat, too long", []string{"exp", "1800086401", "iat", ""}, ErrLifetime},
	{"C14 future", []string{"nbf", "1800000006"}, ErrNotYetValid},
	{"C14 at leeway", []string{"nbf", "1800000005"}, nil},
	{"C14 fraction is rounded up", []string{"nbf", "1800000005.1"}, ErrNotYetValid},
	{"C14 1e30", []string{"nbf", "1e30"}, ErrMalformed},
	{"C14 -1e30", []string{"nbf", "-1e30"}, ErrMalformed},
	{"C14 string", []string{"nbf", `"1800000000"`}, ErrMalformed},
	{"C14 NaN", []string{"nbf", "NaN"}, ErrMalformed},
	{"C15 future", []string{"iat", "1800000006"}, ErrNotYetValid},
	{"C15 at leeway", []string{"iat", "1800000005"}, nil},
	{"C15 missing", []string{"iat", ""}, nil},
	{"C15 1e30", []string{"iat", "1e30"}, ErrMalformed},
	{"C15 string", []string{"iat", `"1800000000"`}, ErrMalformed},
	{"C16 missing", []string{"jti", ""}, ErrNoID},
	{"C16 empty", []string{"jti", `""`}, ErrNoID},
	{"C16 null", []string{"jti", "null"}, ErrMalformed},
	{"C16 number", []string{"jti", "1"}, ErrMalformed},
	{"C16 long", []string{"jti", `"` + strings.Repeat("j", 5000) + `"`}, ErrMalformed},
	{"C16 10 KB", []string{"jti", `"` + strings.Repeat("j", 10_000) + `"`}, ErrMalformed},
	{"C16 line break", []string{"jti", `"a\r\nb"`}, ErrMalformed},
	{"C16 SQL is text", []string{"jti", `"' OR 1=1--"`}, nil},
	{"C17 2^31", []string{"exp", "2147483648"}, ErrLifetime},
	{"C17 2^32", []string{"exp", "4294967296"}, ErrLifetime},
	{"C17 year 9999", []string{"exp", "253402300799"}, ErrLifetime},
	{"C17 year 10000", []string{"exp", "253402300800"}, ErrMalformed},
	{"C21 SUB", []string{"SUB", `"admin"`}, ErrMalformed},
	{"C21 Sub", []string{"Sub", `"admin"`}, ErrMalformed},
	{"C21 instead", []string{"sub", "", "user_id", "", "Sub", `"admin"`}, ErrMalformed},
	{"C21 Roles", []string{"Roles", `["admin"]`}, ErrMalformed},
	{"C21 EXP", []string{"EXP", "9999999999"}, ErrMalformed},
	{"C21 is_Superuser", []string{"is_Superuser", "true"}, ErrMalformed},
	{"C21 escaped", []string{`\u0053ub`, `"admin"`}, ErrMalformed},
	{"C21 long s", []string{"ſub", `"admin"`}, ErrMalformed},
	{"C24 other letters", []string{"ｓｕｂ", `"admin"`, `sub\u0000`, `"admin"`}, nil},
	{"C28 text", []string{"roles", `"admin"`}, ErrMalformed},
	{"C28 nested", []string{"roles", `[["admin"]]`}, ErrMalformed},
	{"C28 numbers", []string{"roles", `[1]`}, ErrMalformed},
	{"C28 null", []string{"roles", `null`}, ErrMalformed},
	{"C28 line break", []string{"roles", `["a\r\nb"]`}, ErrMalformed},
	{"D01 refresh token", []string{"token_type", `"refresh"`}, ErrTokenType},
	{"D01 case", []string{"token_type", `"Access"`}, ErrTokenType},
	{"D01 no type", []string{"token_type", ""}, ErrNoTokenType},
	{"D01 null", []string{"token_type", "null"}, ErrTokenType},
	{"D01 array", []string{"token_type", `["access"]`}, ErrTokenType},
	{"sid empty", []string{"sid", `""`}, ErrMalformed},
	{"sid number", []string{"sid", `1`}, ErrMalformed},
	{"rv string", []string{"rv", `"7"`}, ErrMalformed},
	{"rv fraction", []string{"rv", `7.5`}, ErrMalformed},
	{"rv negative", []string{"rv", `-7`}, ErrMalformed},
	{"rv 2^63", []string{"rv", `9223372036854775808`}, ErrMalformed},
	{"av exponent", []string{"av", `1e9`}, ErrMalformed},
	{"permissions text", []string{"permissions", `"all"`}, ErrMalformed},
	{"username number", []string{"username", `1`}, ErrMalformed},
	{"username line break", []string{"username", `"a\nb"`}, ErrMalformed},
	{"is_staff text", []string{"is_staff", `"true"`}, ErrMalformed},
	{"is_superuser number", []string{"is_superuser", `1`}, ErrMalformed},
}

func TestClaimRules(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		cfg := configFor(t, s)
		cfg.Leeway = 5 * time.Second
		v := newVerifier(t, cfg)
		for _, tc := range claimCases {
			_, err := v.Verify(s.token(claims(tc.changes...)))
			if !errors.Is(err, tc.want) {
				t.Errorf("%s: Verify = %v, want %v", tc.id, err, tc.want)
			}
		}
	})
}

// The order in which faults are reported is that of the original service: each
// payload has its own fault and all the later ones.
func TestOrderOfFaults(t *testing.T) {
	t.Parallel()
	s := es()
	cfg := configFor(t, s)
	cfg.Revocations = NewRevocations()
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffSession, ID: testSession})
	v := newVerifier(t, cfg)
	faults := []struct {
		name, value string
		want        error
	}{
		{"iat", "1800000100", ErrNotYetValid},
		{"exp", "1800000000", ErrExpired},
		{"aud", `"x"`, ErrAudience},
		{"iss", `"x"`, ErrIssuer},
		{"exp", "", ErrNoExpiry},
		{"jti", "", ErrNoID},
		{"token_type", `""`, ErrTokenType},
		{"user_id", "", ErrNoSubject},
		{"exp", "4953600000", ErrLifetime},
	}
	for i, fault := range faults {
		changes := []string{"sub", ""}
		for j := len(faults) - 1; j >= i; j-- { // earlier faults overwrite later ones of the same claim
			changes = append(changes, faults[j].name, faults[j].value)
		}
		wantRefused(t, v, s.token(claims(changes...)), fault.want)
	}
	wantRefused(t, v, s.token(claims()), ErrRevoked)
}

// C10, C19: the published boundary, for every leeway.
func TestClock(t *testing.T) {
	t.Parallel()
	s := es()
	for _, leeway := range []time.Duration{0, time.Second, 1500 * time.Millisecond, 30 * time.Second} {
		token := s.token(claims("iat", "1800000000", "nbf", "1800000000", "exp", "1800000300"))
		for _, size := range []int{-1, 100} { // with and without memory
			at := time.Unix(1_800_000_100, 0)
			cfg := configFor(t, s)
			cfg.Leeway, cfg.CacheSize, cfg.Now = leeway, size, func() time.Time { return at }
			v := newVerifier(t, cfg)
			wantAccepted(t, v, token)
			start, end := time.Unix(1_800_000_000, 0).Add(-leeway), time.Unix(1_800_000_300, 0).Add(leeway)
			for _, step := range []struct {
				at   time.Time
				want error
			}{
				{start.Add(-time.Nanosecond), ErrNotYetValid}, {start, nil}, {end.Add(-time.Nanosecond), nil},
				{end, ErrExpired}, {end.Add(time.Hour), ErrExpired}, {start.Add(-time.Hour), ErrNotYetValid}, {start, nil},
			} {
				at = step.at
				if _, err := v.Verify(token); !errors.Is(err, step.want) {
					t.Errorf("leeway %v, %v: Verify = %v, want %v", leeway, step.at, err, step.want)
				}
			}
		}
	}
}

// C29: many roles fit, and none is lost on the way.
func TestManyRoles(t *testing.T) {
	t.Parallel()
	var roles []string
	for i := range 400 {
		roles = append(roles, fmt.Sprintf(`"role-%d"`, i))
	}
	c := wantAccepted(t, verifierFor(t, es()), es().token(claims("roles", "["+strings.Join(roles, ",")+"]")))
	if len(c.Roles) != 400 || c.Roles[399] != "role-399" {
		t.Errorf("%d roles", len(c.Roles))
	}
}
