package apptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"
)

// forge signs claims with the shared secret, as another service that has it can.
func forge(header, payload string) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	h := hmac.New(sha256.New, []byte(sharedSecret))
	h.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// The preset makes the original's tokens and answers as it does.
func TestPreset(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret)}, func(t *testing.T, s *Service) {
		const pair = `{"refresh":"<refresh>","access":"<access>"}`
		s.Run(t, []Scenario{
			{Name: "integer_ids", Request: post("/api/register/", fields("username", "alice", "email", "a@example.org", "password", Password)), Status: 201, Want: `{"id":1,"username":"alice","email":"a@example.org"}`},
			{Name: "names_by_case", Request: post("/api/register/", fields("username", "Alice", "password", "  "+Password+" ")), Status: 201, Want: `{"id":2,"username":"Alice","email":""}`},
			{Name: "trimmed_password", Request: post("/api/token/", fields("username", "Alice", "password", Password)), Status: 200, Want: pair},
			{Name: "trimmed_at_sign_in", Request: post("/api/token/", fields("username", "alice", "password", Password+"  ")), Status: 200, Want: pair},
			{Name: "case_of_names_counts", Request: post("/api/token/", fields("username", "ALICE", "password", Password)), Status: 401, Want: badCredentials},
			{Name: "without_slash", Request: post("/api/token", fields("username", "alice", "password", Password)), Status: 301, Answers: fields("Location", "/api/token/")},
			{Name: "without_slash_with_query", Request: Request{Path: "/api/protected?a=b&c=%20d"}, Status: 301, Answers: fields("Location", "/api/protected/?a=b&c=%20d")},
			{Name: "no_published_key", Request: Request{Path: "/.well-known/jwks.json"}, Status: 200, Want: `{"keys":[]}`},
		})
		p := Person{Username: "alice", Password: Password}
		p.Tokens = s.SignIn(t, p)
		tokensOfTheOriginal(t, p.Tokens)
		s.Run(t, []Scenario{
			{Name: "protected", Request: Request{Path: "/api/protected/", As: p.Access}, Status: 200,
				Want: `{"message":"You have access to this protected route.","user":{"id":1,"username":"alice","email":"a@example.org","is_staff":false,"is_superuser":false,"roles":[]}}`},
			{Name: "no_rotation", Request: post("/api/token/refresh/", fields("refresh", p.Refresh)), Status: 200, Want: `{"access":"<access>"}`},
			{Name: "no_rotation_again", Request: post("/api/token/refresh/", fields("refresh", p.Refresh)), Status: 200, Want: `{"access":"<access>"}`},
			{Name: "verify", Request: verifyRequest(p.Refresh), Status: 200, Want: `{}`},
			{Name: "refresh_as_access", Request: Request{Path: "/api/protected/", As: p.Refresh}, Status: 401, Code: "token_not_valid", Contains: []string{"Token has wrong type"}},
			{Name: "access_as_refresh", Request: post("/api/token/refresh/", fields("refresh", p.Access)), Status: 401, Want: `{"detail":"Token has wrong type","code":"token_not_valid"}`},
		})
		claims := Claims(t, p.Refresh)
		forged := forge(`{"alg":"HS256","typ":"JWT"}`, fmt.Sprintf(
			`{"token_type":"refresh","exp":%v,"iat":%v,"jti":"%s","user_id":"1","sid":"%v","rv":%v}`,
			claims["exp"], claims["iat"], "00000000"+fmt.Sprintf("%024x", 7), claims["sid"], claims["rv"]))
		s.Refresh(t, forged).Must(t, http.StatusUnauthorized)
		s.Do(t, Request{Path: "/api/protected/", As: forge(`{"alg":"none","typ":"JWT"}`, `{"token_type":"access","exp":9999999999,"jti":"x","user_id":"1"}`)}).Must(t, 401)

		s.Do(t, post("/api/token/blacklist/", fields("refresh", p.Refresh))).Must(t, http.StatusOK)
		for _, r := range []Request{{Path: "/api/protected/", As: p.Access}, {Path: "/api/v1/me", As: p.Access}, post("/api/token/refresh/", fields("refresh", p.Refresh))} {
			s.Do(t, r).Must(t, http.StatusUnauthorized)
		}
		late := s.SignIn(t, p)
		s.Advance(t, 24*time.Hour+time.Second)
		if a := s.Refresh(t, late.Refresh); a.Status != 401 || a.Text("detail") != "Token is expired" {
			t.Errorf("after a day: status %d: %s", a.Status, a.Body)
		}
	})
}

// tokensOfTheOriginal asserts header and claims to the letter.
func tokensOfTheOriginal(t *testing.T, tokens Tokens) {
	t.Helper()
	for kind, token := range map[string]string{"access": tokens.Access, "refresh": tokens.Refresh} {
		if h := Header(t, token); len(h) != 2 || h["alg"] != "HS256" || h["typ"] != "JWT" {
			t.Errorf("%s: header %v", kind, h)
		}
		claims := Claims(t, token)
		names := slices.Sorted(maps.Keys(claims))
		if want := []string{"exp", "iat", "jti", "rv", "sid", "token_type", "user_id"}; !slices.Equal(names, want) {
			t.Errorf("%s: claims %v, want %v", kind, names, want)
		}
		if claims["user_id"] != "1" || claims["token_type"] != kind {
			t.Errorf("%s: %v", kind, claims)
		}
		iat, _ := claims["iat"].(json.Number).Int64()
		lives := expiry(t, token).Sub(time.Unix(iat, 0))
		if want := map[string]time.Duration{"access": 5 * time.Minute, "refresh": 24 * time.Hour}[kind]; lives < want-time.Second || lives > want {
			t.Errorf("%s lives %v, want %v", kind, lives, want)
		}
	}
}

// The preset with rotation keeps every older token of a live session good: any
// number of refreshes of one token at once are all answered.
func TestPreset_with_rotation(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret, "ROTATE_REFRESH", "true")}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		p := one.Someone(t)
		for _, a := range refreshAtOnce(t, 50, p.Refresh, one, two) {
			if a.Status != http.StatusOK || a.Text("access") == "" || a.Text("refresh") == "" {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		}
		newer := next(t, one, p.Refresh)
		next(t, two, newer.Refresh)
		next(t, one, p.Refresh)
		one.Do(t, post("/api/token/blacklist/", fields("refresh", p.Refresh))).Must(t, http.StatusOK)
		two.Refresh(t, newer.Refresh).Must(t, http.StatusUnauthorized)
	})
}
