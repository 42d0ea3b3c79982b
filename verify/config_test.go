package verify

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	second := signer{"key-es-2", ES256, es().private}
	for want, change := range map[string]func(*Config){
		"Issuer is empty":        func(c *Config) { c.Issuer = "" },
		"Issuer and SkipIssuer":  func(c *Config) { c.SkipIssuer = true },
		"Audience is empty":      func(c *Config) { c.Audience = nil },
		"Audience and Skip":      func(c *Config) { c.SkipAudience = true },
		"Audience has an empty":  func(c *Config) { c.Audience = []string{"a", ""} },
		"Audience has a wildcar": func(c *Config) { c.Audience = []string{"*"} },
		"Types has an empty":     func(c *Config) { c.Types = []string{""} },
		"TokenTypes and Any":     func(c *Config) { c.TokenTypes, c.AnyTokenType = []string{"access"}, true },
		"TokenTypes has":         func(c *Config) { c.TokenTypes = []string{"access", ""} },
		`"uid" and "uid"`:        func(c *Config) { c.Claims = ClaimNames{UserID: "uid", ID: "uid"} },
		`"uid" and "UID"`:        func(c *Config) { c.Claims = ClaimNames{UserID: "uid", TokenType: "UID"} },
		`and "jti"`:              func(c *Config) { c.Claims = ClaimNames{TokenType: "jti"} },
		`"exp" means`:            func(c *Config) { c.Claims = ClaimNames{UserID: "exp"} },
		`the claim "username"`:   func(c *Config) { c.Claims = ClaimNames{UserID: "Username"} },
		`"g" and "g"`:            func(c *Config) { c.Claims = ClaimNames{Roles: "g", Permissions: "g"} },
		`the claim "is_staff"`:   func(c *Config) { c.Claims = ClaimNames{Roles: "is_staff"} },
		`the claim "aud"`:        func(c *Config) { c.Claims = ClaimNames{Permissions: "AUD"} },
		`"SUB", and`:             func(c *Config) { c.Claims = ClaimNames{UserID: "SUB"} },
		`"sub", and`:             func(c *Config) { c.Claims = ClaimNames{ID: "sub"} },
		"Leeway":                 func(c *Config) { c.Leeway = 30*time.Second + 1 },
		"Leeway is not":          func(c *Config) { c.Leeway = -1 },
		"CacheSize":              func(c *Config) { c.CacheSize = maxCacheSize + 1 },
		"Keys is missing":        func(c *Config) { c.Keys = nil },
		"Keys returns nil":       func(c *Config) { c.Keys = func() *KeySet { return nil } },
		"several keys": func(c *Config) {
			other := signers()[1]
			set := keySet(t, signers()[2].key(), Key{ID: "x", Algorithm: PS256, Public: other.key().Public}, second.key())
			c.IgnoreKeyID, c.Keys = true, func() *KeySet { return set }
		},
	} {
		cfg := configFor(t, es())
		change(&cfg)
		if v, err := New(cfg); err == nil || v != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, %v, want an error with %q", v, err, want)
		}
	}
	_, err := New(Config{Leeway: -1})
	for _, want := range []string{"Issuer", "Audience", "Leeway", "Keys"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want every mistake, also about %s", err, want)
		}
	}
}

func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	cfg := configFor(t, es())
	cfg.Types = []string{"JWT"}
	v := newVerifier(t, cfg)
	cfg.Audience[0], cfg.Types[0] = "https://other.example.com", "other"
	wantAccepted(t, v, es().token(claims()))
}

func TestSkippedChecks(t *testing.T) {
	t.Parallel()
	s := es()
	open := configFor(t, s)
	open.Issuer, open.SkipIssuer, open.Audience, open.SkipAudience = "", true, nil, true
	open.AnyTokenType, open.SkipSubject = true, true
	v := newVerifier(t, open)
	bare := s.token(`{"exp":1800000300,"jti":"a"}`)
	if c := wantAccepted(t, v, bare); c.Subject != "" || c.TokenType != "" {
		t.Errorf("claims = %+v", c)
	}
	wantAccepted(t, v, s.token(claims("iss", `"x"`, "aud", `"y"`, "token_type", `"refresh"`)))
	wantRefused(t, v, s.token(`{"jti":"a"}`), ErrNoExpiry)
	wantRefused(t, v, s.token(`{"exp":1800000300}`), ErrNoID)
	wantRefused(t, v, s.token(`{"exp":1800000300,"jti":"a","aud":1}`), ErrMalformed)
	wantRefused(t, verifierFor(t, s), bare, ErrAudience)

	refresh := configFor(t, s)
	refresh.TokenTypes, refresh.MaxLifetime = []string{"refresh"}, 30*24*time.Hour
	v = newVerifier(t, refresh)
	wantAccepted(t, v, s.token(claims("token_type", `"refresh"`, "exp", "1802591990")))
	wantRefused(t, v, s.token(claims("token_type", `"refresh"`, "exp", "1802591991")), ErrLifetime)
	wantRefused(t, v, s.token(claims()), ErrTokenType)
}

// The preset for clients of the original service: no kid, no iss, no aud.
func TestIgnoreKeyID(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		current := keySet(t, s.key())
		cfg := configFor(t)
		cfg.Keys = func() *KeySet { return current }
		cfg.Issuer, cfg.SkipIssuer, cfg.Audience, cfg.SkipAudience = "", true, nil, true
		cfg.IgnoreKeyID, cfg.AllowMissingType = true, true
		v := newVerifier(t, cfg)
		payload := `{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"0123456789abcdef","user_id":1}`
		alg := `{"alg":"` + string(s.algorithm) + `"`
		token := s.sign(alg+`,"typ":"JWT"}`, payload)
		if c := wantAccepted(t, v, token); c.UserID != "1" || c.KeyID != s.id {
			t.Errorf("claims = %+v", c)
		}
		wantAccepted(t, v, s.sign(alg+`}`, payload))
		wantAccepted(t, v, s.sign(alg+`,"kid":"../../dev/null"}`, payload))
		wantAccepted(t, v, s.sign(alg+`,"kid":""}`, payload))
		for _, kid := range []string{"1", "null", "[]", "{}"} {
			wantRefused(t, v, s.sign(alg+`,"kid":`+kid+`}`, payload), ErrMalformed)
		}
		for _, other := range signers() {
			if other.algorithm != s.algorithm {
				wantRefused(t, v, other.sign(`{"alg":"`+string(other.algorithm)+`"}`, payload), ErrUnknownKey)
				wantRefused(t, v, other.sign(alg+`}`, payload), ErrSignature)
			}
		}
		// Keys that come later than New may be ambiguous: then none is picked,
		// whatever was remembered.
		if s.algorithm.Family() == HMAC {
			current = keySet(t, s.key(), Key{ID: "b", Algorithm: s.algorithm, Public: SharedSecret(strings.Repeat("b", 32))})
			wantRefused(t, v, token, ErrUnknownKey)
		}
	})
}

func TestError(t *testing.T) {
	t.Parallel()
	all := []error{
		ErrMalformed, ErrUnknownKey, ErrSignature, ErrNotYetValid, ErrExpired, ErrIssuer, ErrAudience, ErrNoExpiry,
		ErrNoID, ErrNoTokenType, ErrTokenType, ErrNoSubject, ErrLifetime, ErrRevoked, ErrStaleClaims,
	}
	seen := make(map[Code]bool)
	for i, a := range all {
		e, ok := errors.AsType[*Error](a)
		if !ok || e.Code == "" || seen[e.Code] {
			t.Errorf("%v has no code of its own", a)
		}
		seen[e.Code] = true
		for j, b := range all {
			if errors.Is(refuse(e.Code, "x"), b) != (i == j) {
				t.Errorf("%v and %v", a, b)
			}
		}
		if _, ok := ClaimsOf(a); ok {
			t.Errorf("%v has claims", a)
		}
	}
	if _, ok := ClaimsOf(errors.New("x")); ok {
		t.Error("another error has claims")
	}
	if got, want := refuse(CodeRevoked, "session").Error(), "verify: revoked: session"; got != want {
		t.Errorf("Error = %q, want %q", got, want)
	}
}

// No error repeats anything of the token.
func TestErrorTextIsConstant(t *testing.T) {
	t.Parallel()
	v := verifierFor(t, es())
	for _, tc := range claimCases {
		_, err := v.Verify(es().token(claims(tc.changes...)))
		if err == nil {
			continue
		}
		for _, leak := range []string{testUser, "evil", "admin", "alice", "key-es", "eyJ"} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%s: the error %q contains %q", tc.id, err, leak)
			}
		}
		if _, ok := ClaimsOf(err); ok {
			t.Errorf("%s: claims of a refused token", tc.id)
		}
	}
}
