package apptest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/djangodb/djangotest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
)

// After the move from a Django project everybody signs in with the password that
// they had, and what Django issued is worth what it was: on every kind of database
// from a project on SQLite, and from the other projects on their own kind.
func TestMovedFromDjango(t *testing.T) {
	t.Parallel()
	for _, project := range djangotest.All() {
		with := Options{Config: patient("PRESET", "simplejwt", "SIGNING_SECRET", djangotest.Recorded(t, project).Meta.Secret)}
		t.Run(project, func(t *testing.T) {
			t.Parallel()
			if project == djangotest.SQLite52 {
				Each(t, with, func(t *testing.T, s *Service) { moved(t, s, project) })
				return
			}
			with.Kind = djangotest.Kind(project)
			moved(t, Start(t, with), project)
		})
	}
}

// patient is settings of a service that waits for Django's hashes: they cost what they
// cost, on threads of low priority, and the machine may be busy with other tests.
func patient(names ...string) map[string]string {
	return fields(append(names, "REQUEST_TIMEOUT", "2m", "WRITE_TIMEOUT", "3m")...)
}

func moved(t *testing.T, s *Service, project string) {
	t.Helper()
	from := app.DjangoProject{URL: djangotest.URL(t, project)}
	r, err := s.App.ImportDjango(t.Context(), access.Command("test"), from, importer.Options{AllowWeakHashes: true})
	if err != nil || r.ProblemCount != 1 { // the corrupt one
		t.Fatalf("import: %v, %+v", err, r.Problems)
	}
	recorded := djangotest.Recorded(t, project)
	for _, u := range recorded.Users {
		movedUser(t, s, u)
	}
	movedTokens(t, s, recorded.Tokens)
}

// movedUser signs a user in twice, with the string that Django wrote and with the
// one that the first sign-in made of it, or is refused.
func movedUser(t *testing.T, s *Service, u djangotest.User) {
	t.Helper()
	id := ident.UserID(strconv.FormatInt(u.ID, 10))
	if u.Password == nil || !u.Active {
		password := "correct horse 42 ü"
		if u.Password != nil {
			password = *u.Password
		}
		s.Do(t, post("/api/token/", fields("username", u.Username, "password", password))).Must(t, http.StatusUnauthorized)
		return
	}
	s.Do(t, post("/api/token/", fields("username", u.Username, "password", *u.Password+"x"))).Must(t, http.StatusUnauthorized)
	for range 2 {
		pair := s.Do(t, post("/api/token/", fields("username", u.Username, "password", *u.Password))).Must(t, http.StatusOK)
		if got := Claims(t, pair.Text("access"))["user_id"]; got != string(id) {
			t.Errorf("the token of %s is for user %v, want %s", u.Username, got, id)
		}
		s.Do(t, Request{Path: "/api/protected/", As: pair.Text("access")}).Must(t, http.StatusOK)
	}
	here, err := s.App.Accounts.User(t.Context(), access.Command("test"), id)
	if err != nil || !strings.HasPrefix(here.Password.Reveal(), "$argon2id$") {
		t.Errorf("the password of %s is not encoded anew: %v", u.Username, err)
	}
}

// movedTokens uses what Django issued.
func movedTokens(t *testing.T, s *Service, tokens map[string]djangotest.Token) {
	t.Helper()
	refresh := func(name string, status int) Response {
		t.Helper()
		return s.Do(t, post("/api/token/refresh/", fields("refresh", tokens[name].Refresh))).Must(t, status)
	}
	for _, name := range []string{"alice_live", "staff_live"} {
		s.Do(t, Request{Path: "/api/protected/", As: tokens[name].Access}).Must(t, http.StatusOK)
		s.Do(t, Request{Path: "/api/protected/", As: refresh(name, http.StatusOK).Text("access")}).Must(t, http.StatusOK)
	}
	refresh("alice_blacklisted", http.StatusUnauthorized)
	refresh("inactive_user", http.StatusUnauthorized)
	s.Do(t, Request{Path: "/api/protected/", As: tokens["inactive_user"].Access}).Must(t, http.StatusUnauthorized)
}

// Cases F01, F02, F03: whose password is still in a format of Django's, whose is in
// ours, and who does not exist are answered alike to the byte.
func TestMovedFromDjango_answers_alike(t *testing.T) {
	t.Parallel()
	const project = djangotest.SQLite52
	recorded := djangotest.Recorded(t, project)
	s := Start(t, Options{Config: patient("PRESET", "simplejwt", "SIGNING_SECRET", recorded.Meta.Secret)})
	from := app.DjangoProject{URL: djangotest.URL(t, project)}
	if _, err := s.App.ImportDjango(t.Context(), access.Command("test"), from, importer.Options{}); err != nil {
		t.Fatal(err)
	}
	ours := s.Someone(t)
	wrong := func(username string) Response {
		got := s.Do(t, post("/api/token/", fields("username", username, "password", "not this one")))
		got.Header.Del("X-Request-Id")
		got.Header.Del("Date")
		return got.Must(t, http.StatusUnauthorized)
	}
	want, formats := wrong("nobody"), map[string]bool{}
	for _, u := range recorded.Users {
		format, _, _ := strings.Cut(u.Encoded, "$")
		formats[format] = true
		if got := wrong(u.Username); string(got.Body) != string(want.Body) || !maps.EqualFunc(got.Header, want.Header, slices.Equal) {
			t.Errorf("%s (%s): %v %s\nunknown: %v %s", u.Username, format, got.Header, got.Body, want.Header, want.Body)
		}
	}
	if got := wrong(ours.Username); string(got.Body) != string(want.Body) || !maps.EqualFunc(got.Header, want.Header, slices.Equal) {
		t.Errorf("ours: %v %s\nunknown: %v %s", got.Header, got.Body, want.Header, want.Body)
	}
	if !formats["pbkdf2_sha256"] || !formats["argon2"] || len(formats) < 5 {
		t.Errorf("the project has passwords in %v only", formats)
	}
}
