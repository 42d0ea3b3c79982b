package apptest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const badCredentials = `{"detail":"No active account found with the given credentials"}`

func post(path string, body any) Request {
	return Request{Method: http.MethodPost, Path: path, JSON: body}
}

func raw(path, contentType, body string) Request {
	return Request{Method: http.MethodPost, Path: path, ContentType: contentType, Body: []byte(body)}
}

func fields(names ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(names); i += 2 {
		m[names[i]] = names[i+1]
	}
	return m
}

const (
	multipartType = "multipart/form-data; boundary=BB"
	multipartPair = "--BB\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n" +
		"--BB\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + Password + "\r\n--BB--\r\n"
)

// The ordinary cases of signing in, on the whole service.
func TestDialect_token(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		s.Register(t, "alice", Password)
		good := fields("username", "alice", "password", Password)
		const pair, required = `{"refresh":"<refresh>","access":"<access>"}`, "This field is required."
		s.Run(t, []Scenario{
			{Name: "json", Request: post("/api/token/", good), Status: 200, Want: pair, Contains: []string{`{"refresh":"`},
				Answers: map[string]string{"Content-Type": "application/json", "Allow": "POST, OPTIONS", "Vary": "Accept",
					"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"}},
			{Name: "form", Request: Request{Method: "POST", Path: "/api/token/", Form: url.Values{"username": {"alice"}, "password": {Password}}}, Status: 200, Want: pair},
			{Name: "multipart", Request: raw("/api/token/", multipartType, multipartPair), Status: 200, Want: pair},
			{Name: "without_slash", Request: post("/api/token", good), Status: 200, Want: pair},
			{Name: "extra_fields_ignored", Request: post("/api/token/", fields("username", "alice", "password", Password, "is_staff", "x")), Status: 200, Want: pair},
			{Name: "username_in_another_case", Request: post("/api/token/", fields("username", " ALICE ", "password", Password)), Status: 200, Want: pair},
			{Name: "a_bad_header_is_not_looked_at", Request: Request{Method: "POST", Path: "/api/token/", As: "garbage", JSON: good}, Status: 200, Want: pair},
			{Name: "wrong_password", Request: post("/api/token/", fields("username", "alice", "password", "wrong")), Status: 401, Want: badCredentials,
				Answers: map[string]string{"WWW-Authenticate": `Bearer realm="api"`, "Allow": "POST, OPTIONS"}},
			{Name: "password_in_another_case", Request: post("/api/token/", fields("username", "alice", "password", strings.ToUpper(Password))), Status: 401, Want: badCredentials},
			{Name: "password_with_spaces_is_another", Request: post("/api/token/", fields("username", "alice", "password", " "+Password)), Status: 401, Want: badCredentials},
			{Name: "email_is_no_username", Request: post("/api/token/", fields("username", "alice@example.org", "password", Password)), Status: 401, Want: badCredentials},
			{Name: "unknown", Request: post("/api/token/", fields("username", "nobody", "password", Password)), Status: 401, Want: badCredentials},
			{Name: "nothing", Request: post("/api/token/", fields()), Status: 400, Want: `{"username":["` + required + `"],"password":["` + required + `"]}`},
			{Name: "empty_body", Request: raw("/api/token/", "application/json", ""), Status: 400, Want: `{"username":["` + required + `"],"password":["` + required + `"]}`},
			{Name: "blank", Request: post("/api/token/", fields("username", " ", "password", " ")), Status: 400,
				Want: `{"username":["This field may not be blank."],"password":["This field may not be blank."]}`},
			{Name: "array", Request: raw("/api/token/", "application/json", "[]"), Status: 400, Want: `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
			{Name: "truncated", Request: raw("/api/token/", "application/json", `{"username": "alice"`), Status: 400,
				Want: `{"detail":"JSON parse error - Expecting ',' delimiter: line 1 column 21 (char 20)"}`},
			{Name: "text", Request: raw("/api/token/", "text/plain", "x"), Status: 415, Want: `{"detail":"Unsupported media type \"text/plain\" in request."}`},
			{Name: "get", Request: Request{Path: "/api/token/"}, Status: 405, Want: `{"detail":"Method \"GET\" not allowed."}`, Answers: map[string]string{"Allow": "POST, OPTIONS"}},
			{Name: "options", Request: Request{Method: "OPTIONS", Path: "/api/token/"}, Status: 200, Contains: []string{`"name":"Token Obtain Pair"`}},
			{Name: "unacceptable", Request: Request{Path: "/api/token/", Header: fields("Accept", "application/xml")}, Status: 406, Want: `{"detail":"Could not satisfy the request Accept header."}`},
		})
	})
}

func TestDialect_register(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		const taken = `{"username":["A user with that username already exists."]}`
		register := func(all ...string) Request { return post("/api/register/", fields(all...)) }
		s.Run(t, []Scenario{
			{Name: "json", Request: register("username", "Bob", "email", "bob@Example.COM", "password", Password), Status: 201,
				Want: `{"id":"<any>","username":"Bob","email":"bob@example.com"}`, Answers: map[string]string{"Allow": "POST, OPTIONS"}},
			{Name: "form", Request: Request{Method: "POST", Path: "/api/register/", Form: url.Values{"username": {"carol"}, "password": {Password}}}, Status: 201,
				Want: `{"id":"<any>","username":"carol","email":""}`},
			{Name: "multipart", Request: raw("/api/register/", multipartType, strings.Replace(multipartPair, "alice", "dave", 1)), Status: 201,
				Want: `{"id":"<any>","username":"dave","email":""}`},
			{Name: "letters_of_the_world", Request: register("username", "Zoë.日本-1_@+", "password", Password), Status: 201,
				Want: `{"id":"<any>","username":"Zoë.日本-1_@+","email":""}`},
			{Name: "normalised", Request: register("username", "ｅｖｅ", "password", Password), Status: 201, Want: `{"id":"<any>","username":"eve","email":""}`},
			{Name: "taken", Request: register("username", "Bob", "password", Password), Status: 400, Want: taken},
			{Name: "taken_in_another_case", Request: register("username", "bOB", "password", Password), Status: 400, Want: taken},
			{Name: "taken_in_another_form", Request: register("username", "ｂｏｂ", "password", Password), Status: 400, Want: taken},
			{Name: "an_email_is_not_unique", Request: register("username", "bob2", "email", "bob@example.com", "password", Password), Status: 201},
			{Name: "nothing", Request: register(), Status: 400, Want: `{"username":["This field is required."],"password":["This field is required."]}`},
			{Name: "short_common_numeric", Request: register("username", "x1", "password", "12345"), Status: 400,
				Want: `{"password":["This password is too short. It must contain at least 8 characters.","This password is too common.","This password is entirely numeric."]}`},
			{Name: "similar", Request: register("username", "zz", "email", "wilhelmina@example.com", "password", "wilhelmina1"), Status: 400,
				Want: `{"password":["The password is too similar to the email address."]}`},
			{Name: "too_long_a_name", Request: register("username", strings.Repeat("u", 151), "password", Password), Status: 400,
				Want: `{"username":["Ensure this field has no more than 150 characters."]}`},
			{Name: "an_expired_header_is_refused", Request: Request{Method: "POST", Path: "/api/register/", As: "garbage", JSON: fields("username", "y", "password", Password)},
				Status: 401, Code: "token_not_valid"},
			{Name: "get", Request: Request{Path: "/api/register/"}, Status: 405, Want: `{"detail":"Method \"GET\" not allowed."}`},
		})
	})
}

func TestDialect_registration_closed(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: fields("REGISTRATION", "closed")})
	s.Run(t, []Scenario{{Name: "refused_before_the_body", Request: post("/api/register/", fields("username", "x")), Status: 403,
		Want: `{"detail":"You do not have permission to perform this action."}`}})
}

func TestDialect_tokens(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		p, gone, old := s.Someone(t), s.Someone(t), s.Someone(t)
		ask("POST", "/api/token/blacklist/", Person{}, fields("refresh", gone.Refresh))(t, s)
		const invalid, wrongType = `{"detail":"Token is invalid","code":"token_not_valid"}`, `{"detail":"Token has wrong type","code":"token_not_valid"}`
		const blacklisted = `{"detail":"Token is blacklisted","code":"token_not_valid"}`
		given := func(message string) string {
			return `{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"` + message + `"}]}`
		}
		user := `{"message":"You have access to this protected route.","user":{"id":"` + p.ID + `","username":"` + p.Username +
			`","email":"` + p.Username + `@example.org","is_staff":false,"is_superuser":false,"roles":[]}}`
		protected := func(header string) Request {
			return Request{Path: "/api/protected/", Header: fields("Authorization", header)}
		}
		realm := map[string]string{"WWW-Authenticate": `Bearer realm="api"`, "Allow": "GET, HEAD, OPTIONS"}
		s.Run(t, []Scenario{
			{Name: "verify_access", Request: verifyRequest(p.Access), Status: 200, Want: `{}`},
			{Name: "verify_refresh", Request: verifyRequest(p.Refresh), Status: 200, Want: `{}`},
			{Name: "verify_garbage", Request: verifyRequest("garbage"), Status: 401, Want: invalid, Answers: map[string]string{"WWW-Authenticate": `Bearer realm="api"`}},
			{Name: "verify_ended", Request: verifyRequest(gone.Access), Status: 401, Want: blacklisted},
			{Name: "verify_ended_refresh", Request: verifyRequest(gone.Refresh), Status: 401, Want: blacklisted},
			{Name: "verify_nothing", Request: post("/api/token/verify/", fields()), Status: 400, Want: `{"token":["This field is required."]}`},
			{Name: "refresh_garbage", Request: post("/api/token/refresh/", fields("refresh", "é.ü.ß")), Status: 401, Want: invalid},
			{Name: "refresh_with_access", Request: post("/api/token/refresh/", fields("refresh", p.Access)), Status: 401, Want: wrongType},
			{Name: "refresh_ended", Request: post("/api/token/refresh/", fields("refresh", gone.Refresh)), Status: 401, Want: blacklisted},
			{Name: "refresh_null", Request: post("/api/token/refresh/", map[string]any{"refresh": nil}), Status: 400, Want: `{"refresh":["This field may not be null."]}`},
			{Name: "refresh_bool", Request: post("/api/token/refresh/", map[string]any{"refresh": true}), Status: 400, Want: `{"refresh":["Not a valid string."]}`},
			{Name: "refresh", Request: post("/api/token/refresh/", fields("refresh", "  "+old.Refresh+"\n")), Status: 200,
				Want: `{"access":"<access>","refresh":"<refresh>"}`, Contains: []string{`{"access":"`}, Answers: map[string]string{"Cache-Control": "no-store"}},
			{Name: "blacklist_with_access", Request: post("/api/token/blacklist/", fields("refresh", p.Access)), Status: 401, Want: wrongType},
			{Name: "blacklist_twice", Request: post("/api/token/blacklist/", fields("refresh", gone.Refresh)), Status: 401, Want: blacklisted},
			{Name: "protected", Request: Request{Path: "/api/protected/", As: p.Access}, Status: 200, Want: user, Answers: map[string]string{"Allow": "GET, HEAD, OPTIONS"}},
			{Name: "protected_without_slash", Request: Request{Path: "/api/protected", As: p.Access}, Status: 200, Want: user},
			{Name: "anonymous", Request: Request{Path: "/api/protected/"}, Status: 401, Want: `{"detail":"Authentication credentials were not provided."}`, Answers: realm},
			{Name: "anonymous_post", Request: post("/api/protected/", fields()), Status: 401, Want: `{"detail":"Authentication credentials were not provided."}`, Answers: realm},
			{Name: "post", Request: Request{Method: "POST", Path: "/api/protected/", As: p.Access}, Status: 405, Want: `{"detail":"Method \"POST\" not allowed."}`},
			{Name: "lower_case_scheme", Request: protected("bearer " + p.Access), Status: 401, Want: `{"detail":"Authentication credentials were not provided."}`},
			{Name: "three_words", Request: protected("Bearer a b"), Status: 401, Code: "bad_authorization_header"},
			{Name: "garbage", Request: protected("Bearer garbage"), Status: 401, Want: given("Token is invalid"), Answers: realm},
			{Name: "refresh_as_access", Request: protected("Bearer " + p.Refresh), Status: 401, Code: "token_not_valid"},
			{Name: "ended", Request: protected("Bearer " + gone.Access), Status: 401, Want: given("Token is blacklisted"), Answers: realm},
			{Name: "unacceptable_comes_first", Request: Request{Path: "/api/protected/", Header: fields("Accept", "application/xml")}, Status: 406},
		})
		s.Advance(t, 6*time.Minute)
		s.Run(t, []Scenario{
			{Name: "expired", Request: protected("Bearer " + p.Access), Status: 401, Want: given("Token is expired"), Answers: realm},
			{Name: "verify_expired", Request: verifyRequest(p.Access), Status: 401, Want: `{"detail":"Token is expired","code":"token_not_valid"}`},
		})
	})
}

// A disabled and a deleted account say so to who holds their token, as the original
// does.
func TestDialect_inactive(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, disabled, deleted := s.Superuser(t), s.Someone(t), s.Someone(t)
	ask("POST", "/api/v1/users/"+disabled.ID+"/disable", admin, nil)(t, s)
	ask("DELETE", "/api/v1/users/"+deleted.ID, admin, nil)(t, s)
	s.Run(t, []Scenario{
		{Name: "disabled", Request: Request{Path: "/api/protected/", As: disabled.Access}, Status: 401, Want: `{"detail":"User is inactive","code":"user_inactive"}`},
		{Name: "deleted", Request: Request{Path: "/api/protected/", As: deleted.Access}, Status: 401, Want: `{"detail":"User not found","code":"user_not_found"}`},
		{Name: "refresh_of_disabled", Request: post("/api/token/refresh/", fields("refresh", disabled.Refresh)), Status: 401, Want: `{"detail":"No active account found for the given token."}`},
		{Name: "sign_in_of_disabled", Request: post("/api/token/", fields("username", disabled.Username, "password", Password)), Status: 401, Want: badCredentials},
		{Name: "sign_in_of_deleted", Request: post("/api/token/", fields("username", deleted.Username, "password", Password)), Status: 401, Want: badCredentials},
	})
	ask("POST", "/api/v1/users/"+disabled.ID+"/enable", admin, nil)(t, s)
	s.Refresh(t, disabled.Refresh).Must(t, http.StatusUnauthorized) // E20: what was ended stays ended
	s.Do(t, Request{Path: "/api/protected/", As: disabled.Access}).Must(t, http.StatusUnauthorized)
	s.SignIn(t, disabled)
}
