package apptest

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/verify"
)

// elsewhere verifies as another service does, which takes rights from the token and
// knows the cut-offs.
func (s *Service) elsewhere(t *testing.T, token string) func(string) error {
	t.Helper()
	claims := Claims(t, token)
	v, err := verify.New(verify.Config{
		Keys: s.App.Keys.KeySet, Issuer: claims["iss"].(string), Audience: []string{claims["aud"].(string)},
		Revocations: s.App.Events.Revocations, Now: s.time.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) error {
		_, err := v.Verify(raw)
		return err
	}
}

// names is a claim that is a list of texts.
func names(t *testing.T, token, claim string) []any {
	t.Helper()
	list, _ := Claims(t, token)[claim].([]any)
	return list
}

// Tokens list included roles with what they give, and one cut-off of the role that
// loses something makes them stale, whoever includes it: nobody else's.
func TestInclusion_in_tokens(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin := s.Superuser(t)
		made := func(name string, permissions ...access.Permission) string {
			return s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/roles", As: admin.Access,
				JSON: map[string]any{"name": name, "permissions": append([]access.Permission{}, permissions...)}}).Must(t, 201).Text("id")
		}
		chief, clerk, reader := made("chief"), made("clerk", access.ViewRole), made("reader", access.ViewUser)
		roles := "/api/v1/roles/"
		ask("PUT", roles+chief+"/includes/"+clerk, admin, nil)(t, s)
		ask("PUT", roles+clerk+"/includes/"+reader, admin, nil)(t, s)
		holds := func(role string) Person {
			p := s.Someone(t)
			ask("PUT", "/api/v1/users/"+p.ID+"/roles/"+role, admin, nil)(t, s)
			p.Tokens = next(t, s, p.Refresh)
			return p
		}
		top, side := holds(chief), holds(made("side", access.ViewUser))
		verdict := s.elsewhere(t, top.Access)
		claims := func(roles, permissions []any) {
			t.Helper()
			if got := names(t, top.Access, "roles"); !reflect.DeepEqual(got, roles) {
				t.Errorf("roles = %v, want %v", got, roles)
			}
			if got := names(t, top.Access, "permissions"); !reflect.DeepEqual(got, permissions) {
				t.Errorf("permissions = %v, want %v", got, permissions)
			}
		}
		claims([]any{"chief", "clerk", "reader"}, []any{string(access.ViewRole), string(access.ViewUser)})
		holders := func() int {
			var page struct{ Items []any }
			s.Do(t, Request{Path: "/api/v1/users?role=" + reader, As: admin.Access}).Must(t, 200).Decode(t, &page)
			return len(page.Items)
		}
		if n := holders(); n != 1 {
			t.Errorf("%d users have the role by inclusion, want 1", n)
		}
		for _, c := range []struct {
			name, method, path string
			stale              bool
		}{
			{"addition", "PUT", roles + reader + "/permissions/" + string(access.ViewKey), false},
			{"permission_lost_two_below", "DELETE", roles + reader + "/permissions/" + string(access.ViewKey), true},
			{"inclusion_lost_below", "DELETE", roles + clerk + "/includes/" + reader, true},
			{"inclusion_added", "PUT", roles + clerk + "/includes/" + reader, false},
			{"included_role_deleted", "DELETE", roles + clerk + "?in_use=true", true},
		} {
			ask(c.method, c.path, admin, nil)(t, s)
			if err := verdict(top.Access); errors.Is(err, verify.ErrStaleClaims) != c.stale {
				t.Errorf("%s: the token elsewhere: %v, stale: want %v", c.name, err, c.stale)
			}
			if err := verdict(side.Access); err != nil {
				t.Errorf("%s: who has nothing to do with it: %v", c.name, err)
			}
			top.Tokens = next(t, s, top.Refresh)
			if err := verdict(top.Access); err != nil {
				t.Errorf("%s: a token of after it: %v", c.name, err)
			}
		}
		claims([]any{"chief"}, []any{})
	})
}

// What the API answers about inclusions.
func TestInclusion(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin := s.Superuser(t)
	made := func(name string) string {
		return s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", name)}).Must(t, 201).Text("id")
	}
	chief, clerk := made("chief"), made("clerk")
	put := func(path string) Request {
		return Request{Method: http.MethodPut, Path: "/api/v1/roles/" + path, As: admin.Access}
	}
	remove := func(path string) Request {
		return Request{Method: http.MethodDelete, Path: "/api/v1/roles/" + path, As: admin.Access}
	}
	s.Run(t, []Scenario{
		{Name: "include", Request: put(chief + "/includes/" + clerk), Status: 204},
		{Name: "again", Request: put(chief + "/includes/" + clerk), Status: 204},
		{Name: "itself", Request: put(chief + "/includes/" + chief), Status: 409, Code: "role_cycle"},
		{Name: "a_circle", Request: put(clerk + "/includes/" + chief), Status: 409, Code: "role_cycle"},
		{Name: "no_such_role", Request: put(clerk + "/includes/none"), Status: 404, Code: "role_not_found"},
		{Name: "no_name_of_a_role", Request: put(clerk + "/includes/a%20b"), Status: 400, Code: "request_invalid"},
		{Name: "into_none", Request: put("none/includes/" + clerk), Status: 404, Code: "role_not_found"},
		{Name: "permission", Request: put(clerk + "/permissions/countersign.view_key"), Status: 204},
		{Name: "shown", Request: Request{Path: "/api/v1/roles/" + chief, As: admin.Access}, Status: 200, Want: `{"id":"` + chief +
			`","name":"chief","description":"","audience":"","permissions":[],"includes":[{"id":"` + clerk +
			`","name":"clerk"}],"inherited_permissions":["countersign.view_key"],"created_at":"<any>"}`},
		{Name: "in_use", Request: remove(clerk), Status: 409, Code: "role_in_use", Contains: []string{"included by chief"}},
		{Name: "looks_like_it", Request: Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", "CHIEF")},
			Status: 409, Code: "role_name_alike"},
		{Name: "exclude", Request: remove(chief + "/includes/" + clerk), Status: 204},
		{Name: "exclude_again", Request: remove(chief + "/includes/" + clerk), Status: 204},
		{Name: "not_in_use", Request: remove(clerk), Status: 204},
	})
}
