package apptest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
)

// made makes a role and returns its id.
func (s *Service) made(t testing.TB, admin Person, name string, gives ...access.Permission) string {
	t.Helper()
	return s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/roles", As: admin.Access,
		JSON: map[string]any{"name": name, "permissions": gives}}).Must(t, http.StatusCreated).Text("id")
}

// Case E30: a role that ends is gone on the next request at every process and every
// surface, with the token that was good before, and no token says longer than it is so.
func TestRoleEnds(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two, admin, p := one.Second(t), one.Superuser(t), one.Someone(t)
		role := one.made(t, admin, "on call", access.ViewUser)
		end := one.Now().Add(2 * time.Minute).UTC().Truncate(time.Second)
		at := "/api/v1/users/" + p.ID + "/roles/" + role
		ask("PUT", at, admin, map[string]any{"until": end})(t, one)
		grant := "/api/v1/users/" + p.ID + "/permissions/" + string(access.ViewRole)
		ask("PUT", grant, admin, map[string]any{"until": end})(t, one)
		both, ends := []*Service{one, two}, `"until":"`+end.Format(time.RFC3339)+`"`

		one.Run(t, []Scenario{
			{Name: "the_role", Request: Request{Path: "/api/v1/users/" + p.ID + "/roles", As: p.Access}, Status: 200,
				Contains: []string{`"name":"on call"`, ends}},
			{Name: "the_paths", Request: Request{Path: "/api/v1/users/" + p.ID + "/permissions", As: p.Access}, Status: 200,
				Contains: []string{`"kind":"direct","roles":[],` + ends, `"}],` + ends}},
		})
		later := next(t, one, p.Refresh)
		if exp := expiry(t, later.Access); !exp.Equal(end) {
			t.Errorf("the token expires at %v, want the end of the role, %v", exp, end)
		}
		holds := func(want int) {
			t.Helper()
			for i, s := range both {
				for _, path := range []string{"/api/v1/users", "/api/v1/roles"} {
					if got := s.Do(t, Request{Path: path, As: p.Access}); got.Status != want {
						t.Errorf("process %d, %s: %d, want %d", i, path, got.Status, want)
					}
				}
				allowed := s.Do(t, question(p, fields("permission", string(access.ViewUser)))).Must(t, http.StatusOK)
				if got := strings.Contains(string(allowed.Body), `"allowed":true`); got != (want == http.StatusOK) {
					t.Errorf("process %d decides %s", i, allowed.Body)
				}
			}
		}
		holds(http.StatusOK)
		one.Advance(t, 2*time.Minute+time.Second)
		holds(http.StatusForbidden)
		for _, s := range both {
			s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusOK)               // nobody is signed out
			s.Do(t, Request{Path: "/api/protected/", As: later.Access}).Must(t, http.StatusUnauthorized) // nor is it believed elsewhere
		}
		after := next(t, one, later.Refresh).Access
		if roles, _ := Claims(t, after)["roles"].([]any); len(roles) != 0 || !expiry(t, after).After(end.Add(time.Minute)) {
			t.Errorf("the next token: %v", Claims(t, after))
		}
		one.Run(t, []Scenario{{Name: "holders", Request: Request{Path: "/api/v1/users?role=" + role, As: admin.Access},
			Status: 200, Want: `{"items":[],"next_cursor":null}`}})
	})
}

// The cleanup removes what has ended, and records it as done by the service.
func TestRoleEnds_is_recorded(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, p := s.Superuser(t), s.Someone(t)
	role := s.made(t, admin, "on call", access.ViewUser)
	ask("PUT", "/api/v1/users/"+p.ID+"/roles/"+role, admin, map[string]any{"until": s.Now().Add(time.Minute)})(t, s)
	s.Advance(t, time.Minute)
	if n, err := s.App.Roles.RemoveEnded(t.Context(), s.Now(), 10); err != nil || n != 1 {
		t.Fatalf("RemoveEnded = %d, %v", n, err)
	}
	found, err := s.App.Events.List(t.Context(), operator, event.Filter{Action: event.UserRoleEnded}, page.Request{Limit: 10})
	if err != nil || len(found.Items) != 1 || found.Items[0].Subject.ID != p.ID || found.Items[0].Actor.Kind != access.Operator {
		t.Errorf("events = %+v, %v", found.Items, err)
	}
}

// Case H22: who is an administrator until tonight is none tomorrow, whatever they do
// today. What is typed for an end is checked.
func TestUntil_refusals(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, deputy := s.Superuser(t), s.Someone(t)
	role := s.made(t, admin, "deputies", access.ChangeUser, access.ViewUser, access.ChangeRole)
	own := "/api/v1/users/" + deputy.ID
	end := s.Now().Add(time.Hour).UTC().Truncate(time.Second)
	put := func(as Person, path string, body any) Request {
		return Request{Method: http.MethodPut, Path: path, As: as.Access, JSON: body}
	}
	until := func(v any) map[string]any { return map[string]any{"until": v} }
	s.Do(t, put(admin, own+"/roles/"+role, until(end))).Must(t, http.StatusOK)
	view := own + "/permissions/" + string(access.ViewUser)
	s.Run(t, []Scenario{
		{Name: "the_role_for_ever", Request: put(deputy, own+"/roles/"+role, nil), Status: 403, Code: "gives_longer"},
		{Name: "the_role_with_an_empty_body", Request: put(deputy, own+"/roles/"+role, map[string]any{}), Status: 403, Code: "gives_longer"},
		{Name: "the_role_for_longer", Request: put(deputy, own+"/roles/"+role, until(end.Add(time.Hour))), Status: 403, Code: "gives_longer"},
		{Name: "the_permission_for_ever", Request: put(deputy, view, until(nil)), Status: 403, Code: "gives_longer"},
		{Name: "the_permission_for_as_long", Request: put(deputy, view, until(end)), Status: 200},
		{Name: "in_the_past", Request: put(admin, view, until(s.Now().Add(-time.Hour))), Status: 400, Code: "until_past"},
		{Name: "in_a_thousand_years", Request: put(admin, view, until("3027-01-01T00:00:00Z")), Status: 400, Code: "until_too_far"},
		{Name: "no_time", Request: put(admin, view, until("tonight")), Status: 400},
		{Name: "a_day", Request: put(admin, view, until("2099-01-01")), Status: 400},
		{Name: "a_number", Request: put(admin, view, until(4_000_000_000)), Status: 400},
		{Name: "another_name", Request: put(admin, view, map[string]any{"Until": end}), Status: 400},
		{Name: "for_ever", Request: put(admin, view, nil), Status: 200},
	})
	if got := string(s.Do(t, Request{Path: own + "/permissions", As: admin.Access}).Must(t, http.StatusOK).Body); !strings.Contains(got, `"until":null`) {
		t.Errorf("what was given for ever: %s", got)
	}
}
