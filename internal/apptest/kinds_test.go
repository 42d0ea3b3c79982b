package apptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/verify"
)

const sharedSecret = "7Jq!xv2-Kd9_Lw4Zt8.Hm3Rb6+Np1Fc5Gs0"

// algorithms are the settings for each one outside the preset.
func algorithms() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, name := range []string{"ES256", "RS256", "PS256", "EdDSA"} {
		all[name] = map[string]string{"ALGORITHM": name}
	}
	all["HS256"] = map[string]string{"ALGORITHM": "HS256", "SIGNING_SECRET": sharedSecret}
	return all
}

// Case D03, and the promise that no key that anybody has besides us verifies a
// refresh token.
func TestRefreshToken_verifies_with_no_published_key(t *testing.T) {
	t.Parallel()
	for name, settings := range algorithms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Config: settings})
			p := s.Someone(t)
			keys, err := verify.ParseJWKS(s.Do(t, Request{Path: "/.well-known/jwks.json"}).Must(t, http.StatusOK).Body)
			if err != nil {
				t.Fatal(err)
			}
			lax, err := verify.New(verify.Config{
				Keys: func() *verify.KeySet { return keys }, SkipIssuer: true, SkipAudience: true, SkipSubject: true,
				Types: []string{"JWT", "at+jwt", "rt+jwt"}, AllowMissingType: true, AnyTokenType: true, MaxLifetime: 400 * 24 * 3600e9,
				Now: s.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := lax.Verify(p.Access); (err == nil) != (name != "HS256") {
				t.Errorf("the access token: %v", err)
			}
			if _, err := lax.Verify(p.Refresh); err == nil {
				t.Error("a published key verifies the refresh token")
			}
			input, signature, _ := cutLast(p.Refresh)
			for what, key := range map[string]string{
				"the shared secret": sharedSecret, "the instance secret as text": s.Secret, "the key set's text": string(s.Do(t, Request{Path: "/.well-known/jwks.json"}).Body),
			} {
				h := hmac.New(sha256.New, []byte(key))
				h.Write([]byte(input))
				if base64.RawURLEncoding.EncodeToString(h.Sum(nil)) == signature {
					t.Errorf("%s verifies the refresh token", what)
				}
			}
			s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusOK)
			s.Do(t, Request{Path: "/api/protected/", As: p.Refresh}).Must(t, http.StatusUnauthorized)
			s.Refresh(t, p.Access).Must(t, http.StatusUnauthorized)
			next(t, s, p.Refresh)
		})
	}
}

func cutLast(token string) (input, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	return token[:i], token[i+1:], i > 0
}

// place is where a token of some kinds goes in.
type place struct {
	name  string
	takes []string
	ok    int
	ask   func(token string) Request
}

// places are all of them. Those that change something are asked with what they
// refuse first.
func places(holder Person) []place {
	bearer := func(path string) func(string) Request {
		return func(token string) Request { return Request{Path: path, As: token} }
	}
	field := func(path, name string) func(string) Request {
		return func(token string) Request {
			return Request{Method: http.MethodPost, Path: path, JSON: map[string]string{name: token}}
		}
	}
	cursor := func(path string) func(string) Request {
		return func(token string) Request {
			return Request{Path: path + "?cursor=" + url.QueryEscape(token), As: holder.Access}
		}
	}
	return []place{
		{"protected", []string{"access"}, 200, bearer("/api/protected/")},
		{"me", []string{"access"}, 200, bearer("/api/v1/me")},
		{"users", []string{"access"}, 200, bearer("/api/v1/users")},
		{"verify", []string{"access", "refresh"}, 200, field("/api/token/verify/", "token")},
		{"refresh", []string{"refresh"}, 200, field("/api/token/refresh/", "refresh")},
		{"blacklist", []string{"refresh"}, 200, field("/api/token/blacklist/", "refresh")},
		{"users_cursor", []string{"users cursor"}, 200, cursor("/api/v1/users")},
		{"roles_cursor", []string{"roles cursor"}, 200, cursor("/api/v1/roles")},
		{"setup_page", []string{"setup link"}, 200, func(token string) Request { return Request{Path: "/setup/" + url.PathEscape(token)} }},
		{"setup", []string{"setup link"}, 201, func(token string) Request { return setupRequest(token, Name()) }},
	}
}

func setupRequest(token, username string) Request {
	return Request{Method: http.MethodPost, Path: "/setup/" + url.PathEscape(token), Form: url.Values{
		"username": {username}, "password": {Password}, "password_again": {Password}}}
}

// setupToken makes the setup link and returns its token.
func setupToken(t *testing.T, s *Service) string {
	t.Helper()
	link, err := s.App.SetupURL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return link.Reveal()[strings.LastIndexByte(link.Reveal(), '/')+1:]
}

// Cases D01, D03, D04: every kind of token, and those of another installation that
// calls itself the same, at every place that takes one.
func TestKinds(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	foreign := Start(t, Options{Config: map[string]string{"PUBLIC_URL": s.Config.PublicURL}})
	holder := s.Holder(t, access.ViewUser, access.ViewRole, access.AddRole)
	for _, name := range []string{"one", "two"} {
		s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/roles", As: holder.Access, JSON: map[string]string{"name": name}}).Must(t, 201)
		s.Someone(t)
	}
	kind := func(name string) string {
		switch name {
		case "access":
			return s.SignIn(t, holder).Access
		case "refresh":
			return s.SignIn(t, holder).Refresh
		case "setup link":
			return setupToken(t, s)
		case "foreign access":
			return foreign.Someone(t).Access
		case "foreign refresh":
			return foreign.Someone(t).Refresh
		case "foreign setup link":
			return setupToken(t, foreign)
		}
		return s.Do(t, Request{Path: "/api/v1/" + strings.TrimSuffix(name, " cursor") + "?limit=1", As: holder.Access}).Text("next_cursor")
	}
	kinds := []string{"access", "refresh", "setup link", "users cursor", "roles cursor", "foreign access", "foreign refresh", "foreign setup link"}
	for _, right := range []bool{false, true} {
		for _, k := range kinds {
			for _, p := range places(holder) {
				if slices.Contains(p.takes, k) != right {
					continue
				}
				a := s.Do(t, p.ask(kind(k)))
				switch {
				case right && a.Status != p.ok:
					t.Errorf("%s at %s: status %d: %s", k, p.name, a.Status, a.Body)
				case !right && (a.Status < 400 || a.Status >= 500):
					t.Errorf("%s at %s: status %d: %s", k, p.name, a.Status, a.Body)
				}
			}
		}
	}
}
