package apptest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/user"
)

// Case H05: fifty attempts with one link make one superuser, and no number of
// registrations makes any.
func TestSetup_race(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		at := []*Service{one, two}
		atOnce(10, func(i int) {
			at[i%2].Do(t, post("/api/register/", map[string]any{"username": Name(), "password": Password, "is_superuser": true, "is_staff": true}))
		})
		replaced, link := setupToken(t, one), setupToken(t, two)
		one.Do(t, setupRequest(replaced, "early")).Must(t, http.StatusNotFound)
		for range 3 { // G19: looking changes nothing
			one.Do(t, Request{Path: "/setup/" + link}).Must(t, http.StatusOK)
		}
		one.Do(t, Request{Method: "POST", Path: "/setup/" + link, Form: url.Values{"username": {"x"}, "password": {"1"}, "password_again": {"1"}}}).
			Must(t, http.StatusBadRequest)
		statuses := make([]int, 50)
		atOnce(len(statuses), func(i int) { statuses[i] = at[i%2].Do(t, setupRequest(link, fmt.Sprint("root", i))).Status })
		made := 0
		for _, status := range statuses {
			if status == http.StatusCreated {
				made++
			} else if status != http.StatusNotFound {
				t.Errorf("status %d", status)
			}
		}
		if made != 1 {
			t.Errorf("%d attempts succeeded", made)
		}
		var supers int
		if err := one.SQL(t).QueryRowContext(t.Context(), `SELECT COUNT(*) FROM users WHERE is_superuser = 1`).Scan(&supers); err != nil || supers != 1 {
			t.Errorf("%d superusers, %v", supers, err)
		}
		if n := len(one.Events(t, event.Filter{Action: event.SetupCompleted})); n != 1 {
			t.Errorf("%d setups were recorded", n)
		}
		if _, err := one.App.SetupURL(t.Context()); err == nil {
			t.Error("a new setup link although there is a superuser")
		}
	})
}

// The link stops working after thirty minutes, from another site's form, and leaves
// no referrer.
func TestSetup_link(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	link := setupToken(t, s)
	page := s.Do(t, Request{Path: "/setup/" + link}).Must(t, http.StatusOK)
	if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", page.Header)
	}
	cross := setupRequest(link, "root")
	cross.Header = fields("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	s.Do(t, cross).Must(t, http.StatusForbidden)
	s.Advance(t, 30*60e9)
	s.Do(t, Request{Path: "/setup/" + link}).Must(t, http.StatusNotFound)
	s.Do(t, setupRequest(link, "root")).Must(t, http.StatusNotFound)
	if strings.Contains(s.Log.String(), link) {
		t.Error("the log has the link")
	}
}

// Case F47: fifty registrations of one name, in the forms that count as one, at two
// processes, make one account.
func TestRegister_race(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		forms := []string{"émile.zola", "ÉMILE.ZOLA", "e\u0301mile.zola", "Émile.Zola", "ｅ\u0301mile.zola"}
		made := make([]bool, 50)
		atOnce(len(made), func(i int) {
			a := []*Service{one, two}[i%2].Do(t, post("/api/register/", fields("username", forms[i%len(forms)], "password", Password)))
			made[i] = a.Status == http.StatusCreated
			if !made[i] && !strings.Contains(string(a.Body), "A user with that username already exists.") {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
		})
		if n := len(slices.DeleteFunc(made, func(m bool) bool { return !m })); n != 1 {
			t.Errorf("%d accounts were made", n)
		}
	})
}

// Case H06: nothing that a stranger sends makes more of them than a stranger.
func TestRegister_assigns_nothing(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin := s.Superuser(t)
	more := map[string]any{
		"is_staff": true, "is_superuser": true, "is_admin": true, "staff": true, "superuser": true, "Is_Staff": true, "role": "admin",
		"roles": []string{"admin"}, "groups": []string{"admin"}, "permissions": []string{"countersign.view_user"}, "scopes": "all",
		"verified": true, "id": admin.ID, "uuid": admin.ID, "sub": admin.ID, "user_id": admin.ID, "created_at": 0, "joined_at": 0,
		"password_hash": "x", "is_active": false, "disabled": true, "rights_version": 99, "user": map[string]any{"is_superuser": true},
	}
	form := url.Values{}
	for name := range more {
		form.Set(name, "true")
	}
	var multi strings.Builder
	body := maps.Clone(more)
	body["username"], body["password"] = "by-json", Password
	form.Set("username", "by-form")
	form.Set("password", Password)
	for name, values := range form {
		value := strings.Replace(values[0], "by-form", "by-multipart", 1)
		fmt.Fprintf(&multi, "--BB\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, value)
	}
	multi.WriteString("--BB--\r\n")
	for name, r := range map[string]Request{
		"by-json":      post("/api/register/?is_superuser=true", body),
		"by-form":      {Method: "POST", Path: "/api/register/", Form: form},
		"by-multipart": raw("/api/register/", multipartType, multi.String()),
	} {
		s.Do(t, r).Must(t, http.StatusCreated)
		p := Person{Username: name, Password: Password}
		p.Tokens = s.SignIn(t, p)
		me := s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusOK)
		var got struct {
			ID                 string
			Active             bool `json:"is_active"`
			Staff              bool `json:"is_staff"`
			Super              bool `json:"is_superuser"`
			Roles, Permissions []string
			JoinedAt           string `json:"joined_at"`
		}
		me.Decode(t, &got)
		if got.ID == admin.ID || !got.Active || got.Staff || got.Super || len(got.Roles)+len(got.Permissions) != 0 || got.JoinedAt < "2020" {
			t.Errorf("%s: %s", name, me.Body)
		}
		// Case H08, H07: nor does changing oneself.
		for field, value := range more {
			a := s.Do(t, Request{Method: "PATCH", Path: "/api/v1/me", As: p.Access, JSON: map[string]any{field: value}})
			if a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), `"field":"`+field+`"`) {
				t.Errorf("PATCH me with %s: status %d: %s", field, a.Status, a.Body)
			}
		}
	}
}

// Cases F01, F02, F03: the answers to a wrong password are the same to the byte,
// whatever is the matter, but for the request's id.
func TestSignIn_answers_alike(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin, wrong, disabled := s.Superuser(t), s.Someone(t), s.Someone(t)
		ask("POST", "/api/v1/users/"+disabled.ID+"/disable", admin, nil)(t, s)
		locked := s.Someone(t)
		if _, err := s.SQL(t).ExecContext(t.Context(), `UPDATE users SET password = '!' WHERE id = '`+locked.ID+`'`); err != nil {
			t.Fatal(err)
		}
		want := s.Do(t, post("/api/token/", fields("username", "nobody", "password", Password))).Must(t, http.StatusUnauthorized)
		for what, body := range map[string]map[string]string{
			"wrong password":              fields("username", wrong.Username, "password", "not this one"),
			"disabled":                    fields("username", disabled.Username, "password", "not this one"),
			"disabled, right password":    fields("username", disabled.Username, "password", Password),
			"unusable":                    fields("username", locked.Username, "password", "!"),
			"too long a name":             fields("username", strings.Repeat("u", user.MaxUsername+1), "password", Password),
			"a name that there cannot be": fields("username", "no body", "password", Password),
		} {
			got := s.Do(t, post("/api/token/", body))
			for _, r := range []Response{want, got} {
				r.Header.Del("X-Request-Id")
				r.Header.Del("Date")
			}
			if got.Status != want.Status || string(got.Body) != string(want.Body) || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) {
				t.Errorf("%s: %d %v %s\nunknown: %d %v %s", what, got.Status, got.Header, got.Body, want.Status, want.Header, want.Body)
			}
		}
	})
}
