package apptest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
)

// Password is what people get unless the test says otherwise.
const Password = "Str0ng-pass-42"

// Tokens are what a sign-in gives.
type Tokens struct{ Access, Refresh string }

// Person is an account and one session of theirs.
type Person struct {
	ID, Username, Password string
	Tokens
}

// operator is who prepares what a test needs without asking the API for it.
var operator = access.Command("apptest")

// Name returns a username that nobody has.
func Name() string { return "u" + strings.ToLower(rand.Text()[:14]) }

// Register makes an account by the API.
func (s *Service) Register(t testing.TB, username, password string) Person {
	t.Helper()
	made := s.Do(t, Request{Method: http.MethodPost, Path: "/api/register/",
		JSON: map[string]string{"username": username, "password": password, "email": username + "@example.org"}}).
		Must(t, http.StatusCreated)
	var got struct {
		ID any `json:"id"` // a number under the preset
	}
	made.Decode(t, &got)
	return Person{ID: fmt.Sprint(got.ID), Username: username, Password: password}
}

// SignIn starts another session of an account.
func (s *Service) SignIn(t testing.TB, p Person) Tokens {
	t.Helper()
	answer := s.Do(t, Request{Method: http.MethodPost, Path: "/api/token/",
		JSON: map[string]string{"username": p.Username, "password": p.Password}}).Must(t, http.StatusOK)
	return Tokens{Access: answer.Text("access"), Refresh: answer.Text("refresh")}
}

// Refresh presents a refresh token.
func (s *Service) Refresh(t testing.TB, refresh string) Response {
	t.Helper()
	return s.Do(t, Request{Method: http.MethodPost, Path: "/api/token/refresh/", JSON: map[string]string{"refresh": refresh}})
}

// Someone registers a person who holds nothing, and signs them in.
func (s *Service) Someone(t testing.TB) Person {
	t.Helper()
	p := s.Register(t, Name(), Password)
	p.Tokens = s.SignIn(t, p)
	return p
}

// Holder is Someone who was granted permissions directly.
func (s *Service) Holder(t testing.TB, all ...access.Permission) Person {
	t.Helper()
	p := s.Register(t, Name(), Password)
	for _, each := range all {
		if err := s.App.Roles.GrantToUser(context.Background(), operator, role.Grant{To: ident.UserID(p.ID), Permission: each}); err != nil {
			t.Fatal(err)
		}
	}
	p.Tokens = s.SignIn(t, p)
	return p
}

// Superuser makes a superuser as the command line does, and signs them in.
func (s *Service) Superuser(t testing.TB) Person {
	t.Helper()
	p := Person{Username: Name(), Password: Password}
	made, err := s.App.Accounts.CreateSuperuser(context.Background(), operator, account.Draft{
		Username: p.Username, Password: secret.New(p.Password),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.ID = string(made.ID)
	p.Tokens = s.SignIn(t, p)
	return p
}
