package apptest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// foreignToken is a token that another service signed with the shared secret, good
// for ten years.
func foreignToken(s *Service, kind, jti, claims string) string {
	now := s.Now().Unix()
	return forge(`{"alg":"HS256","typ":"JWT"}`,
		fmt.Sprintf(`{"token_type":%q,"exp":%d,"iat":%d,"jti":%q%s}`, kind, now+315_360_000, now-1, jti, claims))
}

// Tokens that another service issued work on every surface while the bridge is open,
// end with the sessions of their owner, and stop when the bridge closes.
func TestBridge(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret, "BRIDGE_UNTIL", "2100-01-01")}, func(t *testing.T, s *Service) {
		p := s.Register(t, Name(), Password)
		mine := fmt.Sprintf(`,"user_id":%s`, p.ID)
		access, refresh := foreignToken(s, "access", "a", mine), foreignToken(s, "refresh", "r", mine)
		for _, path := range []string{"/api/protected/", "/api/v1/me", "/api/v1/me/sessions"} {
			s.Do(t, Request{Path: path, As: access}).Must(t, http.StatusOK)
			s.Do(t, Request{Path: path, As: refresh}).Must(t, http.StatusUnauthorized)
		}
		s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/logout", As: access}).Must(t, http.StatusConflict) // no session to end
		given := s.Refresh(t, refresh).Must(t, http.StatusOK).Text("access")
		s.Do(t, Request{Path: "/api/protected/", As: given}).Must(t, http.StatusOK)

		for i, odd := range []string{"", `,"user_id":null`, `,"user_id":"` + strings.Repeat("x", 255) + `"`, `,"user_id":"é"`, `,"user_id":999999999`} {
			raw := foreignToken(s, "refresh", fmt.Sprintf("odd-%d", i), odd)
			s.Do(t, post("/api/token/blacklist/", fields("refresh", raw))).Must(t, http.StatusOK)
			s.Do(t, Request{Path: "/api/protected/", As: foreignToken(s, "access", "odd", odd)}).Must(t, http.StatusUnauthorized)
		}
		s.Do(t, post("/api/token/blacklist/", fields("refresh", refresh))).Must(t, http.StatusOK)
		s.Refresh(t, refresh).Must(t, http.StatusUnauthorized)
		s.Do(t, post("/api/token/blacklist/", fields("refresh", refresh))).Must(t, http.StatusUnauthorized)

		s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/logout/all", As: access}).Must(t, http.StatusNoContent)
		s.Advance(t, time.Hour) // every cut-off is over
		again := foreignToken(s, "refresh", "again", mine)
		for _, old := range []string{access, foreignOf(s, mine, -3600)} {
			s.Do(t, Request{Path: "/api/protected/", As: old}).Must(t, http.StatusUnauthorized)
			s.Do(t, Request{Path: "/api/v1/me", As: old}).Must(t, http.StatusUnauthorized)
		}
		s.Refresh(t, again).Must(t, http.StatusOK)
	})
}

// foreignOf is a foreign access token that was issued so many seconds from now.
func foreignOf(s *Service, claims string, at int64) string {
	now := s.Now().Unix()
	return forge(`{"alg":"HS256"}`, fmt.Sprintf(`{"token_type":"access","exp":%d,"iat":%d,"jti":"x"%s}`, now+3600, now+at, claims))
}

// On the day that the bridge closes nothing of another service is accepted any more,
// and what we issued goes on.
func TestBridge_closes(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret, "BRIDGE_UNTIL", "2001-01-01")})
	p := s.Register(t, Name(), Password)
	p.Tokens = s.SignIn(t, p)
	mine := fmt.Sprintf(`,"user_id":%s`, p.ID)
	for _, r := range []Request{
		{Path: "/api/protected/", As: foreignToken(s, "access", "a", mine)},
		{Path: "/api/v1/me", As: foreignToken(s, "access", "a", mine)},
		refreshRequest(foreignToken(s, "refresh", "r", mine)),
		blacklistRequest(foreignToken(s, "refresh", "r", mine)),
		verifyRequest(foreignToken(s, "access", "a", mine)),
		post("/api/token/sliding/refresh/", fields("token", foreignToken(s, "sliding", "s", mine+`,"refresh_exp":4000000000`))),
	} {
		s.Do(t, r).Must(t, http.StatusUnauthorized)
	}
	s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusOK)
	s.Refresh(t, p.Tokens.Refresh).Must(t, http.StatusOK)
}

// With keys of our own the shared secret proves what another service issued, and
// nothing else: no token of ours is signed with it.
func TestBridge_beside_keys_of_our_own(t *testing.T) {
	t.Parallel()
	for _, config := range []map[string]string{
		fields("PRESET", "simplejwt", "ALGORITHM", "ES256", "SIGNING_SECRET", sharedSecret),
		sharedKeys(t)["RS256"].ours("SIGNING_SECRET", sharedSecret),
	} {
		s := Start(t, Options{Config: config})
		p := s.Register(t, Name(), Password)
		p.Tokens = s.SignIn(t, p)
		mine := fmt.Sprintf(`,"user_id":%s`, p.ID)
		s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusOK)
		s.Refresh(t, p.Tokens.Refresh).Must(t, http.StatusOK)
		s.Do(t, Request{Path: "/api/protected/", As: foreignToken(s, "access", "a", mine)}).Must(t, http.StatusOK)
		given := s.Refresh(t, foreignToken(s, "refresh", "r", mine)).Must(t, http.StatusOK).Text("access")
		if alg := Header(t, given)["alg"]; alg != config["ALGORITHM"] {
			t.Errorf("a foreign refresh token gave one of %v", alg)
		}
		s.Do(t, Request{Path: "/api/protected/", As: given}).Must(t, http.StatusOK)
		forged := fmt.Sprintf(`%s,"sid":%q,"rv":9`, mine, Claims(t, p.Access)["sid"])
		for _, r := range []Request{
			{Path: "/api/protected/", As: foreignToken(s, "access", "a", forged)},
			refreshRequest(foreignToken(s, "refresh", Claims(t, p.Tokens.Refresh)["jti"].(string), forged)),
			blacklistRequest(foreignToken(s, "refresh", Claims(t, p.Tokens.Refresh)["jti"].(string), forged)),
			verifyRequest(foreignToken(s, "access", "a", forged)),
		} {
			s.Do(t, r).Must(t, http.StatusUnauthorized)
		}
		s.Refresh(t, p.Tokens.Refresh).Must(t, http.StatusOK)
	}
}
