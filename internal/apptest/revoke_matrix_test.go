package apptest

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/ident"
)

// bound is how soon every process refuses what another one revoked.
const bound = time.Second

// path is one place where a token of the victim is presented.
type path struct {
	name string
	ask  func(p Person) Request
}

// accessPaths are where access tokens go in; refreshing is looked at apart, because
// a refresh that succeeds changes the token.
func accessPaths() []path {
	return []path{
		{"protected", func(p Person) Request { return Request{Path: "/api/protected/", As: p.Access} }},
		{"me", func(p Person) Request { return Request{Path: "/api/v1/me", As: p.Access} }},
		{"my_sessions", func(p Person) Request { return Request{Path: "/api/v1/me/sessions", As: p.Access} }},
		{"verify_access", func(p Person) Request { return verifyRequest(p.Access) }},
		{"verify_refresh", func(p Person) Request { return verifyRequest(p.Refresh) }},
	}
}

func verifyRequest(token string) Request {
	return Request{Method: http.MethodPost, Path: "/api/token/verify/", JSON: map[string]string{"token": token}}
}

// stage is who takes part: the victim with two sessions, a bystander, an
// administrator, two services and the command line.
type stage struct {
	one, two         *Service
	beside           *app.App
	admin            Person
	victim, other    Person // the same account, two sessions
	bystander        Person
	previous, parent string // older refresh tokens of the victim
}

// revocation is one way of taking trust away, done at stage.one.
type revocation struct {
	name       string
	do         func(t *testing.T, st *stage)
	otherLives bool // the victim's other session
}

func ask(method, path string, as Person, body any) func(*testing.T, *Service) {
	return func(t *testing.T, s *Service) {
		t.Helper()
		a := s.Do(t, Request{Method: method, Path: path, As: as.Access, JSON: body})
		if a.Status != http.StatusNoContent && a.Status != http.StatusOK {
			t.Errorf("%s %s: status %d: %s", method, path, a.Status, a.Body)
		}
	}
}

func revocations() []revocation {
	const newPassword = "An0ther-pass-43"
	sid := func(t *testing.T, p Person) string { return Claims(t, p.Access)["sid"].(string) }
	return []revocation{
		{"logout", func(t *testing.T, st *stage) { ask("POST", "/api/v1/logout", st.victim, nil)(t, st.one) }, true},
		{"logout_all", func(t *testing.T, st *stage) { ask("POST", "/api/v1/logout/all", st.other, nil)(t, st.one) }, false},
		{"blacklist", func(t *testing.T, st *stage) {
			ask("POST", "/api/token/blacklist/", Person{}, map[string]string{"refresh": st.victim.Refresh})(t, st.one)
		}, true},
		{"disable", func(t *testing.T, st *stage) {
			ask("POST", "/api/v1/users/"+st.victim.ID+"/disable", st.admin, nil)(t, st.one)
		}, false},
		{"delete", func(t *testing.T, st *stage) { ask("DELETE", "/api/v1/users/"+st.victim.ID, st.admin, nil)(t, st.one) }, false},
		{"password_change", func(t *testing.T, st *stage) {
			ask("POST", "/api/v1/me/password", st.other, map[string]string{"current_password": Password, "new_password": newPassword})(t, st.one)
		}, false},
		{"password_set_by_admin", func(t *testing.T, st *stage) {
			ask("PUT", "/api/v1/users/"+st.victim.ID+"/password", st.admin, map[string]string{"password": newPassword})(t, st.one)
		}, false},
		{"session_ended_by_admin", func(t *testing.T, st *stage) {
			ask("DELETE", "/api/v1/sessions/"+sid(t, st.victim), st.admin, nil)(t, st.one)
		}, true},
		{"session_ended_from_another", func(t *testing.T, st *stage) {
			ask("DELETE", "/api/v1/me/sessions/"+sid(t, st.victim), st.other, nil)(t, st.one)
		}, true},
		{"refresh_reused", func(t *testing.T, st *stage) {
			st.one.Refresh(t, st.previous).Must(t, http.StatusUnauthorized)
		}, true},
		{"command_line_disables", func(t *testing.T, st *stage) {
			if err := st.beside.Accounts.Disable(context.Background(), operator, ident.UserID(st.victim.ID)); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"command_line_ends_session", func(t *testing.T, st *stage) {
			if err := st.beside.Sessions.End(context.Background(), operator, ident.SessionID(sid(t, st.victim))); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
}

// cast prepares a new victim whose refresh token has a parent and a grandparent,
// and lets every process see everybody, so that nothing is refused for being new.
func (st *stage) cast(t *testing.T) {
	t.Helper()
	st.victim, st.bystander = st.one.Someone(t), st.one.Someone(t)
	st.other = st.victim
	st.other.Tokens = st.one.SignIn(t, st.victim)
	st.previous = st.victim.Refresh
	st.parent = next(t, st.one, st.previous).Refresh
	st.victim.Tokens = next(t, st.one, st.parent)
	for _, s := range []*Service{st.one, st.two} {
		for _, who := range []Person{st.victim, st.other, st.bystander} {
			for _, p := range accessPaths() {
				if a := s.Do(t, p.ask(who)); a.Status != http.StatusOK {
					t.Fatalf("%s before anything was revoked: status %d: %s", p.name, a.Status, a.Body)
				}
			}
		}
	}
}

// Case E17: whatever takes trust away bites on the next request at the process
// that did it, within a second at another, and on nobody else.
func TestRevocation(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		st := &stage{one: one, two: one.Second(t), beside: one.Beside(t), admin: one.Superuser(t)}
		for _, r := range revocations() {
			t.Run(r.name, func(t *testing.T) {
				st.cast(t)
				r.do(t, st)
				acknowledged := time.Now()
				local := !strings.HasPrefix(r.name, "command_line") // which is another process
				for _, p := range accessPaths() {
					if local {
						refused(t, one, p, st.victim)
					}
				}
				for _, s := range []*Service{one, st.two} {
					for _, p := range accessPaths() {
						refusedWithin(t, s, p, st.victim, acknowledged.Add(bound))
					}
					for _, token := range []string{st.victim.Refresh, st.parent, st.previous} {
						s.Refresh(t, token).Must(t, http.StatusUnauthorized)
					}
					st.others(t, s, r.otherLives)
				}
			})
		}
	})
}

func refused(t *testing.T, s *Service, p path, who Person) {
	t.Helper()
	if a := s.Do(t, p.ask(who)); a.Status != http.StatusUnauthorized {
		t.Errorf("%s: status %d right after the acknowledgement: %s", p.name, a.Status, a.Body)
	}
}

// refusedWithin asks until it is refused, and fails at the deadline. Once refused
// it stays so.
func refusedWithin(t *testing.T, s *Service, p path, who Person, deadline time.Time) {
	t.Helper()
	for {
		asked := time.Now()
		a := s.Do(t, p.ask(who))
		if a.Status == http.StatusUnauthorized {
			break
		}
		if a.Status != http.StatusOK || asked.After(deadline) {
			t.Errorf("%s: status %d a second after the acknowledgement: %s", p.name, a.Status, a.Body)
			return
		}
	}
	refused(t, s, p, who)
}

// others asserts that nobody else lost anything.
func (st *stage) others(t *testing.T, s *Service, otherLives bool) {
	t.Helper()
	for _, p := range accessPaths() {
		if a := s.Do(t, p.ask(st.bystander)); a.Status != http.StatusOK {
			t.Errorf("%s: the bystander got %d: %s", p.name, a.Status, a.Body)
		}
		want := http.StatusUnauthorized
		if otherLives {
			want = http.StatusOK
		}
		if a := s.Do(t, p.ask(st.other)); a.Status != want {
			t.Errorf("%s: the account's other session got %d, want %d: %s", p.name, a.Status, want, a.Body)
		}
	}
}
