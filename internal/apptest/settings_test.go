package apptest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
)

// With the setting an address that one account has signs in; one that two have, or
// that is somebody's username, does not lead elsewhere.
func TestSignIn_by_email(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("SIGN_IN_BY_EMAIL", "true")})
	p := s.Register(t, "ann", Password)
	for _, twin := range []string{"twin1", "twin2"} {
		s.Do(t, post("/api/register/", fields("username", twin, "email", "twins@example.org", "password", Password))).Must(t, 201)
	}
	s.Register(t, "thief", "Thief-pass-42")
	s.Do(t, post("/api/register/", fields("username", "twins2@example.org", "email", "ann@example.org", "password", "Other-pass-42"))).Must(t, 201)
	good := `{"refresh":"<refresh>","access":"<access>"}`
	s.Run(t, []Scenario{
		{Name: "by_name", Request: post("/api/token/", fields("username", p.Username, "password", Password)), Status: 200, Want: good},
		{Name: "thief_by_address", Request: post("/api/token/", fields("username", "THIEF@example.org", "password", "Thief-pass-42")), Status: 200, Want: good},
		{Name: "shared_address", Request: post("/api/token/", fields("username", "twins@example.org", "password", Password)), Status: 401, Want: badCredentials},
		{Name: "address_that_became_shared", Request: post("/api/token/", fields("username", "ann@example.org", "password", Password)), Status: 401, Want: badCredentials},
		{Name: "name_that_looks_like_one", Request: post("/api/token/", fields("username", "twins2@example.org", "password", "Other-pass-42")), Status: 200, Want: good},
	})
}

func TestIntegerIDs(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: fields("IDS", "integer")}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		ids := make([]string, 20)
		atOnce(len(ids), func(i int) { ids[i] = []*Service{one, two}[i%2].Register(t, Name(), Password).ID })
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(ids) || slices.ContainsFunc(ids, func(id string) bool { return strings.Trim(id, "0123456789") != "" || id == "" }) {
			t.Errorf("ids: %v", ids)
		}
	})
}

// Lists are walked to their end by their cursors, without losing or repeating what
// was there, while others are added; a search finds its part.
func TestLists(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin := s.Holder(t, access.ViewUser)
		want := []string{admin.Username}
		for i := range 11 {
			want = append(want, s.Register(t, fmt.Sprintf("Listed.%02d", i), Password).Username)
		}
		var got []string
		cursor := ""
		for pages := 0; ; pages++ {
			var page struct {
				Items      []struct{ Username string }
				NextCursor string `json:"next_cursor"`
			}
			s.Do(t, Request{Path: "/api/v1/users?limit=5&cursor=" + url.QueryEscape(cursor), As: admin.Access}).Must(t, http.StatusOK).Decode(t, &page)
			for _, u := range page.Items {
				got = append(got, u.Username)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
			s.Register(t, Name(), Password) // newer than the first page
			if pages > 5 {
				t.Fatal("the list does not end")
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("walked over %v, want %v", got, want)
		}
		for search, n := range map[string]int{"listed": 11, "LISTED.0": 10, "listed.03@EXAMPLE": 1, "%": 0, "_": 0, "nobody": 0} {
			var page struct{ Items []struct{ Username string } }
			s.Do(t, Request{Path: "/api/v1/users?search=" + url.QueryEscape(search), As: admin.Access}).Must(t, http.StatusOK).Decode(t, &page)
			if len(page.Items) != n {
				t.Errorf("search %q: %d, want %d", search, len(page.Items), n)
			}
		}
	})
}
