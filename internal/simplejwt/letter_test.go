package simplejwt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// letters is a service under the preset with one account.
func letters(t *testing.T, settings string) *stage {
	t.Helper()
	secret := readRecording(t).Meta.SecretKey
	env := map[string]string{"PRESET": "simplejwt", "SIGNING_SECRET": secret}
	if settings != "" {
		env["SIMPLEJWT"] = settings
	}
	st := &stage{Service: apptest.Start(t, apptest.Options{Config: env}), secret: secret, values: map[string]string{}}
	st.perform(t, operation{Op: "user", Username: "alice", Email: "alice@example.com", Password: "Str0ng-pass-42"})
	return st
}

// mint signs claims, in which NOW+N is a time, with a header.
func (st *stage) mint(t *testing.T, header, claims string) string {
	t.Helper()
	if header == "" {
		header = `{"alg":"HS256","typ":"JWT"}`
	}
	for _, n := range []int{300, 100, 10, -10} {
		claims = strings.ReplaceAll(claims, fmt.Sprintf("NOW%+d", n), fmt.Sprint(st.Now().Unix()+int64(n)))
	}
	token, err := sealed(header, claims, "HS256", st.secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// give sends a token to a route and returns the status and the body.
func (st *stage) give(t *testing.T, path, token string) (int, string) {
	t.Helper()
	if path == "/api/protected/" {
		answer := st.Do(t, apptest.Request{Method: "GET", Path: path, Header: map[string]string{"Authorization": "Bearer " + token}})
		return answer.Status, string(answer.Body)
	}
	field := "token"
	if strings.HasSuffix(path, "/refresh/") && !strings.Contains(path, "sliding") || strings.HasSuffix(path, "/blacklist/") {
		field = "refresh"
	}
	answer := st.Do(t, apptest.Request{Method: "POST", Path: path, JSON: map[string]string{field: token}})
	return answer.Status, string(answer.Body)
}

const (
	protected = "/api/protected/"
	verify    = "/api/token/verify/"
	refresh   = "/api/token/refresh/"
	blacklist = "/api/token/blacklist/"
	extend    = "/api/token/sliding/refresh/"
)

// What the original makes of crafted tokens is made of them here.
func TestCraftedTokens(t *testing.T) {
	t.Parallel()
	st := letters(t, "")
	const good = `"exp":NOW+300,"jti":"j","user_id":1`
	for i, c := range []struct {
		path, header, claims string
		status               int
		says                 string
	}{
		{protected, `{"alg":"HS256","x":{"y":[1]},"jku":"http://evil.example","cty":5}`, good + `,"token_type":"access"`, 200, `"alice"`},
		{protected, `{"alg":"HS256","crit":[]}`, good + `,"token_type":"access"`, 401, "Token is invalid"},
		{protected, `{"alg":"HS256","kid":1}`, good + `,"token_type":"access"`, 401, "Token is invalid"},
		{protected, "", good + `,"token_type":"access","aud":5,"iss":["x"],"ROLES":null,"Exp":1,"rv":"x","sid":"mine"`, 200, `"alice"`},
		{protected, "", `"exp":NOW+300,"jti":"","user_id":1.5,"token_type":"access"`, 200, `"alice"`},
		{protected, "", `"exp":NOW+300,"jti":"a\nb","user_id":1,"token_type":"access","iat":-5,"nbf":"5"`, 200, `"alice"`},
		{protected, "", `"exp":NOW-10,"jti":5,"user_id":1,"token_type":"access"`, 401, "Token is expired"},
		{protected, "", `"exp":true,"jti":"j","user_id":1,"token_type":"access"`, 401, "Token is expired"},
		{protected, "", `"exp":"NOW+300","jti":"j","user_id":1,"token_type":"access"`, 401, "Token is invalid"},
		{protected, "", `"exp":NOW+300,"jti":"j","user_id":null,"token_type":"access"`, 401, "User not found"},
		{verify, "", `"exp":NOW+300,"token_type":"access"`, 401, "Token has no id"},
		{verify, "", `"exp":NOW+300,"jti":null`, 401, "Token is invalid"},
		{verify, "", `"exp":NOW+300,"jti":"x"`, 200, "{}"},
		{refresh, "", `"exp":NOW+300,"jti":"r1","user_id":null,"token_type":"refresh"`, 200, `"access"`},
		{refresh, "", `"exp":NOW+300,"jti":"r2","user_id":0,"token_type":"refresh"`, 200, `"access"`},
		{refresh, "", `"exp":NOW+300,"jti":"r3","user_id":[1],"token_type":"refresh"`, 401, "No active account"},
		{refresh, "", `"exp":NOW+300,"jti":"r4","user_id":1,"token_type":"refresh","sid":"mine"`, 200, `"access"`},
		{blacklist, "", `"exp":NOW+300,"jti":"","user_id":1,"token_type":"refresh"`, 200, "{}"},
		{blacklist, "", `"exp":NOW+300,"jti":"","user_id":1,"token_type":"refresh"`, 401, "Token is blacklisted"},
		{extend, "", `"exp":NOW+300,"jti":"s1","user_id":1,"token_type":"sliding","refresh_exp":NOW+100`, 200, `"token"`},
		{extend, "", `"exp":NOW+300,"jti":"s2","user_id":1,"token_type":"sliding","refresh_exp":true`, 401, "Token 'refresh_exp' claim has expired"},
		{extend, "", `"exp":NOW+300,"jti":"s3","user_id":1,"token_type":"sliding","refresh_exp":-1`, 401, "Token 'refresh_exp' claim has expired"},
		{extend, "", `"exp":NOW+300,"jti":"s4","user_id":1,"token_type":"sliding"`, 401, "Token has no 'refresh_exp' claim"},
	} {
		status, body := st.give(t, c.path, st.mint(t, c.header, "{"+c.claims+"}"))
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%d: %s %s %s: %d %s, want %d %s", i, c.path, c.header, c.claims, status, body, c.status, c.says)
		}
	}
}

// What follows from a foreign token has its claims, but those that every token has of
// its own and the configured audience; its life is a whole one.
func TestWhatFollowsFromForeignTokens(t *testing.T) {
	t.Parallel()
	st := letters(t, `{"AUDIENCE":["a","b"],"JTI_CLAIM":"id","SLIDING_TOKEN_REFRESH_EXP_CLAIM":"until","LEEWAY":20}`)
	const claims = `"exp":NOW+300,"id":"i","jti":"j","user_id":1,"aud":"b","x":{"y":1}`
	_, body := st.give(t, refresh, st.mint(t, "", `{"token_type":"refresh",`+claims+`}`))
	access := claimsOf(t, body, "access")
	if _, copied := access["jti"]; copied || access["x"] == nil || fmt.Sprint(access["aud"]) != "[a b]" || access["id"] == "i" {
		t.Errorf("access token %v", access)
	}
	_, body = st.give(t, extend, st.mint(t, "", `{"token_type":"sliding","until":NOW+10,`+claims+`}`))
	sliding := claimsOf(t, body, "token")
	exp, _ := sliding["exp"].(float64)
	iat, _ := sliding["iat"].(float64)
	if sliding["jti"] != "j" || sliding["id"] != "i" || fmt.Sprint(sliding["aud"]) != "[a b]" || exp-iat != 300 {
		t.Errorf("sliding token %v", sliding)
	}
	if status, body := st.give(t, extend, st.mint(t, "", `{"token_type":"sliding","until":NOW-10,`+claims+`}`)); status != 200 {
		t.Errorf("within the leeway: %d %s", status, body)
	}
	if status, body := st.give(t, extend, st.mint(t, "", `{"token_type":"sliding",`+claims+`}`)); status != 401 || !strings.Contains(body, "Token has no 'until' claim") {
		t.Errorf("without the time: %d %s", status, body)
	}
}

func claimsOf(t *testing.T, body, name string) map[string]any {
	t.Helper()
	var answer map[string]string
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	claims := decoded(answer[name], 1)
	if claims == nil {
		t.Fatalf("no token: %s", body)
	}
	return claims
}

// The user id in sub is text, and an address names by its very letters.
func TestOtherUserIDs(t *testing.T) {
	t.Parallel()
	st := letters(t, `{"USER_ID_FIELD":"email","USER_ID_CLAIM":"sub"}`)
	for sub, want := range map[string]string{
		`"alice@example.com"`: `"alice"`, `"ALICE@example.com"`: "User not found", `1`: "Token is invalid", `null`: "Token is invalid",
	} {
		_, body := st.give(t, protected, st.mint(t, "", `{"exp":NOW+300,"jti":"j","token_type":"access","sub":`+sub+`}`))
		if !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", sub, body, want)
		}
	}
	st.login(t, operation{Username: "alice", Password: "Str0ng-pass-42", As: "own"})
	must(t, st.App.Accounts.Disable(context.Background(), recorder, st.id(t, "alice")))
	if _, body := st.give(t, protected, st.values["own.access"]); !strings.Contains(body, "User is inactive") {
		t.Errorf("of an account that is disabled: %s", body)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A token of an account that is disabled or gone signs out, and is looked at without
// the account.
func TestTokensOfLostAccounts(t *testing.T) {
	t.Parallel()
	st := letters(t, `{"ROTATE_REFRESH_TOKENS":true,"BLACKLIST_AFTER_ROTATION":true}`)
	for name, lose := range map[string]func(id string) error{
		"disabled": func(name string) error {
			return st.App.Accounts.Disable(context.Background(), recorder, st.id(t, name))
		},
		"deleted": func(name string) error { return st.App.Accounts.Delete(context.Background(), recorder, st.id(t, name)) },
	} {
		st.perform(t, operation{Op: "user", Username: name, Password: "Str0ng-pass-42"})
		st.login(t, operation{Username: name, Password: "Str0ng-pass-42", As: "its"})
		must(t, lose(name))
		for _, c := range []struct {
			path   string
			status int
		}{{verify, 200}, {refresh, 401}, {blacklist, 200}} {
			if status, body := st.give(t, c.path, st.values["its.refresh"]); status != c.status {
				t.Errorf("%s: %s: %d %s", name, c.path, status, body)
			}
		}
	}
}

// Names are compared as they were typed, and every problem of a registration is told.
func TestNamesToTheLetter(t *testing.T) {
	t.Parallel()
	st := letters(t, "")
	const (
		bad    = `"Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."`
		long   = `"Ensure this field has no more than 150 characters."`
		taken  = `"A user with that username already exists."`
		nobody = `{"detail":"No active account found with the given credentials"}`
	)
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/api/token/", `{"username":"ａｌｉｃｅ","password":"Str0ng-pass-42"}`, 401, nobody},
		{"/api/token/", `{"username":"alice","password":"` + strings.Repeat("x", 1025) + `"}`, 401, nobody},
		{"/api/token/sliding/", `{"username":"alice","password":"` + strings.Repeat("x", 5000) + `"}`, 401, nobody},
		{"/api/register/", `{"username":"㎏","password":"Str0ng-pass-42"}`, 400, `{"username":[` + bad + `]}`},
		{"/api/register/", `{"username":"e\u0301","password":"Str0ng-pass-42"}`, 400, `{"username":[` + bad + `]}`},
		{"/api/register/", `{"username":"` + strings.Repeat("!", 151) + `","password":"x"}`, 400, `{"username":[` + bad + `,` + long + `]}`},
		{"/api/register/", `{"username":"alice","email":"x","password":""}`, 400,
			`{"username":[` + taken + `],"email":["Enter a valid email address."],"password":["This field may not be blank."]}`},
		{"/api/register/", `{"username":"ａｌｉｃｅ","email":"x","password":"1"}`, 400, `{"username":[` + taken + `],"email":["Enter a valid email address."]}`},
		{"/api/register/", `{"username":"alice","password":"1"}`, 400, `{"username":[` + taken + `]}`},
		{"/api/register/", `{"username":"new","email":"x","password":"1"}`, 400, `{"email":["Enter a valid email address."]}`},
		{"/api/register/", `{"username":"new","email":"a@LOCALHOST","password":"Str0ng-pass-42"}`, 400, `{"email":["Enter a valid email address."]}`},
		{"/api/register/", `{"username":"คำ","email":"A@B.CC","password":"Str0ng-pass-42"}`, 201, `{"id":2,"username":"` + "ค\u0e4d\u0e32" + `","email":"A@b.cc"}`},
	} {
		answer := st.Do(t, apptest.Request{Method: "POST", Path: c.path, Body: []byte(c.body), Header: map[string]string{"Content-Type": "application/json"}})
		if answer.Status != c.status || string(answer.Body) != c.want {
			t.Errorf("%s %.80s: %d %s, want %d %s", c.path, c.body, answer.Status, answer.Body, c.status, c.want)
		}
	}
}
