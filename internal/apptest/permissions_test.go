package apptest

import (
	"net/http"
	"slices"
	"testing"

	"github.com/countersign/countersign/internal/access"
)

func everyPermission() []access.Permission {
	return []access.Permission{
		access.ViewUser, access.AddUser, access.ChangeUser, access.DeleteUser,
		access.ViewRole, access.AddRole, access.ChangeRole, access.DeleteRole,
		access.ViewPermission, access.AddPermission, access.ChangePermission, access.DeletePermission,
		access.ViewSession, access.EndSession, access.ViewKey, access.RotateKey, access.ViewEvent,
	}
}

// Cases H12 and H22: an administrator with every permission of the service but one cannot
// touch whoever has that one, staff or superusers, nor make anybody into more than
// they are.
func TestPermissions_nobody_acts_on_more(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		root := s.Superuser(t)
		mine := slices.DeleteFunc(everyPermission(), func(p access.Permission) bool { return p == access.RotateKey })
		admin, plain, staff := s.Holder(t, mine...), s.Someone(t), s.Someone(t)
		ask("PATCH", "/api/v1/users/"+staff.ID, root, map[string]bool{"is_staff": true})(t, s)
		key := string(access.RotateKey)
		role := func(name string, permissions ...string) string {
			return s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: root.Access,
				JSON: map[string]any{"name": name, "permissions": append([]string{}, permissions...)}}).Must(t, 201).Text("id")
		}
		more, less := role("more", key), role("less", string(access.ViewUser))
		over := role("over more") // which holds more by what it includes
		ask("PUT", "/api/v1/roles/"+over+"/includes/"+more, root, nil)(t, s)
		byRole, byInclusion := s.Someone(t), s.Someone(t)
		ask("PUT", "/api/v1/users/"+byInclusion.ID+"/roles/"+over, root, nil)(t, s)
		ask("PUT", "/api/v1/users/"+byRole.ID+"/roles/"+more, root, nil)(t, s)
		forbid := func(method, path string, body any, code string) {
			t.Helper()
			a := s.Do(t, Request{Method: method, Path: "/api/v1" + path, As: admin.Access, JSON: body})
			if a.Status != http.StatusForbidden || a.Text("code") != code {
				t.Errorf("%s %s: status %d: %s", method, path, a.Status, a.Body)
			}
		}
		for _, target := range []Person{root, staff, s.Holder(t, access.RotateKey), byRole, byInclusion} {
			for _, r := range actsOn(t, s, target, more, less) {
				forbid(r.Method, r.Path, r.JSON, "subject_holds_more")
			}
		}
		forbid("PUT", "/users/"+plain.ID+"/permissions/"+key, nil, "gives_more")
		forbid("PUT", "/users/"+admin.ID+"/permissions/"+key, nil, "gives_more")
		forbid("PUT", "/users/"+plain.ID+"/roles/"+more, nil, "gives_more")
		forbid("PUT", "/users/"+plain.ID+"/roles/"+over, nil, "gives_more")
		forbid("PUT", "/roles/"+less+"/permissions/"+key, nil, "gives_more")
		forbid("PUT", "/roles/"+less+"/includes/"+over, nil, "gives_more")
		forbid("POST", "/roles", map[string]any{"name": "mine", "permissions": []string{key}}, "gives_more")
		forbid("PATCH", "/users/"+plain.ID, map[string]bool{"is_superuser": true}, "gives_flag")
		forbid("PATCH", "/users/"+admin.ID, map[string]bool{"is_staff": true}, "gives_flag")
		forbid("POST", "/users", map[string]any{"username": "x", "password": Password, "is_superuser": true}, "gives_flag")
		for _, c := range []struct {
			method, path string
			body         any
		}{
			{"PATCH", "/roles/" + more, fields("name", "mine")}, {"DELETE", "/roles/" + more, nil},
			{"DELETE", "/roles/" + more + "/permissions/" + key, nil},
			{"PUT", "/roles/" + over + "/includes/" + less, nil}, {"DELETE", "/roles/" + over + "/includes/" + more, nil},
			{"DELETE", "/roles/" + over + "?in_use=true", nil},
		} {
			forbid(c.method, c.path, c.body, "subject_holds_more")
		}
		// What they may do works, so the refusals above are not for another reason.
		ask("PUT", "/api/v1/users/"+plain.ID+"/roles/"+less, admin, nil)(t, s)
		ask("POST", "/api/v1/users/"+plain.ID+"/disable", admin, nil)(t, s)
		ask("DELETE", "/api/v1/users/"+plain.ID, admin, nil)(t, s)
	})
}

// actsOn is everything that an administrator can do to somebody, and to the roles
// that they have and could have.
func actsOn(t *testing.T, s *Service, target Person, has, gets string) []Request {
	t.Helper()
	user, key := "/users/"+target.ID, string(access.RotateKey)
	return []Request{
		{Method: "PATCH", Path: user, JSON: fields("email", "mine@example.org")},
		{Method: "PATCH", Path: user, JSON: map[string]bool{"is_staff": false}},
		{Method: "DELETE", Path: user},
		{Method: "POST", Path: user + "/disable"},
		{Method: "POST", Path: user + "/enable"},
		{Method: "PUT", Path: user + "/password", JSON: fields("password", "An0ther-pass-43")},
		{Method: "POST", Path: user + "/reset-link"},
		{Method: "PUT", Path: user + "/roles/" + gets},
		{Method: "DELETE", Path: user + "/roles/" + has},
		{Method: "PUT", Path: user + "/permissions/" + string(access.ViewUser)},
		{Method: "DELETE", Path: user + "/permissions/" + key},
		{Method: "DELETE", Path: "/sessions/" + string(s.Session(t, s.SignIn(t, target).Access).ID)},
	}
}

// Cases E27, E28: one sees one's own sessions, without a token in them, and other
// people's do not exist.
func TestSessions_of_others(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p, other := s.Someone(t), s.Someone(t)
	s.SignIn(t, p)
	var list struct {
		Items []struct {
			ID, UserID string
			Current    bool
		}
	}
	s.Do(t, Request{Path: "/api/v1/me/sessions", As: p.Access}).Must(t, 200).Decode(t, &list)
	current := slices.DeleteFunc(slices.Clone(list.Items), func(i struct {
		ID, UserID string
		Current    bool
	}) bool {
		return !i.Current
	})
	if len(list.Items) != 2 || len(current) != 1 || current[0].ID != string(s.Session(t, p.Access).ID) {
		t.Errorf("sessions: %+v", list.Items)
	}
	s.Run(t, []Scenario{
		{Name: "foreign", Request: Request{Method: "DELETE", Path: "/api/v1/me/sessions/" + string(s.Session(t, other.Access).ID), As: p.Access}, Status: 404, Code: "session_not_found"},
		{Name: "unknown", Request: Request{Method: "DELETE", Path: "/api/v1/me/sessions/none", As: p.Access}, Status: 404, Code: "session_not_found"},
		{Name: "the_other_lives", Request: Request{Path: "/api/v1/me", As: other.Access}, Status: 200},
	})
}
