package apptest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/event"
)

const newPassword = "An0ther-pass-43"

// changing is a request to change a password without a session.
func changing(username, current, next string) Request {
	return post("/api/v1/password", fields("username", username, "password", current, "new_password", next))
}

// givenOut marks the password of an account as one that must be changed.
func givenOut(t *testing.T, s *Service, p Person) {
	t.Helper()
	_, err := s.SQL(t).ExecContext(t.Context(), fmt.Sprintf(`UPDATE users SET password_must_change = 1 WHERE id = '%s'`, p.ID))
	if err != nil {
		t.Fatal(err)
	}
}

// A password that was given out opens nothing, is changed by who proves it, and then
// is a password like others.
func TestPassword_must_change(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		p := s.Register(t, Name(), Password)
		givenOut(t, s, p)
		signIn := func(plain string) Request {
			return post("/api/token/", fields("username", p.Username, "password", plain))
		}
		s.Run(t, []Scenario{
			{Name: "wrong", Request: signIn("wrong"), Status: 401, Want: `{"detail":"No active account found with the given credentials"}`},
			{Name: "right", Request: signIn(Password), Status: 401,
				Want:    `{"detail":"The password must be changed before the first sign-in.","code":"password_must_change"}`,
				Answers: fields("Cache-Control", "no-store")},
			{Name: "a_new_one_that_is_weak", Request: changing(p.Username, Password, "12345678"), Status: 400, Code: "user_invalid", Contains: []string{`"field":"new_password"`}},
			{Name: "the_same_one", Request: changing(p.Username, Password, Password), Status: 400, Code: "user_invalid", Contains: []string{`"field":"new_password"`}},
			{Name: "still_not_in", Request: signIn(Password), Status: 401, Code: "password_must_change"},
			{Name: "changed", Request: changing(strings.ToUpper(p.Username), Password, newPassword), Status: 204},
			{Name: "the_old_one", Request: signIn(Password), Status: 401, Want: `{"detail":"No active account found with the given credentials"}`},
			{Name: "in", Request: signIn(newPassword), Status: 200},
		})
		if n := len(s.Events(t, event.Filter{Action: event.SessionStarted})); n != 1 {
			t.Errorf("%d sessions were started, want one", n)
		}
		changed := s.Events(t, event.Filter{Action: event.UserPasswordChanged})
		if len(changed) != 1 || string(changed[0].Actor.ID) != p.ID || changed[0].Subject.ID != p.ID || changed[0].Origin.IP == "" {
			t.Errorf("recorded %+v", changed)
		}
		if n := len(s.Events(t, event.Filter{Action: event.SignInFailed})); n != 2 {
			t.Errorf("%d failures were recorded, want the two wrong passwords", n)
		}
	})
}

// An administrator's password for somebody is their password.
func TestPassword_set_by_an_administrator(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, p := s.Superuser(t), s.Register(t, Name(), Password)
	givenOut(t, s, p)
	s.Do(t, Request{Method: "PUT", Path: "/api/v1/users/" + p.ID + "/password", As: admin.Access, JSON: fields("password", newPassword)}).Must(t, 204)
	p.Password = newPassword
	s.SignIn(t, p)
}

// Whoever has a password that is good changes it as well, and is signed out
// everywhere.
func TestPassword_of_somebody_who_is_signed_in(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	r := changing(p.Username, p.Password, newPassword)
	r.As = "garbage"
	s.Do(t, r).Must(t, http.StatusUnauthorized)
	r.As = p.Access
	if a := s.Do(t, r).Must(t, http.StatusNoContent); len(a.Body) != 0 {
		t.Errorf("body %q", a.Body)
	}
	s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusUnauthorized)
	s.Refresh(t, p.Refresh).Must(t, http.StatusUnauthorized)
	p.Password = newPassword
	s.SignIn(t, p)
}

// Cases F01 to F04: the answer does not tell who has an account, and the failure is
// recorded whoever it is.
func TestPassword_wrong_tells_nothing(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin := s.Superuser(t)
	p, given, off := s.Register(t, Name(), Password), s.Register(t, Name(), Password), s.Register(t, Name(), Password)
	givenOut(t, s, given)
	s.Do(t, Request{Method: "POST", Path: "/api/v1/users/" + off.ID + "/disable", As: admin.Access}).Must(t, 204)
	var seen []string
	for name, r := range map[string]Request{
		"wrong": changing(p.Username, "wrong", newPassword), "nobody": changing(Name(), Password, newPassword),
		"wrong, to be changed": changing(given.Username, "wrong", newPassword), "disabled": changing(off.Username, Password, newPassword),
		"wrong, and a weak new one": changing(p.Username, "wrong", "1"), "nobody, and a weak new one": changing(Name(), "wrong", "1"),
	} {
		a := s.Do(t, r)
		id := a.Text("request_id")
		for _, h := range []string{"Date", "X-Request-Id"} {
			a.Header.Del(h)
		}
		if a.Status != http.StatusUnauthorized || a.Text("code") != "bad_credentials" || a.Header.Get("WWW-Authenticate") != `Bearer realm="countersign"` {
			t.Errorf("%s: %d %v %s", name, a.Status, a.Header, a.Body)
		}
		seen = append(seen, fmt.Sprint(a.Status, a.Header, strings.ReplaceAll(string(a.Body), id, "")))
	}
	if slices.Sort(seen); len(slices.Compact(seen)) != 1 {
		t.Errorf("the answers differ: %q", seen)
	}
	if n := len(s.Events(t, event.Filter{Action: event.SignInFailed})); n != 6 {
		t.Errorf("%d failures were recorded, want 6", n)
	}
}
