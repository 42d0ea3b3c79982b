package apptest

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/verify"
)

// The two audiences of these tests.
const shop, books = "https://shop.example", "books"

func forTwo() Options {
	return Options{Config: map[string]string{"AUDIENCE": shop + "," + books}}
}

// ofService verifies as one of several services does.
func (s *Service) ofService(t *testing.T, issuer, audience string) func(string) error {
	t.Helper()
	v, err := verify.New(verify.Config{
		Keys: s.App.Keys.KeySet, Issuer: issuer, Audience: []string{audience}, Revocations: s.App.Events.Revocations, Now: s.time.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) error {
		_, err := v.Verify(raw)
		return err
	}
}

// asked signs somebody in for an audience, or trades their refresh token for it.
func (s *Service) asked(t *testing.T, p Person, audience string) Tokens {
	t.Helper()
	r := Request{Method: "POST", Path: "/api/token/", JSON: map[string]string{"username": p.Username, "password": p.Password, "audience": audience}}
	if p.Refresh != "" {
		r.Path, r.JSON = "/api/token/refresh/", map[string]string{"refresh": p.Refresh, "audience": audience}
	}
	got := s.Do(t, r).Must(t, 200)
	return Tokens{got.Text("access"), got.Text("refresh")}
}

// boundRoles makes a role for each audience, which both include one for all, and gives
// them to somebody new.
func (s *Service) boundRoles(t *testing.T, admin Person) (p Person, ids map[string]string) {
	t.Helper()
	made := func(name, audience string, gives access.Permission) string {
		return s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: map[string]any{
			"name": name, "audience": audience, "permissions": []access.Permission{gives},
		}}).Must(t, 201).Text("id")
	}
	ids = map[string]string{"clerk": made("clerk", shop, access.ViewKey), "reader": made("reader", books, access.ViewRole), "person": made("person", "", access.ViewUser)}
	p = s.Register(t, Name(), Password)
	for _, name := range []string{"clerk", "reader"} {
		ask("PUT", "/api/v1/roles/"+ids[name]+"/includes/"+ids["person"], admin, nil)(t, s)
		ask("PUT", "/api/v1/users/"+p.ID+"/roles/"+ids[name], admin, nil)(t, s)
	}
	return p, ids
}

// Each service sees in its tokens the roles that are bound to it and to none, and does
// not believe the other's tokens. Here the person counts, with all that they hold.
func TestAudience(t *testing.T) {
	t.Parallel()
	Each(t, forTwo(), func(t *testing.T, s *Service) {
		p, _ := s.boundRoles(t, s.Superuser(t))
		for _, c := range []struct {
			audience           string
			aud                any
			roles, permissions []any
		}{
			{shop, shop, []any{"clerk", "person"}, []any{string(access.ViewKey), string(access.ViewUser)}},
			{books, books, []any{"person", "reader"}, []any{string(access.ViewRole), string(access.ViewUser)}},
			{"", []any{shop, books}, []any{"clerk", "person", "reader"}, []any{string(access.ViewKey), string(access.ViewRole), string(access.ViewUser)}},
		} {
			p.Tokens = s.asked(t, p, c.audience) // after the first by refreshing
			claims := Claims(t, p.Access)
			for name, want := range map[string]any{"aud": c.aud, "roles": c.roles, "permissions": c.permissions} {
				if !reflect.DeepEqual(claims[name], want) {
					t.Errorf("asked for %q: %s = %v, want %v", c.audience, name, claims[name], want)
				}
			}
			for _, audience := range []string{shop, books} {
				err := s.ofService(t, claims["iss"].(string), audience)(p.Access)
				if want := c.audience == "" || c.audience == audience; (err == nil) != want || !want && !errors.Is(err, verify.ErrAudience) {
					t.Errorf("asked for %q: at %s: %v", c.audience, audience, err)
				}
			}
			for _, held := range []access.Permission{access.ViewKey, access.ViewRole} {
				got := s.Do(t, Request{Method: "POST", Path: "/api/v1/authorize", As: p.Access, JSON: fields("permission", string(held))}).Must(t, 200)
				if !strings.Contains(string(got.Body), `"allowed":true`) {
					t.Errorf("asked for %q: %s", c.audience, got.Body)
				}
			}
			s.Do(t, Request{Path: "/api/v1/roles", As: p.Access}).Must(t, 200)
		}
	})
}

// What a bound role loses, itself or of what it includes, makes the tokens stale that
// have it, and a token of after it is good.
func TestAudience_stale(t *testing.T) {
	t.Parallel()
	s := Start(t, forTwo())
	admin := s.Superuser(t)
	p, ids := s.boundRoles(t, admin)
	role := "/api/v1/roles/" + ids["clerk"]
	for _, c := range []struct {
		name        string
		change      func(*testing.T, *Service)
		shop, books error // of the tokens of before
	}{
		{"permission_lost", ask("DELETE", role+"/permissions/"+string(access.ViewKey), admin, nil), verify.ErrStaleClaims, nil},
		{"bound_otherwise", ask("PATCH", role, admin, fields("audience", books)), verify.ErrStaleClaims, verify.ErrStaleClaims}, // both have what it includes
		{"bound_back", ask("PATCH", role, admin, fields("audience", shop)), verify.ErrStaleClaims, verify.ErrStaleClaims},
		{"included_role_lost", ask("DELETE", role+"/includes/"+ids["person"], admin, nil), verify.ErrStaleClaims, verify.ErrStaleClaims},
	} {
		ofShop, ofBooks := s.asked(t, p, shop).Access, s.asked(t, p, books).Access
		issuer := Claims(t, ofShop)["iss"].(string)
		atShop, atBooks := s.ofService(t, issuer, shop), s.ofService(t, issuer, books)
		if err := errors.Join(atShop(ofShop), atBooks(ofBooks)); err != nil {
			t.Errorf("%s: before it: %v", c.name, err)
		}
		c.change(t, s)
		if err := atShop(ofShop); !errors.Is(err, c.shop) {
			t.Errorf("%s: at the shop: %v, want %v", c.name, err, c.shop)
		}
		if err := atBooks(ofBooks); !errors.Is(err, c.books) {
			t.Errorf("%s: at the books: %v, want %v", c.name, err, c.books)
		}
	}
}

// What the dialect and the API say of audiences.
func TestAudience_answers(t *testing.T) {
	t.Parallel()
	s := Start(t, forTwo())
	admin := s.Superuser(t)
	p, ids := s.boundRoles(t, admin)
	unknown := `{"audience":["No tokens are issued for this audience. There is: ` + shop + `, ` + books + `."]}`
	token := func(more ...string) Request {
		return Request{Method: "POST", Path: "/api/token/", JSON: fields(append([]string{"username", p.Username, "password", p.Password}, more...)...)}
	}
	role := "/api/v1/roles/" + ids["clerk"]
	preview := "/api/v1/users/" + p.ID + "/token-preview?audience="
	s.Run(t, []Scenario{
		{Name: "unknown", Request: token("audience", "toys"), Status: 400, Want: unknown},
		{Name: "with_all_else_that_is_wrong", Request: Request{Method: "POST", Path: "/api/token/", JSON: map[string]any{"audience": 7}}, Status: 400,
			Want: `{"username":["This field is required."],"password":["This field is required."],` + unknown[1:]},
		{Name: "a_list", Request: Request{Method: "POST", Path: "/api/token/", JSON: map[string]any{"username": "a", "password": "b", "audience": []string{shop}}}, Status: 400,
			Want: `{"audience":["Not a valid string."]}`},
		{Name: "null", Request: Request{Method: "POST", Path: "/api/token/", JSON: map[string]any{"username": "a", "password": "b", "audience": nil}}, Status: 400,
			Want: `{"audience":["This field may not be null."]}`},
		{Name: "blank", Request: token("audience", " "), Status: 200},
		{Name: "a_form", Request: Request{Method: "POST", Path: "/api/token/", Form: url.Values{"username": {p.Username}, "password": {p.Password}, "audience": {"toys"}}}, Status: 400, Want: unknown},
		{Name: "before_the_password_is_looked_at", Request: Request{Method: "POST", Path: "/api/token/", JSON: fields("username", p.Username, "password", "wrong", "audience", "toys")}, Status: 400, Want: unknown},
		{Name: "refresh", Request: Request{Method: "POST", Path: "/api/token/refresh/", JSON: fields("refresh", "x", "audience", "toys")}, Status: 400, Want: unknown},
		{Name: "preview", Request: Request{Path: preview + "books", As: admin.Access}, Status: 200, Contains: []string{`"aud":"books"`, `"roles":["person","reader"]`}},
		{Name: "preview_for_all", Request: Request{Path: preview, As: admin.Access}, Status: 200, Contains: []string{`"roles":["clerk","person","reader"]`}},
		{Name: "preview_for_none", Request: Request{Path: preview + "toys", As: admin.Access}, Status: 400, Code: "audience_unknown"},
		{Name: "preview_permission_first", Request: Request{Path: preview + "toys", As: s.Someone(t).Access}, Status: 403, Code: "permission_denied"},
		{Name: "role_for_none", Request: Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", "x", "audience", "toys")}, Status: 400, Code: "audience_unknown", Contains: []string{books}},
		{Name: "bound_to_none_there_is", Request: Request{Method: "PATCH", Path: role, As: admin.Access, JSON: fields("audience", "toys")}, Status: 400, Code: "audience_unknown"},
		{Name: "shown", Request: Request{Path: role, As: admin.Access}, Status: 200, Contains: []string{`"audience":"` + shop + `"`}},
		{Name: "bound_otherwise", Request: Request{Method: "PATCH", Path: role, As: admin.Access, JSON: fields("audience", "")}, Status: 200, Contains: []string{`"audience":""`}},
	})
}

// Under the preset the field is one more that nobody looks at, as in the original.
func TestAudience_preset(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret, "AUDIENCE", shop+","+books)})
	p := s.Register(t, Name(), Password)
	for _, sent := range []any{books, "toys", nil, []string{"x"}} {
		got := s.Do(t, Request{Method: http.MethodPost, Path: "/api/token/", JSON: map[string]any{"username": p.Username, "password": p.Password, "audience": sent}}).Must(t, 200)
		again := s.Do(t, Request{Method: http.MethodPost, Path: "/api/token/refresh/", JSON: map[string]any{"refresh": got.Text("refresh"), "audience": sent}}).Must(t, 200)
		for _, token := range []string{got.Text("access"), again.Text("access")} {
			if aud := Claims(t, token)["aud"]; !reflect.DeepEqual(aud, []any{shop, books}) {
				t.Errorf("%v: aud = %v", sent, aud)
			}
		}
	}
}
