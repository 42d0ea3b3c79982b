package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/page"
)

// Every body that is not as the document says is refused with 400 and the name of
// what is wrong. Cases H06, H08: fields that nobody asked for are among it.
func TestBodies(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for name, c := range map[string]struct{ method, path, body, field string }{
		"missing":               {post, "/users", `{"username":"a"}`, "password"},
		"null":                  {post, "/users", `{"username":null,"password":"x"}`, "username"},
		"null where optional":   {patch, "/me", `{"email":null}`, "email"},
		"a number for text":     {post, "/users", `{"username":1,"password":"x"}`, "username"},
		"text for yes or no":    {post, "/users", `{"username":"a","password":"x","is_staff":"yes"}`, "is_staff"},
		"too long":              {post, "/users", `{"username":"` + strings.Repeat("a", 151) + `","password":"x"}`, "username"},
		"unknown":               {post, "/users", `{"username":"a","password":"x","id":"1"}`, "id"},
		"another case":          {post, "/users", `{"Username":"a","username":"b","password":"x"}`, "Username"},
		"twice":                 {post, "/users", `{"username":"a","username":"b","password":"x"}`, "username"},
		"NUL":                   {post, "/users", `{"username":"a\u0000","password":"x"}`, "username"},
		"lone surrogate":        {post, "/users", `{"username":"a\ud800","password":"x"}`, "username"},
		"invalid UTF-8":         {post, "/users", "{\"username\":\"a\xff\",\"password\":\"x\"}", "username"},
		"a number too large":    {post, "/users", `{"username":1e999,"password":"x"}`, "username"},
		"nested too deep":       {post, "/users", `{"username":` + strings.Repeat("[", 40), "username"},
		"a list":                {post, "/users", `[]`, ""},
		"no JSON":               {post, "/users", `username=a`, ""},
		"nothing":               {post, "/users", ``, ""},
		"flags for oneself":     {patch, "/me", `{"is_superuser":true}`, "is_superuser"},
		"a name for oneself":    {patch, "/me", `{"username":"root"}`, "username"},
		"roles for oneself":     {patch, "/me", `{"roles":["admin"]}`, "roles"},
		"an id in a body":       {patch, "/users/9", `{"id":"1"}`, "id"},
		"somebody else's":       {post, "/me/password", `{"current_password":"a","new_password":"b","user_id":"1"}`, "user_id"},
		"no current password":   {post, "/me/password", `{"new_password":"b"}`, "current_password"},
		"a list of numbers":     {post, "/roles", `{"name":"a","permissions":[1]}`, "permissions[0]"},
		"no permission's name":  {post, "/roles", `{"name":"a","permissions":["a.*"]}`, "permissions"},
		"description of nobody": {patch, "/permissions/blog.write", `{}`, "description"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(c.method, prefix+c.path, "everything", c.body)
			p, _ := refused(t, h, r)
			if p.Status != http.StatusBadRequest {
				t.Fatalf("%d %s, want 400", p.Status, p.Code)
			}
			if c.body != "" && !p.blames("body", c.field) {
				t.Errorf("errors = %v, want one of body %q", p.Errors, c.field)
			}
		})
	}
}

// Case H11: the same body under another media type, or none, is not read.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for mediaType, want := range map[string]int{
		"":                                  415,
		"text/plain":                        415,
		"application/xml":                   415,
		"application/x-www-form-urlencoded": 415,
		"application/merge-patch+json":      415,
		"application/json; charset=latin1":  415,
		"application/json;":                 400,
		"application/json; charset=UTF-8":   400,
		"Application/JSON":                  400,
	} {
		r := call(post, "/api/v1/users", "everything", `{"unknown":1}`)
		r.Header.Set("Content-Type", mediaType)
		if p, _ := refused(t, h, r); p.Status != want {
			t.Errorf("%q: %d, want %d", mediaType, p.Status, want)
		}
	}
	r := call(post, "/api/v1/users", "everything", `{"unknown":1}`)
	r.Header.Add("Content-Type", "text/plain")
	if p, _ := refused(t, h, r); p.Status != http.StatusUnsupportedMediaType {
		t.Errorf("two media types: %d", p.Status)
	}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for size, want := range map[int]int{maxBody: 400, maxBody + 1: 413, 10 * maxBody: 413} {
		content := `{"unknown":"` + strings.Repeat("x", size-14) + `"}`
		if p, _ := refused(t, h, call(post, "/api/v1/users", "everything", content)); p.Status != want {
			t.Errorf("%d bytes: %d, want %d", size, p.Status, want)
		}
	}
}

// A problem does not grow with the request.
func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	var many strings.Builder
	for i := range 3000 {
		many.WriteString(`"` + strings.Repeat("a", i%10) + string(rune('Ā'+i)) + `":1,`)
	}
	for _, content := range []string{
		`{` + strings.TrimSuffix(many.String(), ",") + `}`,
		`{"` + strings.Repeat("é", 30_000) + `":1}`,
		`{"name":"a","permissions":[` + strings.TrimSuffix(strings.Repeat("1,", 30_000), ",") + `]}`,
	} {
		p, w := refused(t, h, call(post, "/api/v1/roles", "everything", content))
		if len(p.Errors) == 0 || len(p.Errors) > maxProblemFields || w.Body.Len() > 8192 {
			t.Errorf("%d errors, %d bytes", len(p.Errors), w.Body.Len())
		}
	}
}

// Values are not repeated: one of them may be a password.
func TestProblemsKeepValues(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for _, content := range []string{
		`{"current_password":"hunter2-secret","new_password":7}`,
		`{"current_password":"hunter2-secret","new_password":"\ud800"}`,
		`{"current_password":"hunter2-secret","new_password":`,
	} {
		_, w := refused(t, h, call(post, "/api/v1/me/password", "everything", content))
		if strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("repeats the password: %s", w.Body)
		}
	}
}

// Case K15: the bounds of a page, and every other parameter.
func TestParameters(t *testing.T) {
	t.Parallel()
	a, h := newAPI(t)
	foreign := a.Cursors.Encode(rolesList, page.Position{ID: "x"})
	for name, c := range map[string]struct{ method, target, in, field string }{
		"limit of nothing":      {get, "/users?limit=0", "query", "limit"},
		"limit below nothing":   {get, "/users?limit=-1", "query", "limit"},
		"limit above":           {get, "/users?limit=201", "query", "limit"},
		"limit far above":       {get, "/users?limit=1000000000", "query", "limit"},
		"limit beyond integers": {get, "/users?limit=99999999999999999999", "query", "limit"},
		"limit of words":        {get, "/users?limit=all", "query", "limit"},
		"limit twice":           {get, "/users?limit=1&limit=2", "query", "limit"},
		"forged cursor":         {get, "/users?cursor=AAAA", "query", "cursor"},
		"another list's cursor": {get, "/users?cursor=" + foreign, "query", "cursor"},
		"long cursor":           {get, "/users?cursor=" + strings.Repeat("A", 300), "query", "cursor"},
		"neither yes nor no":    {get, "/users?active=maybe", "query", "active"},
		"a role that is no id":  {get, "/users?role=%27%20OR%201", "query", "role"},
		"NUL":                   {get, "/users?search=%00", "query", "search"},
		"invalid UTF-8":         {get, "/users?search=%ff", "query", "search"},
		"unknown":               {get, "/users?offset=5", "query", "offset"},
		"unknown without value": {get, "/me?debug", "query", "debug"},
		"no id":                 {get, "/users/a%2Fb", "path", "id"},
		"NUL in an id":          {get, "/users/a%00", "path", "id"},
		"an id too long":        {del, "/sessions/" + strings.Repeat("a", 41), "path", "id"},
		"role that is no id":    {put, "/users/9/roles/a.b", "path", "role_id"},
		"wildcard permission":   {put, "/users/9/permissions/blog.*", "path", "permission"},
		"no permission":         {del, "/permissions/blog", "path", "name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := refused(t, h, call(c.method, prefix+c.target, "everything", ""))
			if p.Status != http.StatusBadRequest || !p.blames(c.in, c.field) {
				t.Errorf("%d %s %v, want 400 for %s %s", p.Status, p.Code, p.Errors, c.in, c.field)
			}
		})
	}
	if p, _ := refused(t, h, call(get, "/api/v1/users?search=%zz", "everything", "")); p.Status != http.StatusBadRequest {
		t.Errorf("a query that cannot be decoded: %d", p.Status)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	a, _ := newAPI(t)
	want := page.Position{ID: "0190-abc"}
	want.At = want.At.AddDate(2025, 0, 0)
	r, err := a.request(usersList, Paging{Limit: 20, Cursor: a.Cursors.Encode(usersList, want)})
	if err != nil || r.Limit != 20 || r.After.ID != want.ID || !r.After.At.Equal(want.At) {
		t.Errorf("request = %v, %v", r, err)
	}
	out := listOf(a, usersList, page.Page[int]{Items: []int{1}, Next: want}, func(n int) int { return n * 2 })
	if out.Body.Items[0] != 2 || out.Body.NextCursor == nil {
		t.Errorf("list = %v", out.Body)
	}
	w := httptest.NewRecorder()
	if err := encode(w, whole(nil, permissionOf).Body); err != nil || strings.TrimSpace(w.Body.String()) != `{"items":[],"next_cursor":null}` {
		t.Errorf("an empty list is %s, %v", w.Body, err)
	}
}
