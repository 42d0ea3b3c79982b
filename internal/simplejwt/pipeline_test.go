package simplejwt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

var sharedSecret = []byte("a shared secret of tests, 32 bytes and more")

// start returns the routes behind the chain that they are served behind. There is
// no database: only what is decided before a use case can be asked for.
func start(t *testing.T, preset bool) http.Handler {
	t.Helper()
	keys, err := verify.NewKeySet(verify.Key{Algorithm: "HS256", Public: verify.SharedSecret(sharedSecret)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{
		Keys: func() *verify.KeySet { return keys }, SkipIssuer: true, SkipAudience: true, IgnoreKeyID: true,
		Now: func() time.Time { return time.Unix(1_000_000, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &API{
		Accounts: &account.Service{RegistrationOpen: true},
		Bearer:   &bearer.Service{Verifier: v},
		Preset:   preset,
	}
	mux := http.NewServeMux()
	a.Register(mux)
	return web.Chain(mux, web.Options{
		Log: slog.New(slog.DiscardHandler), Timeout: time.Minute, MaxBody: maxBody,
	})
}

// signed returns a token of these claims.
func signed(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	head := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, sharedSecret)
	mac.Write([]byte(head))
	return head + "." + encode(mac.Sum(nil))
}

// ask sends a request; headers are name and value by turns.
func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	notProvided = `{"detail":"Authentication credentials were not provided."}`
	badHeader   = `{"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}`
	bothMissing = `{"username":["This field is required."],"password":["This field is required."]}`
)

// accessInvalid is the answer to a bad token in the header.
func accessInvalid(message string) string {
	return `{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"` + message + `"}]}`
}

func TestRefusalOrder(t *testing.T) {
	t.Parallel()
	const register, obtain, protected = "/api/register/", "/api/token/", "/api/protected/"
	h := start(t, false)
	for name, c := range map[string]struct {
		method, target, body string
		headers              []string
		status               int
		want                 string
	}{
		"406 before 401":                  {"GET", protected, "", []string{"Accept", "application/xml"}, 406, `{"detail":"Could not satisfy the request Accept header."}`},
		"406 before 405":                  {"GET", obtain, "", []string{"Accept", "application/xml"}, 406, `{"detail":"Could not satisfy the request Accept header."}`},
		"404 for a format":                {"POST", obtain + "?format=xml", "{}", nil, 404, `{"detail":"Not found."}`},
		"401 before 405":                  {"POST", protected, "{}", nil, 401, notProvided},
		"401 before OPTIONS":              {"OPTIONS", protected, "", nil, 401, notProvided},
		"401 on an open route":            {"POST", register, "{", []string{"Authorization", "Bearer a b"}, 401, badHeader},
		"401 on an open route, bad token": {"POST", register, "{", []string{"Authorization", "Bearer x"}, 401, accessInvalid("Token is invalid")},
		"401 for two headers":             {"GET", protected, "", []string{"Authorization", "Bearer a", "Authorization", "Bearer a"}, 401, badHeader},
		"another scheme is nobody":        {"GET", protected, "", []string{"Authorization", "bearer x"}, 401, notProvided},
		"token routes do not ask who":     {"POST", obtain, "", []string{"Authorization", "Bearer a b c"}, 400, bothMissing},
		"405 before 415":                  {"PUT", obtain, "x", []string{"Content-Type", "text/plain"}, 405, `{"detail":"Method \"PUT\" not allowed."}`},
		"405 for a made-up method":        {"PROPFIND", register, "", nil, 405, `{"detail":"Method \"PROPFIND\" not allowed."}`},
		"405 for HEAD":                    {"HEAD", obtain, "", nil, 405, ""},
		"413 before 415":                  {"POST", obtain, strings.Repeat("x", maxBody+1), []string{"Content-Type", "text/plain"}, 413, `{"detail":"Request body is too large."}`},
		"415":                             {"POST", obtain, "x", []string{"Content-Type", "text/plain"}, 415, `{"detail":"Unsupported media type \"text/plain\" in request."}`},
		"400 for syntax":                  {"POST", obtain, "{", []string{"Content-Type", "application/json"}, 400, `{"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"}`},
		"400 for fields":                  {"POST", obtain, "{}", []string{"Content-Type", "application/json"}, 400, bothMissing},
		"an empty body is {}":             {"POST", obtain, "", nil, 400, bothMissing},
		"refresh":                         {"POST", "/api/token/refresh/", "{}", []string{"Content-Type", "application/json"}, 400, `{"refresh":["This field is required."]}`},
		"verify":                          {"POST", "/api/token/verify/", `{"token":["a"]}`, []string{"Content-Type", "application/json"}, 400, `{"token":["Not a valid string."]}`},
		"blacklist":                       {"POST", "/api/token/blacklist/", `{"refresh":""}`, []string{"Content-Type", "application/json"}, 400, `{"refresh":["This field may not be blank."]}`},
		"register":                        {"POST", register, "", nil, 400, bothMissing},
		"without the slash":               {"POST", "/api/token", "", nil, 400, bothMissing},
		"an encoded path":                 {"POST", "/api/%74oken/", "", nil, 400, bothMissing},
		"indented":                        {"POST", "/api/token/verify/", "", []string{"Accept", "application/json; indent=2"}, 400, "{\n  \"token\": [\n    \"This field is required.\"\n  ]\n}"},
		"no JSON in a browser":            {"POST", obtain, "", []string{"Accept", "text/html"}, 400, bothMissing},
	} {
		w := ask(h, c.method, c.target, c.body, c.headers...)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, c.status, c.want)
		}
	}
}

func TestProtectedRefusesTokens(t *testing.T) {
	t.Parallel()
	h := start(t, false)
	const exp = `"exp":1000100`
	for name, c := range map[string]struct{ token, want string }{
		"garbage":      {"garbage", accessInvalid("Token is invalid")},
		"not ASCII":    {"\xe9\xe8", accessInvalid("Token is invalid")},
		"tampered":     {signed(`{}`) + "A", accessInvalid("Token is invalid")},
		"no object":    {signed(`[]`), accessInvalid("Token is invalid")},
		"expired":      {signed(`{"exp":1000000,"jti":"a","token_type":"access","user_id":"1"}`), accessInvalid("Token is expired")},
		"no exp":       {signed(`{"jti":"a","token_type":"access","user_id":"1"}`), accessInvalid("Token has no 'exp' claim")},
		"no jti":       {signed(`{` + exp + `,"token_type":"access","user_id":"1"}`), accessInvalid("Token has no id")},
		"no type":      {signed(`{` + exp + `,"jti":"a","user_id":"1"}`), accessInvalid("Token has no type")},
		"another type": {signed(`{` + exp + `,"jti":"a","token_type":"refresh","user_id":"1"}`), accessInvalid("Token has wrong type")},
		"no user":      {signed(`{` + exp + `,"jti":"a","token_type":"access"}`), `{"detail":"Token contained no recognizable user identification","code":"token_not_valid"}`},
		"from the future": {signed(`{` + exp + `,"iat":1000050,"jti":"a","token_type":"access","user_id":"1"}`),
			accessInvalid("Token is invalid")},
	} {
		w := ask(h, "GET", "/api/protected/", "", "Authorization", "Bearer "+c.token)
		if w.Code != 401 || w.Body.String() != c.want {
			t.Errorf("%s: %d %s, want 401 %s", name, w.Code, w.Body, c.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := start(t, true)
	always := map[string]string{
		"Content-Type": "application/json", "Vary": "Accept", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	}
	for _, rt := range (&API{Preset: true}).routes() {
		for _, method := range []string{"GET", "POST", "PUT", "OPTIONS", "HEAD"} {
			w := ask(h, method, rt.path, "")
			for name, want := range always {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s %s: %s: %q, want %q", method, rt.path, name, got, want)
				}
			}
			if got := w.Header().Get("Allow"); got != rt.allow() {
				t.Errorf("%s %s: Allow: %q", method, rt.path, got)
			}
			want := ""
			if w.Code == 401 {
				want = `Bearer realm="api"`
			}
			if got := w.Header().Get("WWW-Authenticate"); got != want {
				t.Errorf("%s %s: %d with WWW-Authenticate: %q", method, rt.path, w.Code, got)
			}
			if w.Header().Get("Content-Length") == "" || rt.secret && w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %v", method, rt.path, w.Header())
			}
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	w := ask(start(t, false), "OPTIONS", "/api/token/refresh/", "")
	want := `{"name":"Token Refresh","description":"Exchange a refresh token for a new access token.","renders":["application/json"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}`
	if w.Code != 200 || w.Body.String() != want || w.Header().Get("Allow") != "POST, OPTIONS" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestSlash(t *testing.T) {
	t.Parallel()
	h := start(t, true)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
		w := ask(h, method, "http://evil.example/api/protected?a=b&c=%20d", "")
		if w.Code != 301 || w.Header().Get("Location") != "/api/protected/?a=b&c=%20d" || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q %s", method, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	if w := ask(h, "GET", "/api/protected", ""); w.Header().Get("Location") != "/api/protected/" {
		t.Errorf("without a query: %q", w.Header().Get("Location"))
	}
	for _, path := range []string{"/api/token/x", "/API/token/", "/api/", "/api/tokens"} {
		if w := ask(h, "POST", path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestRegistrationClosed(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	(&API{Accounts: new(account.Service)}).Register(mux)
	for _, method := range []string{"POST", "GET"} {
		w := ask(mux, method, "/api/register/", "{", "Content-Type", "application/json")
		if w.Code != 403 || w.Body.String() != `{"detail":"You do not have permission to perform this action."}` {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

func TestProtectedAnswers(t *testing.T) {
	t.Parallel()
	p := &bearer.Principal{
		User:   user.User{ID: "42", Username: "alice", Email: "<a&b>@example.com", Staff: true},
		Caller: access.Caller{Kind: access.Person, Rights: access.Rights{Roles: []string{"editor"}}},
	}
	for _, c := range []struct {
		preset bool
		id     ident.UserID
		want   string
	}{
		{false, "42", `"42"`}, {true, "42", `42`}, {true, "042", `"042"`}, {true, "-", `"-"`},
		{true, "9223372036854775808", `"9223372036854775808"`},
	} {
		a := &API{Preset: c.preset}
		p.User.ID = c.id
		got, err := a.protected(&call{principal: p})
		if err != nil {
			t.Fatal(err)
		}
		content, err := render(got.body, format{})
		want := `{"message":"You have access to this protected route.","user":{"id":` + c.want + `,"username":"alice","email":"<a&b>@example.com","is_staff":true,"is_superuser":false,"roles":["editor"]}}`
		if err != nil || string(content) != want {
			t.Errorf("%s, %v, want %s", content, err, want)
		}
	}
	p.Caller.Rights.Roles = nil
	got, _ := (&API{}).protected(&call{principal: p})
	if content, _ := render(got.body, format{}); !strings.Contains(string(content), `"roles":[]`) {
		t.Errorf("without roles: %s", content)
	}
}
