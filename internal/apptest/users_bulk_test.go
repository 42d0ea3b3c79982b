package apptest

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
)

// bulk is a request to do one thing to many.
func bulk(p Person, action string, more map[string]any, ids ...string) Request {
	body := map[string]any{"action": action, "ids": ids}
	maps.Copy(body, more)
	return Request{Method: "POST", Path: "/api/v1/users/bulk", As: p.Access, JSON: body}
}

// Cases H10 and H22 for many at once: each is decided by itself, in the order of the request.
func TestBulk(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		root, admin := s.Superuser(t), s.Holder(t, access.ChangeUser)
		ann, bob := s.Someone(t), s.Someone(t)
		type result struct {
			ID, Code, Detail string
			OK               bool
		}
		does := func(p Person, action string, ids ...string) (got []result) {
			t.Helper()
			var answer struct{ Results []result }
			s.Do(t, bulk(p, action, nil, ids...)).Must(t, http.StatusOK).Decode(t, &answer)
			return answer.Results
		}
		want := []result{
			{ID: bob.ID, OK: true}, {ID: root.ID, Code: "subject_holds_more", Detail: access.ErrHoldsMore.Public},
			{ID: "nobody", Code: "user_not_found", Detail: "There is no such user."}, {ID: ann.ID, OK: true},
		}
		got := does(admin, "disable", bob.ID, root.ID, bob.ID, "nobody", ann.ID, ann.ID)
		got[2].Detail = want[2].Detail
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("disable (-want +got):\n%s", diff)
		}
		s.Do(t, Request{Path: "/api/v1/me", As: ann.Access}).Must(t, http.StatusUnauthorized)
		if got := does(root, "delete", ann.ID, root.ID); !got[0].OK || got[1].Code != "last_superuser" {
			t.Errorf("delete: %+v", got)
		}
		for name, c := range map[string]struct {
			r      Request
			status int
			code   string
		}{
			"delete without the permission":       {bulk(admin, "delete", nil, bob.ID), 403, "permission_denied"},
			"end sessions without the permission": {bulk(admin, "end_sessions", nil, bob.ID), 403, "permission_denied"},
			"a role that is not named":            {bulk(admin, "assign_role", nil, bob.ID), 400, "bulk_role"},
			"a role for nothing":                  {bulk(admin, "enable", map[string]any{"role_id": "r"}, bob.ID), 400, "bulk_role"},
			"nobody":                              {bulk(admin, "enable", nil), 400, ""},
			"an action that there is none":        {bulk(admin, "promote", nil, bob.ID), 400, ""},
			"too many":                            {bulk(admin, "enable", nil, slices.Repeat([]string{"x"}, 201)...), 400, ""},
			"more than is known":                  {bulk(admin, "enable", map[string]any{"all": true}, bob.ID), 400, ""},
			"without the permission":              {bulk(s.Someone(t), "enable", map[string]any{"all": true}), 403, "permission_denied"},
			"nobody asks":                         {bulk(Person{}, "enable", nil), 401, ""},
		} {
			a := s.Do(t, c.r)
			if a.Status != c.status || c.code != "" && a.Text("code") != c.code {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
	})
}

// The link is of the public URL, whatever the Host header says, and works once.
func TestResetLink(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, p := s.Holder(t, access.ChangeUser), s.Someone(t)
		at := "/api/v1/users/" + p.ID + "/reset-link"
		a := s.Do(t, Request{Method: "POST", Path: at, As: admin.Access, Header: map[string]string{"X-Forwarded-Host": "evil.example"}}).Must(t, 201)
		path, ours := strings.CutPrefix(a.Text("url"), s.Config.PublicURL+"/account/reset/")
		until, err := time.Parse(time.RFC3339, a.Text("expires_at"))
		if !ours || err != nil || until.Sub(s.Events(t, event.Filter{Action: event.UserResetLinkMade})[0].At) != 30*time.Minute {
			t.Errorf("the answer is %s, %v", a.Body, err)
		}
		const next = "An0ther-pass-43"
		form := Request{
			Method: "POST", Path: "/account/reset/" + path, Form: url.Values{"password": {next}, "password_again": {next}},
			Header: map[string]string{"Sec-Fetch-Site": "same-origin"},
		}
		s.Do(t, form).Must(t, http.StatusSeeOther)
		s.Do(t, form).Must(t, http.StatusNotFound)
		s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusUnauthorized)
		p.Password = next
		s.SignIn(t, p)
		s.Do(t, Request{Method: "POST", Path: "/api/v1/users/" + admin.ID + "/reset-link", As: admin.Access}).Must(t, 403)
		s.Do(t, Request{Method: "POST", Path: "/api/v1/users/" + p.ID + "/disable", As: admin.Access}).Must(t, 204)
		if a := s.Do(t, Request{Method: "POST", Path: at, As: admin.Access}); a.Status != 409 || a.Text("code") != "user_disabled" {
			t.Errorf("of a disabled account: %d %s", a.Status, a.Body)
		}
		if strings.Contains(s.Log.String(), path) {
			t.Error("the log says the link")
		}
	})
}

// The file has everybody whom the filter chooses, and that it was asked for is
// recorded, with how many left.
func TestUsers_export(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		viewer := s.Holder(t, access.ViewUser)
		for i := range 3 {
			s.Register(t, fmt.Sprint("ann", i), Password)
		}
		a := s.Do(t, Request{Path: "/api/v1/users/export?format=csv&username_prefix=Ann", As: viewer.Access}).Must(t, 200)
		rows, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
		if err != nil || len(rows) != 4 || rows[0][1] != "username" || rows[3][1] != "ann2" {
			t.Errorf("the file is %q, %v", rows, err)
		}
		if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="users.csv"` {
			t.Errorf("Content-Disposition is %q", got)
		}
		e := s.Events(t, event.Filter{Action: event.UsersExported})
		if len(e) != 1 || !strings.Contains(e[0].Detail, `"count":3`) || !strings.Contains(e[0].Detail, `"username_prefix":"Ann"`) || string(e[0].Actor.ID) != viewer.ID {
			t.Errorf("recorded are %+v", e)
		}
		lines := bufio.NewScanner(strings.NewReader(string(s.Do(t, Request{Path: "/api/v1/users/export", As: viewer.Access}).Must(t, 200).Body)))
		n := 0
		for ; lines.Scan(); n++ {
			if !strings.Contains(lines.Text(), `"username":"`) || strings.Contains(lines.Text(), "argon2") {
				t.Errorf("a line is %s", lines.Text())
			}
		}
		if n != 4 {
			t.Errorf("%d lines, want 4", n)
		}
		for _, query := range []string{"format=xml", "role=a%20b", "joined_from=yesterday", "limit=1"} {
			s.Do(t, Request{Path: "/api/v1/users/export?" + query, As: viewer.Access}).Must(t, 400)
		}
		s.Do(t, Request{Path: "/api/v1/users/export", As: s.Holder(t, access.ChangeUser).Access}).Must(t, 403)
	})
}
