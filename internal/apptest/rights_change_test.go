package apptest

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// rightsChange takes or gives something; what it does to GET /api/v1/users for the
// person concerned is in want.
type rightsChange struct {
	name, method, path string
	body               any
	want               int
}

// Case E30: what somebody may do is decided on what they hold now, at the process
// that changed it on the next request and at another within a second. Nobody is
// signed out by it.
func TestRightsChange(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two, admin := one.Second(t), one.Superuser(t)
		p := one.Someone(t)
		made := func(name string) string {
			return one.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/roles", As: admin.Access,
				JSON: map[string]any{"name": name, "permissions": []access.Permission{access.ViewUser}}}).
				Must(t, http.StatusCreated).Text("id")
		}
		role, inner := made("viewers"), made("included viewers")
		includes := "/api/v1/roles/" + role + "/includes/" + inner
		user, view := "/api/v1/users/"+p.ID, "/permissions/"+string(access.ViewUser)
		for _, c := range []rightsChange{
			{"role_given", "PUT", user + "/roles/" + role, nil, http.StatusOK},
			{"role_loses_the_permission", "DELETE", "/api/v1/roles/" + role + view, nil, http.StatusForbidden},
			{"role_gets_it_back", "PUT", "/api/v1/roles/" + role + view, nil, http.StatusOK},
			{"role_taken", "DELETE", user + "/roles/" + role, nil, http.StatusForbidden},
			{"granted_directly", "PUT", user + view, nil, http.StatusOK},
			{"revoked", "DELETE", user + view, nil, http.StatusForbidden},
			{"made_superuser", "PATCH", user, map[string]bool{"is_superuser": true}, http.StatusOK},
			{"unmade", "PATCH", user, map[string]bool{"is_superuser": false}, http.StatusForbidden},
			{"role_empty", "DELETE", "/api/v1/roles/" + role + view, nil, http.StatusForbidden},
			{"role_given_again", "PUT", user + "/roles/" + role, nil, http.StatusForbidden},
			{"role_includes_another", "PUT", includes, nil, http.StatusOK},
			{"role_loses_what_it_includes", "DELETE", includes, nil, http.StatusForbidden},
			{"role_includes_it_again", "PUT", includes, nil, http.StatusOK},
			{"included_role_loses_the_permission", "DELETE", "/api/v1/roles/" + inner + view, nil, http.StatusForbidden},
			{"included_role_gets_it_back", "PUT", "/api/v1/roles/" + inner + view, nil, http.StatusOK},
			{"included_role_deleted", "DELETE", "/api/v1/roles/" + inner + "?in_use=true", nil, http.StatusForbidden},
			{"role_gets_it_itself", "PUT", "/api/v1/roles/" + role + view, nil, http.StatusOK},
			{"role_deleted", "DELETE", "/api/v1/roles/" + role + "?in_use=true", nil, http.StatusForbidden},
		} {
			t.Run(c.name, func(t *testing.T) {
				ask(c.method, c.path, admin, c.body)(t, one)
				deadline := time.Now().Add(bound)
				mayList := Request{Path: "/api/v1/users", As: p.Access}
				one.Do(t, mayList).Must(t, c.want)
				for {
					asked := time.Now()
					got := two.Do(t, mayList)
					if got.Status == c.want {
						break
					}
					if asked.After(deadline) {
						t.Fatalf("the other process still answers %d, want %d", got.Status, c.want)
					}
				}
				for _, s := range []*Service{one, two} {
					s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusOK)
				}
			})
		}
	})
}

// The token of a refresh says what is so now; until then the session's own surfaces
// answer by what is so now too.
func TestRightsChange_reaches_tokens(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, p := s.Superuser(t), s.Someone(t)
	before := Claims(t, p.Access)
	ask("PUT", "/api/v1/users/"+p.ID+"/permissions/"+string(access.ViewRole), admin, nil)(t, s)
	after := Claims(t, next(t, s, p.Refresh).Access)
	if before["rv"] == after["rv"] {
		t.Errorf("the rights version stayed at %v", after["rv"])
	}
	held, _ := after["permissions"].([]any)
	if len(held) != 1 || held[0] != string(access.ViewRole) {
		t.Errorf("permissions = %v", after["permissions"])
	}
}
