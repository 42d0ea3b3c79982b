package apptest

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/ident"
)

// What was signed out stays so for as long as a token lives that is accepted, also in
// a process that starts when every access token has expired: sliding tokens live
// longer, and so do refresh tokens where tokens have no type.
func TestSignOut_holds_as_long_as_any_accepted_token_lives(t *testing.T) {
	t.Parallel()
	preset := []string{"PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret}
	for name, c := range map[string]struct {
		settings    []string
		path, field string
	}{
		"sliding": {[]string{"AUTH_TOKEN_TYPES", "access,sliding", "SLIDING_LIFETIME", "1d"}, "/api/token/sliding/", "token"},
		"no type": {[]string{"TOKEN_TYPE_CLAIM", "none"}, "/api/token/", "refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Config: fields(append(c.settings, preset...)...)})
			p := s.Register(t, Name(), Password)
			raw := s.Do(t, post(c.path, fields("username", p.Username, "password", p.Password))).Must(t, http.StatusOK).Text(c.field)
			s.Do(t, protectedRequest(raw)).Must(t, http.StatusOK)
			s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/logout/all", As: raw}).Must(t, http.StatusNoContent)
			s.Do(t, protectedRequest(raw)).Must(t, http.StatusUnauthorized)
			s.Advance(t, 23*time.Hour)
			s.Second(t).Do(t, protectedRequest(raw)).Must(t, http.StatusUnauthorized)
		})
	}
}

// Under the preset the keys that are rotated sign refresh tokens too, and stay as long
// as these live.
func TestKeyRotation_keeps_refresh_tokens_of_the_preset(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("PRESET", "simplejwt", "ALGORITHM", "ES256", "JWKS_MAX_AGE", "1s")})
	p := s.Someone(t)
	if _, err := s.App.Keys.Rotate(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	s.Advance(t, 23*time.Hour)
	s.Refresh(t, p.Tokens.Refresh).Must(t, http.StatusOK)
}

// Where tokens name people by what may be given to somebody else, a token of an
// account that is gone is not one of who has its name now.
func TestNameOfADeletedAccount_gives_its_tokens_to_nobody(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"username", "email"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret, "USER_ID_FIELD", field)})
			gone := s.Someone(t)
			s.Do(t, protectedRequest(gone.Access)).Must(t, http.StatusOK)
			if err := s.App.Accounts.Delete(t.Context(), operator, ident.UserID(gone.ID)); err != nil {
				t.Fatal(err)
			}
			other := s.Register(t, gone.Username, Password) // and the same address
			other.Tokens = s.SignIn(t, other)
			s.Do(t, protectedRequest(gone.Access)).Must(t, http.StatusUnauthorized)
			s.Do(t, protectedRequest(other.Access)).Must(t, http.StatusOK)
		})
	}
}
