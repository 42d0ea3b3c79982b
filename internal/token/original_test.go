package token_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// The settings of the original say how claims are called and what is in them.
func TestOriginalBytes(t *testing.T) {
	t.Parallel()
	const sid = `"sid":"018f0000-0000-7000-8000-000000000001","rv":5}`
	for name, c := range map[string]struct {
		change  func(*token.Issuer)
		payload string
	}{
		"defaults": {func(*token.Issuer) {}, `{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","user_id":"7",` + sid},
		"a number": {
			func(i *token.Issuer) { i.Original.NumericUserID = true },
			`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","user_id":7,` + sid,
		},
		"by name in sub": {
			func(i *token.Issuer) {
				i.Original.UserIDField, i.Original.UserIDClaim, i.Original.NumericUserID = "username", "sub", true
			},
			`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","sub":"ann",` + sid,
		},
		"by address": {
			func(i *token.Issuer) { i.Original.UserIDField = "email" },
			`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","user_id":"ann@example.org",` + sid,
		},
		"issuer and audiences": {
			func(i *token.Issuer) { i.Name, i.Audience = "me", []string{"a", "b"} },
			`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","user_id":"7","aud":["a","b"],"iss":"me",` + sid,
		},
		"the mark of the password": {
			func(i *token.Issuer) { i.Original.RevokeClaim = "hash_password" },
			`{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","user_id":"7","hash_password":"ABC",` + sid,
		},
		"neither type nor jti": {
			func(i *token.Issuer) { i.Original.TokenTypeClaim, i.Original.IDClaim = "", "" },
			`{"exp":1800000300,"iat":1800000000,"null":"-","user_id":"7",` + sid,
		},
	} {
		i, _ := preset(t, verify.HS256)
		c.change(i)
		of := subject()
		of.Email, of.PasswordMark = "ann@example.org", "ABC"
		raw, _, err := i.Access(of, device())
		must(t, err)
		got := strings.Replace(jti.ReplaceAllString(segment(t, raw.Reveal(), 1), `"jti":"-"`), claimNull(t, raw.Reveal()), `"null":"-"`, 1)
		if got != c.payload {
			t.Errorf("%s: %s\nwant %s", name, got, c.payload)
		}
		if claims, err := verifier(t, i).Verify(raw.Reveal()); err != nil || claims.UserID == "" {
			t.Errorf("%s: %+v, %v", name, claims, err)
		}
	}
}

// claimNull is the claim "null" of a token as it is written, or something that no
// token holds.
func claimNull(t *testing.T, raw string) string {
	t.Helper()
	_, rest, found := strings.Cut(segment(t, raw, 1), `"null":"`)
	if !found {
		return "\x00"
	}
	value, _, _ := strings.Cut(rest, `"`)
	return `"null":"` + value + `"`
}

// signed is a token that another issuer made with the shared secret.
func signed(i *token.Issuer, payload string) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	return resign(head+"."+base64.RawURLEncoding.EncodeToString([]byte(payload))+".x", []byte(i.Keys.Shared.Reveal()))
}

// An access token for a foreign refresh token has its claims, but those that every
// token has of its own.
func TestAccessFrom(t *testing.T) {
	t.Parallel()
	i, c := preset(t, verify.HS256)
	raw := signed(i, `{"nbf":1799999000,"token_type":"refresh","exp":1801209600,"iat":1799999999,"jti":"abc","user_id":7,"role":"b\u00e9",`+
		`"nested":{"a":[1,null,1.50]},"rv":1}`)
	for version, ending := range map[*int64]string{nil: "}", new(int64(9)): `,"rv":9}`} {
		access, expires, err := i.AccessFrom(raw, version)
		must(t, err)
		want := `{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"-","nbf":1799999000,"user_id":7,"role":"b\u00e9","nested":{"a":[1,null,1.50]}` + ending
		if got := jti.ReplaceAllString(segment(t, access.Reveal(), 1), `"jti":"-"`); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if claims, err := verifier(t, i).Verify(access.Reveal()); err != nil || claims.UserID != "7" || expires.Unix() != c.now().Unix()+300 {
			t.Errorf("%+v, %v, %s", claims, err, expires)
		}
	}
}

// A sliding token keeps its jti and its term when it is extended, and never lives
// longer than its session.
func TestSliding(t *testing.T) {
	t.Parallel()
	i, c := preset(t, verify.HS256)
	in := device()
	in.ExpiresAt = begin.Add(6 * time.Minute)
	sliding := func(c *verify.Config) { c.TokenTypes = []string{"sliding"} }
	first, _, err := i.Sliding(subject(), in)
	must(t, err)
	was := segment(t, first.Reveal(), 1)
	want := `{"token_type":"sliding","exp":1800000300,"iat":1800000000,"jti":"-","refresh_exp":1800000360,"user_id":"7","sid":"` + string(in.ID) + `","rv":5}`
	if got := jti.ReplaceAllString(was, `"jti":"-"`); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if _, err := verifier(t, i).Verify(first.Reveal()); err == nil {
		t.Error("case D01: a sliding token is taken for an access token")
	}
	c.move(2 * time.Minute)
	next, expires, err := i.SlidingFrom(first.Reveal(), in.ExpiresAt, new(int64(6)))
	must(t, err)
	want = strings.NewReplacer(`"exp":1800000300`, `"exp":1800000360`, `"iat":1800000000`, `"iat":1800000120`, `"rv":5`, `"rv":6`).Replace(was)
	if got := segment(t, next.Reveal(), 1); got != want || expires.Unix() != in.ExpiresAt.Unix() {
		t.Errorf("%s until %s\nwant %s", got, expires, want)
	}
	if _, err := verifier(t, i, sliding).Verify(next.Reveal()); err != nil {
		t.Error(err)
	}
}

// After its day the bridge lets nothing pass that has no session.
func TestBridge(t *testing.T) {
	t.Parallel()
	now := begin
	b := &token.Bridge{Until: begin.Add(time.Hour), Now: func() time.Time { return now }}
	foreign, ours := &verify.Claims{UserID: "7"}, &verify.Claims{UserID: "7", SessionID: "s"}
	for range 3 {
		must(t, b.Admit(foreign))
	}
	must(t, b.AdmitRefresh(foreign))
	must(t, b.Admit(ours))
	if access, refresh := b.Took(); access != 3 || refresh != 1 {
		t.Errorf("took %d and %d", access, refresh)
	}
	now = begin.Add(time.Hour)
	fails(t, "the moment it ends", b.Admit(foreign), verify.ErrIssuer)
	fails(t, "a refresh", b.AdmitRefresh(foreign), verify.ErrIssuer)
	must(t, b.Admit(ours))
	if access, refresh := b.Took(); access+refresh != 0 {
		t.Errorf("counted what it refused: %d and %d", access, refresh)
	}
	open, none := &token.Bridge{Now: func() time.Time { return now }}, (*token.Bridge)(nil)
	must(t, open.Admit(foreign))
	must(t, none.Admit(foreign))
}

// What another issuer signed, whatever it is, is either refused or can be traded.
func FuzzAccessFrom(f *testing.F) {
	f.Add(`{"token_type":"refresh","exp":1801209600,"jti":"a","user_id":7}`)
	f.Add(`{"token_type":"refresh","exp":1801209600.5,"jti":"a","user_id":true,"x":{"y":[1e400]}}`)
	i, _ := preset(f, verify.HS256)
	v := verifier(f, i, refreshes, func(c *verify.Config) { c.SkipSubject = true })
	reads := verifier(f, i, func(c *verify.Config) { c.SkipSubject = true })
	f.Fuzz(func(t *testing.T, payload string) {
		raw := signed(i, payload)
		p, err := i.ParseRefresh(raw, v)
		if err != nil || !p.Foreign() {
			return
		}
		access, _, err := i.AccessFrom(raw, nil)
		if err != nil {
			if strings.Contains(fmt.Sprint(err), "too long") {
				return
			}
			t.Fatalf("%q: %v", payload, err)
		}
		if _, err := reads.Verify(access.Reveal()); err != nil {
			t.Errorf("%q gave %q: %v", payload, segment(t, access.Reveal(), 1), err)
		}
	})
}
