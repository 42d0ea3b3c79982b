package apptest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// given is the answer to what was given to a user.
type given struct {
	Until *time.Time
	Token *struct {
		Bytes       int
		Max         int  `json:"max_bytes"`
		Permissions bool `json:"permissions_left_out"`
		Roles       bool `json:"roles_left_out"`
	}
}

func (s *Service) give(t *testing.T, as Person, path string, body any) given {
	t.Helper()
	var answer given
	s.Do(t, Request{Method: http.MethodPut, Path: path, As: as.Access, JSON: body}).Must(t, http.StatusOK).Decode(t, &answer)
	return answer
}

// Case C29: whoever gives something is told how large the user's next token is, and
// when what was given does not fit.
func TestTokenSize(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: fields("PERMISSIONS_BUDGET", "70")}, func(t *testing.T, s *Service) {
		admin, p := s.Superuser(t), s.Someone(t)
		user := "/api/v1/users/" + p.ID
		role := s.made(t, admin, "viewers", access.ViewUser)
		s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, 200) // what they hold is remembered
		before := len(p.Access)
		sized := func(what string, got given, without bool) {
			t.Helper()
			p.Tokens = next(t, s, p.Refresh)
			if got.Token == nil || got.Token.Bytes != len(p.Access) || got.Token.Max != 8192 || got.Token.Permissions != without || got.Token.Roles {
				t.Errorf("%s: %+v; the token that follows has %d bytes", what, got.Token, len(p.Access))
			}
		}
		end := s.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		a := s.give(t, admin, user+"/roles/"+role, map[string]any{"until": end})
		sized("a role", a, false)
		if len(p.Access) <= before || a.Until == nil || !a.Until.Equal(end) {
			t.Errorf("%d bytes after %d, until %v", len(p.Access), before, a.Until)
		}
		if a = s.give(t, admin, user+"/roles/"+role, nil); a.Until != nil {
			t.Errorf("for ever is until %v", a.Until)
		}
		fits := len(p.Access)
		sized("a permission", s.give(t, admin, user+"/permissions/"+string(access.ViewRole), nil), false)
		sized("one more", s.give(t, admin, user+"/permissions/"+string(access.ViewPermission), nil), true)
		if len(p.Access) >= fits {
			t.Errorf("without permissions the token has %d bytes, with few %d", len(p.Access), fits)
		}
		wide := given{}
		for i := range 60 {
			wide = s.give(t, admin, user+"/roles/"+s.made(t, admin, strings.Repeat("w", 145)+string(rune('a'+i/26))+string(rune('a'+i%26)), access.ViewUser), nil)
		}
		if wide.Token == nil || !wide.Token.Roles || !wide.Token.Permissions || wide.Token.Bytes > wide.Token.Max {
			t.Errorf("with very much: %+v", wide.Token)
		}
	})
}

// Who may change users and not see them is told nothing of their tokens; nor is
// anybody where tokens carry no rights.
func TestTokenSize_is_not_said(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	blind, p := s.Holder(t, access.ChangeUser, access.ViewRole), s.Someone(t)
	if a := s.give(t, blind, "/api/v1/users/"+p.ID+"/permissions/"+string(access.ViewRole), nil); a.Token != nil {
		t.Errorf("who may not see users is told %+v", a.Token)
	}
	preset := Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", strings.Repeat("0123456789abcdef", 4))})
	admin, other := preset.Superuser(t), preset.Someone(t)
	path := "/api/v1/users/" + other.ID + "/roles/" + preset.made(t, admin, "viewers", access.ViewUser)
	got := preset.Do(t, Request{Method: http.MethodPut, Path: path, As: admin.Access}).Must(t, http.StatusOK)
	if string(got.Body) != `{"until":null,"token":null}`+"\n" {
		t.Errorf("under the preset: %q", got.Body)
	}
}
