package apptest

import (
	"net/http"
	"slices"
	"testing"

	"github.com/countersign/countersign/internal/access"
)

func question(who Person, body any) Request {
	return Request{Method: http.MethodPost, Path: "/api/v1/authorize", As: who.Access, JSON: body}
}

// What the API answers to questions, and why somebody holds something.
func TestDecisions(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, plain, viewer := s.Superuser(t), s.Someone(t), s.Holder(t, access.ViewUser)
		s.Do(t, Request{Method: "POST", Path: "/api/v1/permissions", As: admin.Access, JSON: fields("name", "shop.sell")}).Must(t, 201)
		role := func(name string, permissions ...string) string {
			return s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access,
				JSON: map[string]any{"name": name, "permissions": append([]string{}, permissions...)}}).Must(t, 201).Text("id")
		}
		chief, seller := role("chief"), role("seller", "shop.sell")
		ask("PUT", "/api/v1/roles/"+chief+"/includes/"+seller, admin, nil)(t, s)
		ask("PUT", "/api/v1/users/"+plain.ID+"/roles/"+chief, admin, nil)(t, s)
		one := func(allowed, permission, reason string) string {
			return `{"allowed":` + allowed + `,"reason":"` + reason + `","decisions":[{"permission":"` + permission + `","allowed":` + allowed + `,"reason":"` + reason + `"}]}`
		}
		about := func(who Person, permission string) map[string]string {
			return fields("subject", who.ID, "permission", permission)
		}
		list := func(n int) map[string]any {
			return map[string]any{"permissions": slices.Repeat([]string{"shop.sell"}, n)}
		}
		s.Run(t, []Scenario{
			{Name: "oneself", Request: question(plain, fields("permission", "shop.sell")), Status: 200, Want: one("true", "shop.sell", "held")},
			{Name: "oneself_by_id", Request: question(plain, about(plain, "shop.sell")), Status: 200, Want: one("true", "shop.sell", "held")},
			{Name: "several", Request: question(plain, map[string]any{"permissions": []string{"shop.sell", "countersign.view_user"}}), Status: 200,
				Want: `{"allowed":false,"reason":"not_held","decisions":[{"permission":"shop.sell","allowed":true,"reason":"held"},{"permission":"countersign.view_user","allowed":false,"reason":"not_held"}]}`},
			{Name: "superuser", Request: question(admin, fields("permission", "shop.sell")), Status: 200, Want: one("true", "shop.sell", "superuser")},
			{Name: "undeclared", Request: question(admin, fields("permission", "shop.fly")), Status: 200, Want: one("false", "shop.fly", "unknown_permission")},
			{Name: "another", Request: question(viewer, about(plain, "shop.sell")), Status: 200, Want: one("true", "shop.sell", "held")},
			{Name: "nobody_of_that_id", Request: question(viewer, fields("subject", "none", "permission", "shop.sell")), Status: 200, Want: one("false", "shop.sell", "unknown_subject")},
			{Name: "another_without_the_right", Request: question(plain, about(viewer, "shop.sell")), Status: 403, Code: "permission_denied"},
			{Name: "nobody_without_the_right", Request: question(plain, fields("subject", "none", "permission", "shop.sell")), Status: 403, Code: "permission_denied"},
			{Name: "nothing", Request: question(plain, map[string]any{}), Status: 400, Code: "permission_missing"},
			{Name: "an_empty_list", Request: question(plain, list(0)), Status: 400, Code: "permission_missing"},
			{Name: "both", Request: question(plain, map[string]any{"permission": "shop.sell", "permissions": []string{"shop.sell"}}), Status: 400, Code: "permission_asked_twice"},
			{Name: "a_wildcard", Request: question(plain, fields("permission", "shop.*")), Status: 400, Code: "permission_name_invalid"},
			{Name: "as_many_as_may_be", Request: question(plain, list(100)), Status: 200},
			{Name: "one_more", Request: question(plain, list(101)), Status: 400, Code: "request_invalid"},
			{Name: "without_a_token", Request: question(Person{}, fields("permission", "shop.sell")), Status: 401, Code: "not_authenticated"},
			{Name: "why", Request: Request{Path: "/api/v1/users/" + plain.ID + "/permissions", As: viewer.Access}, Status: 200,
				Want: `{"items":[{"permission":"shop.sell","paths_left_out":0,"paths":[{"kind":"role","roles":[{"id":"` + chief +
					`","name":"chief"},{"id":"` + seller + `","name":"seller"}],"until":null}]}],"next_cursor":null}`},
			{Name: "why_of_nobody", Request: Request{Path: "/api/v1/users/none/permissions", As: viewer.Access}, Status: 404, Code: "user_not_found"},
		})
		var page struct {
			Items []struct{ Permission string }
			Next  string `json:"next_cursor"`
		}
		why := "/api/v1/users/" + admin.ID + "/permissions?limit=10"
		s.Do(t, Request{Path: why, As: viewer.Access}).Must(t, 200).Decode(t, &page)
		first := page
		s.Do(t, Request{Path: why + "&cursor=" + first.Next, As: viewer.Access}).Must(t, 200).Decode(t, &page)
		if len(first.Items) != 10 || len(page.Items) == 0 || page.Items[0].Permission <= first.Items[9].Permission {
			t.Errorf("pages of a superuser's permissions: %v then %v", first.Items, page.Items)
		}
		s.Run(t, []Scenario{{Name: "a_cursor_of_another_list", Request: Request{Path: "/api/v1/roles?cursor=" + first.Next, As: admin.Access}, Status: 400}})
	})
}

// A role that is taken is gone from the decision on the next request, also with the
// token that still lists it.
func TestDecisions_after_a_loss(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, p, viewer := s.Superuser(t), s.Someone(t), s.Holder(t, access.ViewUser)
		role := s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access,
			JSON: map[string]any{"name": "keepers", "permissions": []access.Permission{access.ViewKey}}}).Must(t, 201).Text("id")
		given := "/api/v1/users/" + p.ID + "/roles/" + role
		for round := range 20 {
			ask("PUT", given, admin, nil)(t, s)
			p.Tokens = next(t, s, p.Refresh)
			for _, allowed := range []bool{true, false} {
				for who, q := range map[string]Request{
					"oneself": question(p, fields("permission", string(access.ViewKey))),
					"another": question(viewer, fields("subject", p.ID, "permission", string(access.ViewKey))),
				} {
					var got struct{ Allowed bool }
					s.Do(t, q).Must(t, 200).Decode(t, &got)
					if got.Allowed != allowed {
						t.Fatalf("round %d: %s is told %v, want %v", round, who, got.Allowed, allowed)
					}
				}
				if allowed {
					ask("DELETE", given, admin, nil)(t, s)
				}
			}
		}
	})
}
