package apptest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
)

// operation is one operation of the API, as this table and not the service says who
// may do it.
type operation struct {
	method, path string
	needs        access.Permission // "" for everybody who is signed in, or everybody
	body         any               // a good one; nil where there is none
	ok           int
}

// everybody stands in the table for an operation that needs no session.
const everybody access.Permission = "everybody"

// operations are all of /api/v1, in an order in which a superuser can do them once.
func operations() []operation {
	text := func(names ...string) any { return fields(names...) }
	return []operation{
		{"GET", "/me", "", nil, 200},
		{"PATCH", "/me", "", text("first_name", "Ann"), 200},
		{"GET", "/me/sessions", "", nil, 200},
		{"POST", "/password", everybody, text("username", "", "password", Password, "new_password", "An0ther-pass-43"), 204},
		{"POST", "/users", access.AddUser, text("username", "created", "password", Password), 201},
		{"GET", "/users", access.ViewUser, nil, 200},
		{"GET", "/users/{user}", access.ViewUser, nil, 200},
		{"PATCH", "/users/{user}", access.ChangeUser, text("last_name", "Ray"), 200},
		{"POST", "/permissions", access.AddPermission, text("name", "shop.sell", "description", "May sell."), 201},
		{"GET", "/permissions", access.ViewPermission, nil, 200},
		{"GET", "/permissions/shop.read", access.ViewPermission, nil, 200},
		{"PATCH", "/permissions/shop.read", access.ChangePermission, text("description", "May read."), 200},
		{"POST", "/roles", access.AddRole, map[string]any{"name": "sellers", "permissions": []string{"shop.read"}}, 201},
		{"GET", "/roles", access.ViewRole, nil, 200},
		{"GET", "/roles/{role}", access.ViewRole, nil, 200},
		{"PATCH", "/roles/{role}", access.ChangeRole, text("description", "They sell."), 200},
		{"PUT", "/roles/{role}/permissions/shop.read", access.ChangeRole, nil, 204},
		{"PUT", "/users/{user}/roles/{role}", access.ChangeUser, nil, 204},
		{"GET", "/users/{user}/roles", access.ViewUser, nil, 200},
		{"PUT", "/users/{user}/permissions/shop.read", access.ChangeUser, nil, 204},
		{"GET", "/users/{user}/permissions", access.ViewUser, nil, 200},
		{"POST", "/authorize", "", map[string]any{"permissions": []string{"shop.read", "shop.unheard_of"}}, 200},
		{"DELETE", "/users/{user}/permissions/shop.read", access.ChangeUser, nil, 204},
		{"DELETE", "/users/{user}/roles/{role}", access.ChangeUser, nil, 204},
		{"DELETE", "/roles/{role}/permissions/shop.read", access.ChangeRole, nil, 204},
		{"PUT", "/roles/{role}/includes/{other}", access.ChangeRole, nil, 204},
		{"DELETE", "/roles/{role}/includes/{other}", access.ChangeRole, nil, 204},
		{"DELETE", "/roles/{role}", access.DeleteRole, nil, 204},
		{"DELETE", "/permissions/shop.read", access.DeletePermission, nil, 204},
		{"GET", "/users/{user}/sessions", access.ViewSession, nil, 200},
		{"DELETE", "/sessions/{session}", access.EndSession, nil, 204},
		{"PUT", "/users/{user}/password", access.ChangeUser, text("password", "An0ther-pass-43"), 204},
		{"POST", "/users/{user}/disable", access.ChangeUser, nil, 204},
		{"POST", "/users/{user}/enable", access.ChangeUser, nil, 204},
		{"GET", "/keys", access.ViewKey, nil, 200},
		{"POST", "/keys/rotate", access.RotateKey, nil, 201},
		{"GET", "/events", access.ViewEvent, nil, 200},
		{"GET", "/events/export", access.ViewEvent, nil, 200},
		{"GET", "/events/{event}", access.ViewEvent, nil, 200},
		{"DELETE", "/users/{user}", access.DeleteUser, nil, 204},
		{"DELETE", "/me/sessions/{own}", "", nil, 204},
		{"POST", "/logout", "", nil, 204},
		{"POST", "/logout/all", "", nil, 204},
		{"POST", "/me/password", "", text("current_password", Password, "new_password", "An0ther-pass-43"), 204},
	}
}

// schemaPath is the path as the OpenAPI document has it.
func (o operation) schemaPath() string {
	path := strings.NewReplacer("{user}", "{id}", "{own}", "{id}", "{session}", "{id}", "{other}", "{included_id}", "{event}", "{id}").Replace(o.path)
	if strings.HasPrefix(path, "/users/{id}/roles/") {
		path = strings.Replace(path, "{role}", "{role_id}", 1)
	}
	path = strings.Replace(path, "{role}", "{id}", 1)
	if strings.HasPrefix(path, "/permissions/") {
		path = strings.Replace(path, "shop.read", "{name}", 1)
	}
	return "/api/v1" + strings.Replace(path, "shop.read", "{permission}", 1)
}

// document is the part of the OpenAPI document that the tests read.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema schema }
		}
		Security  []map[string][]string
		Responses map[string]any
	}
	Components struct {
		Schemas map[string]schema
	}
}

// schema is the part of a JSON schema that the tests read.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Required   []string
	Example    any
	Examples   []any
	MaxLength  int
	Items      *schema
}

func theDocument(t *testing.T, s *Service) document {
	t.Helper()
	var d document
	s.Do(t, Request{Path: "/api/schema"}).Must(t, http.StatusOK).Decode(t, &d)
	return d
}

// A route of the API that this table does not have is not tested, and one that the
// document does not have is not described: both fail here.
func TestOperations_are_those_of_the_document(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	var have, want []string
	for path, methods := range theDocument(t, s).Paths {
		for method, op := range methods {
			if !strings.HasPrefix(path, "/api/v1/") {
				continue
			}
			have = append(have, strings.ToUpper(method)+" "+path)
			open := slices.ContainsFunc(operations(), func(o operation) bool {
				return o.needs == everybody && o.schemaPath() == path && strings.EqualFold(o.method, method)
			})
			if (len(op.Security) == 0) != open {
				t.Errorf("%s %s is open to everybody: %v, want %v", method, path, !open, open)
			}
		}
	}
	for _, o := range operations() {
		want = append(want, o.method+" "+o.schemaPath())
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		for _, h := range have {
			if !slices.Contains(want, h) {
				t.Errorf("%s is in the document alone", h)
			}
		}
		for _, w := range want {
			if !slices.Contains(have, w) {
				t.Errorf("%s is in the table alone", w)
			}
		}
	}
}

// The paths beside /api/v1 are in the document too, and answer.
func TestOperations_elsewhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	paths := theDocument(t, s).Paths
	p := s.Someone(t)
	for _, c := range []struct {
		request Request
		status  int
	}{
		{post("/api/register/", fields("username", "fresh", "password", Password)), 201},
		{post("/api/token/", fields("username", "fresh", "password", Password)), 200},
		{post("/api/token/verify/", fields("token", p.Access)), 200},
		{post("/api/token/refresh/", fields("refresh", p.Refresh)), 200},
		{post("/api/token/blacklist/", fields("refresh", s.SignIn(t, p).Refresh)), 200},
		{Request{Path: "/api/protected/", As: p.Access}, 200},
		{Request{Path: "/.well-known/jwks.json"}, 200},
		{Request{Path: "/healthz"}, 200},
		{Request{Path: "/readyz"}, 200},
	} {
		method := strings.ToLower(c.request.Method)
		if method == "" {
			method = "get"
		}
		if _, ok := paths[c.request.Path][method]; !ok {
			t.Errorf("%s %s is not in the document", method, c.request.Path)
		}
		s.Do(t, c.request).Must(t, c.status)
		delete(paths, c.request.Path)
	}
	for path := range paths {
		if !strings.HasPrefix(path, "/api/v1/") {
			t.Errorf("%s is in the document and not tested", path)
		}
	}
	s.Run(t, []Scenario{
		{Name: "root", Request: Request{Path: "/"}, Status: 302, Answers: fields("Location", "/api/docs")},
		{Name: "page", Request: Request{Path: "/api/docs"}, Status: 200, Contains: []string{"/api/v1/users"}},
		{Name: "nowhere", Request: Request{Path: "/nowhere"}, Status: 404, Code: "route_not_found", Answers: fields("Content-Type", "application/problem+json")},
		{Name: "nowhere_in_the_api", Request: Request{Path: "/api/v1/nowhere"}, Status: 404, Code: "route_not_found"},
		{Name: "another_method", Request: Request{Method: "PUT", Path: "/api/v1/me"}, Status: 405, Code: "method_not_allowed", Answers: fields("Allow", "GET, HEAD, PATCH")},
	})
}

// fill puts real ids into a path.
func fill(path string, ids map[string]string) string {
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return "/api/v1" + path
}

// Every operation works for somebody who may.
func TestOperations_work(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, target := s.Superuser(t), s.Someone(t)
		s.Do(t, Request{Method: "POST", Path: "/api/v1/permissions", As: admin.Access, JSON: fields("name", "shop.read")}).Must(t, 201)
		made := func(name string) string {
			return s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", name)}).Must(t, 201).Text("id")
		}
		role, other := made("readers"), made("included")
		sid := func(p Tokens) string { return Claims(t, p.Access)["sid"].(string) }
		for _, o := range operations() {
			who := admin
			ids := map[string]string{"user": target.ID, "role": role, "other": other, "session": sid(target.Tokens),
				"event": s.Events(t, event.Filter{})[0].ID}
			if o.needs == "" || o.needs == everybody {
				who = s.Someone(t)
				ids["own"] = sid(who.Tokens)
			}
			if o.needs == everybody {
				o.body.(map[string]string)["username"] = who.Username
				who.Access = ""
			}
			a := s.Do(t, Request{Method: o.method, Path: fill(o.path, ids), As: who.Access, JSON: o.body})
			if a.Status != o.ok {
				t.Errorf("%s %s: status %d, want %d: %s", o.method, o.path, a.Status, o.ok, a.Body)
			}
			kind := "application/json"
			if strings.HasSuffix(o.path, "/export") {
				kind = "application/x-ndjson"
			}
			if o.ok != 204 && a.Header.Get("Content-Type") != kind || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: headers %v", o.method, o.path, a.Header)
			}
		}
	})
}
