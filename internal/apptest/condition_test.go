package apptest

import (
	"net/http"
	"slices"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

// A change that names what it was made from is made of that alone: a stale one is
// 412, whatever it would do, and nothing happens.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, target := s.Superuser(t), s.Someone(t)
		path := "/api/v1/users/" + target.ID
		read := func() string {
			t.Helper()
			tag := s.Do(t, Request{Path: path, As: admin.Access}).Must(t, 200).Header.Get("ETag")
			if tag == "" {
				t.Fatal("no ETag")
			}
			return tag
		}
		if one, two := read(), read(); one != two {
			t.Errorf("the tag changed from %s to %s, and nothing else", one, two)
		}
		tags := []string{read()}
		for _, change := range []Request{
			{Method: "PATCH", Path: path, JSON: fields("first_name", "Ann")},
			{Method: "POST", Path: path + "/disable"},
			{Method: "POST", Path: path + "/enable"},
			{Method: "PUT", Path: path + "/password", JSON: fields("password", "An0ther-pass-43")}, // which is not shown
		} {
			change.As, change.Header = admin.Access, fields("If-Match", tags[0])
			if len(tags) > 1 {
				stale := s.Do(t, change)
				if stale.Status != http.StatusPreconditionFailed || stale.Text("code") != "precondition_failed" {
					t.Errorf("%s %s with %s: status %d: %s", change.Method, change.Path, tags[0], stale.Status, stale.Body)
				}
			}
			change.Header = fields("If-Match", `"elsewhere", `+read())
			if a := s.Do(t, change); a.Status >= 300 || a.Status == 200 && a.Header.Get("ETag") != read() {
				t.Errorf("%s %s: status %d, ETag %q: %s", change.Method, change.Path, a.Status, a.Header.Get("ETag"), a.Body)
			}
			tags = append(tags, read())
		}
		if tags[3] != tags[4] || len(slices.Compact(slices.Clone(tags))) != 4 {
			t.Errorf("tags: %q", tags)
		}
		target.Password = "An0ther-pass-43"
		s.SignIn(t, target) // the time of which is shown
		if read() == tags[4] {
			t.Error("the representation changed and its tag did not")
		}
		s.Run(t, []Scenario{
			{Name: "weak", Request: Request{Method: "DELETE", Path: path, As: admin.Access, Header: fields("If-Match", "W/"+read())}, Status: 412, Code: "precondition_failed"},
			{Name: "stale", Request: Request{Method: "DELETE", Path: path, As: admin.Access, Header: fields("If-Match", tags[0])}, Status: 412, Code: "precondition_failed"},
			{Name: "malformed", Request: Request{Method: "DELETE", Path: path, As: admin.Access, Header: fields("If-Match", "7")}, Status: 400, Code: "entity_tag_malformed"},
			{Name: "nobody", Request: Request{Method: "DELETE", Path: "/api/v1/users/nobody", As: admin.Access, Header: fields("If-Match", "*")}, Status: 404, Code: "user_not_found"},
			{Name: "without_the_permission", Request: Request{Method: "DELETE", Path: path, As: s.Holder(t, access.ViewUser).Access, Header: fields("If-Match", "7")}, Status: 403, Code: "permission_denied"},
			{Name: "over_who_holds_more", Request: Request{Method: "DELETE", Path: "/api/v1/users/" + admin.ID, As: s.Holder(t, access.DeleteUser).Access, Header: fields("If-Match", `"99"`)}, Status: 403, Code: "subject_holds_more"},
			{Name: "there", Request: Request{Method: "DELETE", Path: path, As: admin.Access, Header: fields("If-Match", "*")}, Status: 204},
		})
		if n := len(s.Events(t, event.Filter{Subject: event.User(ident.UserID(target.ID), ""), Action: event.UserDisabled})); n != 1 {
			t.Errorf("disabled %d times", n)
		}
	})
}

// Of many who change what they read at the same moment, at two processes, one does.
func TestIfMatch_race(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		at := []*Service{one, two}
		admin, target := one.Superuser(t), one.Someone(t)
		path := "/api/v1/users/" + target.ID
		tag := one.Do(t, Request{Path: path, As: admin.Access}).Must(t, 200).Header.Get("ETag")
		statuses := make([]int, 16)
		atOnce(len(statuses), func(i int) {
			statuses[i] = at[i%2].Do(t, Request{Method: "PATCH", Path: path, As: admin.Access,
				JSON: fields("last_name", string(rune('a'+i))), Header: fields("If-Match", tag)}).Status
		})
		slices.Sort(statuses)
		if statuses[0] != 200 || statuses[1] != 412 || statuses[15] != 412 {
			t.Errorf("statuses: %v", statuses)
		}
	})
}

// A role's tag stands for the role itself, and its changes depend on it as those of an
// account do on theirs.
func TestIfMatch_roles(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin := s.Superuser(t)
		made := func(name string) string {
			return s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", name)}).Must(t, 201).Text("id")
		}
		path, other := "/api/v1/roles/"+made("clerk"), made("reader")
		read := func() string {
			t.Helper()
			return s.Do(t, Request{Path: path, As: admin.Access}).Must(t, 200).Header.Get("ETag")
		}
		first := read()
		ask("PATCH", path, admin, fields("description", "Sells."))(t, s)
		for _, change := range []Request{
			{Method: "PATCH", Path: path, JSON: fields("name", "chief")},
			{Method: "PUT", Path: path + "/permissions/" + string(access.ViewKey)},
			{Method: "PUT", Path: path + "/includes/" + other},
			{Method: "DELETE", Path: path + "/includes/" + other},
			{Method: "DELETE", Path: path + "/permissions/" + string(access.ViewKey)},
			{Method: "DELETE", Path: path},
		} {
			now := read()
			change.As = admin.Access
			for _, stale := range []string{first, "W/" + now, `"x"`} {
				change.Header = fields("If-Match", stale)
				if a := s.Do(t, change); a.Status != 412 || a.Text("code") != "precondition_failed" || read() != now {
					t.Errorf("%s %s with %s: status %d: %s", change.Method, change.Path, stale, a.Status, a.Body)
				}
			}
			change.Header = fields("If-Match", now)
			a := s.Do(t, change)
			if a.Status >= 300 || change.Method == "PATCH" && a.Header.Get("ETag") != read() {
				t.Errorf("%s %s: status %d, ETag %q: %s", change.Method, change.Path, a.Status, a.Header.Get("ETag"), a.Body)
			}
			if change.Path != path || change.Method != "DELETE" {
				if read() == now {
					t.Errorf("%s %s: the tag did not change", change.Method, change.Path)
				}
			}
		}
		s.Run(t, []Scenario{
			{Name: "gone", Request: Request{Method: "DELETE", Path: path, As: admin.Access, Header: fields("If-Match", first)}, Status: 404, Code: "role_not_found"},
			{Name: "malformed", Request: Request{Method: "DELETE", Path: "/api/v1/roles/" + other, As: admin.Access, Header: fields("If-Match", "7")}, Status: 400, Code: "entity_tag_malformed"},
			{Name: "without_the_permission", Request: Request{Method: "DELETE", Path: "/api/v1/roles/" + other, As: s.Holder(t, access.ViewRole).Access, Header: fields("If-Match", "7")}, Status: 403, Code: "permission_denied"},
		})
	})
}

// Of many who edit the role that they read, at two processes, one does.
func TestIfMatch_roles_race(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		at := []*Service{one, two}
		admin := one.Superuser(t)
		path := "/api/v1/roles/" + one.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", "clerk")}).Must(t, 201).Text("id")
		tag := one.Do(t, Request{Path: path, As: admin.Access}).Must(t, 200).Header.Get("ETag")
		statuses := make([]int, 16)
		atOnce(len(statuses), func(i int) {
			r := Request{Method: "PATCH", Path: path, JSON: fields("description", string(rune('a'+i)))}
			if i%4 == 0 {
				r = Request{Method: "PUT", Path: path + "/permissions/" + string(access.ViewKey)}
			}
			r.As, r.Header = admin.Access, fields("If-Match", tag)
			statuses[i] = at[i%2].Do(t, r).Status
		})
		slices.Sort(statuses)
		if statuses[0] > 204 || statuses[1] != 412 || statuses[15] != 412 {
			t.Errorf("statuses: %v", statuses)
		}
	})
}
