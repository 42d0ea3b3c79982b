package apptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// prompt is how soon bad input is refused. It is far more than a refusal takes and
// far less than a hash of a long password or a search through a deep body would.
const prompt = 2 * time.Second

// hostile is one way in which a field is wrong, as JSON text.
type hostile struct{ name, value string }

// wrongText are the ways that fit every text field.
func wrongText(maxLength int) []hostile {
	if maxLength == 0 {
		maxLength = 1024 // of a password, in bytes
	}
	return []hostile{
		{"null", `null`}, {"a_number", `1`}, {"a_boolean", `true`}, {"a_list", `["a"]`}, {"an_object", `{"a":"b"}`},
		{"too_long", `"` + strings.Repeat("a", maxLength+1) + `"`},
		{"too_long_in_code_points", `"` + strings.Repeat("é", maxLength+1) + `"`},
		{"NUL", `"a\u0000b"`}, {"a_bare_NUL", "\"a\x00b\""}, {"invalid_UTF8", "\"a\xff\xfe\""}, {"overlong_UTF8", "\"\xc0\xaf\""},
		{"lone_surrogate", `"a\ud800b"`}, {"swapped_surrogates", `"\udc00\ud800"`}, {"surrogate_in_UTF8", "\"\xed\xa0\x80\""},
	}
}

// wrongList are the ways for a list of permissions.
func wrongList() []hostile {
	return []hostile{
		{"null", `null`}, {"text", `"a.b"`}, {"numbers", `[1]`}, {"null_inside", `[null]`}, {"blank_inside", `[""]`},
		{"not_a_name", `["a b"]`}, {"not_declared", `["no.such"]`}, {"NUL", `["a.b\u0000"]`}, {"lone_surrogate", `["\ud800"]`},
		{"too_many", `[` + strings.Repeat(`"a.b",`, 500) + `"a.b"]`},
	}
}

// mayNotBeBlank are the fields for which "" and " " are wrong, too.
var mayNotBeBlank = []string{"username", "password", "current_password", "new_password", "name"}

// hostileTo are the ways in which a property is wrong.
func hostileTo(name string, p schema) []hostile {
	kind := fmt.Sprint(p.Type)
	if strings.Contains(kind, "null") { // which is allowed
		return slices.DeleteFunc(wrongText(p.MaxLength), func(h hostile) bool { return h.name == "null" })
	}
	switch {
	case strings.Contains(kind, "boolean"):
		return []hostile{{"null", `null`}, {"text", `"true"`}, {"a_number", `1`}, {"a_list", `[true]`}}
	case strings.Contains(kind, "array"):
		return wrongList()
	}
	all := wrongText(p.MaxLength)
	if slices.Contains(mayNotBeBlank, name) && !strings.HasPrefix(name, "description") {
		all = append(all, hostile{"blank", `""`}, hostile{"spaces", `"  "`})
	}
	return all
}

// resolve follows references of the document.
func (d document) resolve(s schema) schema {
	for s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}

// encoded writes an object with one member replaced by a text that need not be
// JSON.
func encoded(t *testing.T, members map[string]any, name, value string) []byte {
	t.Helper()
	var text strings.Builder
	for _, each := range slices.Sorted(maps.Keys(members)) {
		if each == name {
			continue
		}
		v, err := json.Marshal(members[each])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%q:%s,", each, v)
	}
	fmt.Fprintf(&text, "%q:%s", name, value)
	return []byte("{" + text.String() + "}")
}

// refusesField asserts 400 with the field named, soon.
func refusesField(t *testing.T, s *Service, what string, r Request, field string) {
	t.Helper()
	began := time.Now()
	a := s.Do(t, r)
	if took := time.Since(began); took > prompt {
		t.Errorf("%s took %v", what, took)
	}
	var got struct {
		Errors []struct{ Field, Message string }
	}
	if a.Status == http.StatusBadRequest {
		a.Decode(t, &got)
	}
	for _, e := range got.Errors {
		if (e.Field == field || strings.HasPrefix(e.Field, field+"[")) && e.Message != "" {
			return
		}
	}
	t.Errorf("%s: status %d, and %q is not named: %.300s", what, a.Status, field, a.Body)
}

// Every field of every body of /api/v1, wrong in every way: 400 that names it. The
// fields are the document's, so a new one is tested too.
func TestInput(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, target := s.Superuser(t), s.Someone(t)
	s.Do(t, Request{Method: "POST", Path: "/api/v1/permissions", As: admin.Access, JSON: fields("name", "shop.read")}).Must(t, 201)
	role := s.Do(t, Request{Method: "POST", Path: "/api/v1/roles", As: admin.Access, JSON: fields("name", "readers")}).Must(t, 201).Text("id")
	things := map[string]string{"user": target.ID, "username": target.Username, "password": Password, "new": Name(),
		"role": role, "role_id": role, "permission": "shop.read", "name": "shop.read"}
	d, tested := theDocument(t, s), 0
	for _, o := range operations(t) {
		if !o.ours() {
			continue
		}
		body := d.Paths[o.path][strings.ToLower(o.method)].RequestBody.Content["application/json"]
		shape := d.resolve(body.Schema)
		good := o.members(t, things)
		maps.DeleteFunc(good, func(name string, _ any) bool { return !slices.Contains(shape.Required, name) })
		request := func(body []byte) Request {
			return Request{Method: o.method, Path: o.at(things), As: admin.Access, Body: body, ContentType: "application/json"}
		}
		for name, property := range shape.Properties {
			for _, h := range hostileTo(name, d.resolve(property)) {
				if o.needs == everybody && name == "password" && h.name == "spaces" {
					continue // is no worse than any other that is wrong
				}
				if o.path == "/api/v1/authorize" && h.name == "not_declared" {
					continue // is what is asked
				}
				if name == "ids" && slices.Contains([]string{"not_declared", "blank_inside", "not_a_name"}, h.name) {
					continue // is nobody's id, which is said of it alone
				}
				what := fmt.Sprintf("%s, %s, %s", o, name, h.name)
				refusesField(t, s, what, request(encoded(t, good, name, h.value)), name)
				tested++
			}
			refusesField(t, s, "twice", request(fmt.Appendf(nil, `{%q:"a",%q:"b"}`, name, name)), name)
			if slices.Contains(shape.Required, name) {
				rest := maps.Clone(good)
				delete(rest, name)
				rest["nonsense"] = 1
				text, _ := json.Marshal(rest)
				refusesField(t, s, fmt.Sprintf("%s without %s", o, name), request(text), name)
				refusesField(t, s, fmt.Sprintf("%s with an unknown field", o), request(text), "nonsense")
			}
			upper := strings.ToUpper(name[:1]) + name[1:]
			refusesField(t, s, "a name in another case", request(encoded(t, good, upper, `"x"`)), upper)
		}
	}
	if tested < 200 {
		t.Errorf("only %d cases: the document was not understood", tested)
	}
	if a := s.Do(t, Request{Path: "/api/v1/users/" + target.ID, As: admin.Access}); a.Text("last_name") != "" || a.Text("username") != target.Username {
		t.Errorf("something was changed: %s", a.Body)
	}
}

// Bodies that are wrong as a whole, at both dialects.
func TestInput_bodies(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin := s.Superuser(t)
	deep, wide := strings.Repeat("[", 30_000), strings.Repeat(`{"a":`, 10_000)
	digits := strings.Repeat("9", 60_000)
	for name, body := range map[string]string{
		"not_json": `{`, "word": `hello`, "trailing": `{} x`, "two": `{}{}`, "deep": deep, "deep_and_closed": deep + strings.Repeat("]", 30_000), "wide": wide,
		"deep_inside": `{"username":` + deep, "number": `{"username":` + digits + `}`, "exponent": `{"username":1e999999999}`, "nan": `{"username":NaN}`,
		"bom": "\xef\xbb\xbf{}", "utf16": "\xff\xfe{\x00}\x00", "invalid_utf8": "{\"username\":\"\xff\"}", "comment": `{} // c`, "single_quotes": `{'a':1}`,
		"control": "{\"username\":\"a\nb\"}", "array": `[]`, "string": `"abc"`, "null": `null`,
	} {
		for _, r := range []Request{
			{Method: "POST", Path: "/api/v1/users", As: admin.Access}, {Method: "POST", Path: "/api/token/"}, {Method: "POST", Path: "/api/register/"},
		} {
			r.Body, r.ContentType = []byte(body), "application/json"
			began := time.Now()
			a := s.Do(t, r)
			if took := time.Since(began); a.Status != http.StatusBadRequest || took > prompt {
				t.Errorf("%s at %s: status %d after %v: %.200s", name, r.Path, a.Status, took, a.Body)
			}
		}
	}
	big := `{"username":"` + strings.Repeat("a", 64<<10) + `","password":"x"}`
	chunked := func(path, as string) Request {
		return Request{Method: "POST", Path: path, As: as, Body: []byte(big), ContentType: "application/json"}
	}
	s.Run(t, []Scenario{
		{Name: "over_64_KiB", Request: chunked("/api/v1/users", admin.Access), Status: 413, Code: "body_too_large"},
		{Name: "over_64_KiB_at_token", Request: chunked("/api/token/", ""), Status: 413},
		{Name: "over_64_KiB_form", Request: Request{Method: "POST", Path: "/api/token/", Form: map[string][]string{"username": {big}}}, Status: 413},
		{Name: "over_64_KiB_of_nobody", Request: chunked("/api/v1/users", ""), Status: 401},
		{Name: "empty", Request: Request{Method: "POST", Path: "/api/v1/users", As: admin.Access}, Status: 400, Code: "body_missing"},
		{Name: "form", Request: Request{Method: "POST", Path: "/api/v1/users", As: admin.Access, Form: map[string][]string{"username": {"x"}}}, Status: 415, Code: "media_type_unsupported"},
		{Name: "xml", Request: Request{Method: "POST", Path: "/api/v1/users", As: admin.Access, Body: []byte("<a/>"), ContentType: "application/xml"}, Status: 415},
		{Name: "unknown_query", Request: Request{Path: "/api/v1/users?is_superuser=1", As: admin.Access}, Status: 400, Contains: []string{`"is_superuser"`}},
		{Name: "query_twice", Request: Request{Path: "/api/v1/users?limit=1&limit=2", As: admin.Access}, Status: 400, Contains: []string{`"limit"`}},
		{Name: "limit_zero", Request: Request{Path: "/api/v1/users?limit=0", As: admin.Access}, Status: 400, Contains: []string{`"limit"`}},
		{Name: "limit_huge", Request: Request{Path: "/api/v1/users?limit=99999999999999999999", As: admin.Access}, Status: 400, Contains: []string{`"limit"`}},
		{Name: "foreign_cursor", Request: Request{Path: "/api/v1/users?cursor=abc", As: admin.Access}, Status: 400, Contains: []string{`"cursor"`}},
		{Name: "NUL_in_search", Request: Request{Path: "/api/v1/users?search=a%00", As: admin.Access}, Status: 400, Contains: []string{`"search"`}},
		{Name: "bad_id", Request: Request{Path: "/api/v1/users/%00", As: admin.Access}, Status: 400},
		{Name: "long_id", Request: Request{Path: "/api/v1/users/" + strings.Repeat("a", 41), As: admin.Access}, Status: 400},
		{Name: "unknown_id", Request: Request{Path: "/api/v1/users/none", As: admin.Access}, Status: 404, Code: "user_not_found"},
	})
}

// Every field of the dialect's bodies: what is wrong is named under it.
func TestInput_dialect(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	for path, names := range map[string][]string{
		"/api/register/": {"username", "password"}, "/api/token/": {"username", "password"}, "/api/token/refresh/": {"refresh"},
		"/api/token/verify/": {"token"}, "/api/token/blacklist/": {"refresh"},
	} {
		good := map[string]any{}
		for _, name := range names {
			good[name] = "good.value-42"
		}
		for _, name := range names {
			for value, message := range map[string]string{
				`null`: "This field may not be null.", `true`: "Not a valid string.", `[]`: "Not a valid string.", `{}`: "Not a valid string.",
				`""`: "This field may not be blank.", `"  "`: "This field may not be blank.",
				`"a\u0000b"`: "Null characters are not allowed.", `"a\ud800"`: "Surrogate characters are not allowed: U+D800.",
			} {
				a := s.Do(t, raw(path, "application/json", string(encoded(t, good, name, value))))
				if a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), `"`+name+`":[`) || !strings.Contains(string(a.Body), message) {
					t.Errorf("%s, %s %s: status %d: %s", path, name, value, a.Status, a.Body)
				}
			}
			rest := maps.Clone(good)
			delete(rest, name)
			if a := s.Do(t, post(path, rest)); a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), `"`+name+`":["This field is required."]`) {
				t.Errorf("%s without %s: status %d: %s", path, name, a.Status, a.Body)
			}
		}
	}
	s.Run(t, []Scenario{
		{Name: "long_password_at_register", Request: post("/api/register/", fields("username", "x", "password", strings.Repeat("aB3-", 257))), Status: 400, Contains: []string{`"password":[`}},
		{Name: "long_password", Request: post("/api/token/", fields("username", "x", "password", strings.Repeat("aB3-", 257))), Status: 400, Contains: []string{`"password":[`}},
		{Name: "long_token", Request: post("/api/token/verify/", fields("token", strings.Repeat("a", 60_000))), Status: 401},
		{Name: "long_header", Request: Request{Path: "/api/protected/", As: strings.Repeat("a", 20_000)}, Status: 401},
		{Name: "longer_header", Request: Request{Path: "/api/protected/", As: strings.Repeat("a", 60_000)}, Status: 431},
	})
}
