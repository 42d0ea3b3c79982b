package apptest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
)

// told is what an answer says, without what is of the one request.
func told(t *testing.T, a Response) map[string]any {
	t.Helper()
	var body map[string]any
	if len(a.Body) > 0 {
		a.Decode(t, &body)
	}
	delete(body, "request_id")
	if body == nil {
		body = map[string]any{}
	}
	body["status"], body["challenge"] = a.Status, a.Header.Get("WWW-Authenticate")
	return body
}

// Cases H20 and H23: whoever may not is told the same of what there is and of what
// there is not, whatever the path names.
func TestGuess_paths(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	for _, o := range operations(t) {
		if !strings.Contains(o.path, "{") {
			continue
		}
		sc := m.scene(t, o)
		nothing := map[string]string{"user": "nobody", "role": "none", "role_id": "none", "included_id": "none", "session": "none", "event": "none",
			"permission": "shop.none", "name": "shop.none"}
		for _, caller := range []string{"nobody", "other", "without"} {
			r := o.request(sc.things)
			r.As = sc.who(t, caller).Access
			real := m.Do(t, r)
			r.Path = o.at(nothing)
			if diff := cmp.Diff(told(t, real), told(t, m.Do(t, r))); diff != "" || real.Status < 400 {
				t.Errorf("%s as %s is told whether there is one, with %d (-there is +there is not):\n%s", o, caller, real.Status, diff)
			}
		}
	}
}

// Cases H07 and H20: ids that are counted up get nobody further, and make nobody
// somebody else: in the path, in the body, in a parameter, in a header.
func TestGuess_numbers(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("IDS", "integer")})
	admin, p, viewer := s.Superuser(t), s.Someone(t), s.Holder(t, access.ViewKey)
	for id := range 6 { // of which some are accounts
		for _, who := range []Person{p, viewer} {
			other := fmt.Sprint(id)
			if other == who.ID {
				continue
			}
			path := Request{Path: "/api/v1/users/" + other, As: who.Access}
			body := question(who, fields("subject", other, "permission", string(access.ViewKey)))
			header := Request{Path: "/api/v1/me", As: who.Access, Header: overriding("GET", path.Path)}
			header.Header["X-User-Id"] = other
			for _, r := range []Request{path, body} {
				s.Do(t, r).Must(t, http.StatusForbidden)
			}
			if a := s.Do(t, header); a.Status != http.StatusOK || a.Text("id") != who.ID {
				t.Errorf("a header makes %s of %s: %d %s", other, who.ID, a.Status, a.Body)
			}
			for _, query := range []string{"user_id=", "id=", "sub=", "as=", "on_behalf_of=", "include="} {
				for _, at := range []string{"/api/v1/me?", "/api/v1/me/sessions?", "/api/v1/authorize?"} {
					r := Request{Path: at + query + other, As: who.Access}
					if strings.HasPrefix(at, "/api/v1/authorize") {
						r.Method, r.JSON = http.MethodPost, fields("permission", string(access.ViewKey))
					}
					s.Do(t, r).Must(t, http.StatusBadRequest)
				}
			}
		}
	}
	if s.Do(t, question(admin, fields("subject", p.ID, "permission", string(access.ViewKey)))).Must(t, 200).Text("reason") != "not_held" {
		t.Error("the question is not understood")
	}
}

// Cases H20 and H23: a filter shows nothing that the list does not show, and a cursor
// of one list, or one that was changed, is none of another.
func TestGuess_filters_and_cursors(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin := s.Superuser(t)
	for range 2 {
		s.SignIn(t, s.Someone(t))
		s.SignIn(t, admin)
		s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", Name())}).Must(t, 201)
	}
	viewer := s.Holder(t, access.ViewUser)
	for _, filter := range []string{"role=none", "search=%27%20OR%201%3D1--", "search=%25", "username_prefix=_"} {
		a := s.Do(t, Request{Path: "/api/v1/users?" + filter, As: viewer.Access}).Must(t, http.StatusOK)
		if !strings.Contains(string(a.Body), `"items":[]`) {
			t.Errorf("%s finds %s", filter, a.Body)
		}
	}
	for _, path := range []string{"/api/v1/events?actor=" + admin.ID, "/api/v1/events?subject=user:" + admin.ID, "/api/v1/roles?search=a", "/api/v1/users/" + admin.ID + "/sessions"} {
		s.Do(t, Request{Path: path, As: viewer.Access}).Must(t, http.StatusForbidden)
	}
	lists := []string{"/api/v1/users", "/api/v1/users?username_prefix=u", "/api/v1/roles", "/api/v1/permissions", "/api/v1/events", "/api/v1/me/sessions",
		"/api/v1/users/" + admin.ID + "/permissions"}
	for _, from := range lists {
		join := map[bool]string{true: "&", false: "?"}[strings.Contains(from, "?")]
		next := s.Do(t, Request{Path: from + join + "limit=1", As: admin.Access}).Must(t, http.StatusOK).Text("next_cursor")
		if next == "" {
			t.Errorf("%s has no second page", from)
			continue
		}
		flipped := []byte(next)
		flipped[len(flipped)/2] ^= 1
		for _, to := range lists {
			join := map[bool]string{true: "&", false: "?"}[strings.Contains(to, "?")]
			want := map[bool]int{true: http.StatusOK, false: http.StatusBadRequest}[from == to]
			if a := s.Do(t, Request{Path: to + join + "cursor=" + next, As: admin.Access}); a.Status != want {
				t.Errorf("the cursor of %s at %s: status %d: %s", from, to, a.Status, a.Body)
			}
			s.Do(t, Request{Path: to + join + "cursor=" + string(flipped), As: admin.Access}).Must(t, http.StatusBadRequest)
		}
	}
}
