package apptest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

const (
	answerWithin = 7 * time.Second  // shorter than the request timeout; the store gives up after four seconds
	healWithin   = 10 * time.Second // of the database's return
	staleAfter   = 30 * time.Second // longer than a slow machine takes to ask everything once
)

// eachServer is Each for the databases that are servers, each behind a Forwarder.
// SQLite's troubles are the disk's: see internal/store TestFullDisk.
func eachServer(t *testing.T, f func(t *testing.T, s *Service)) {
	t.Helper()
	for _, kind := range slices.DeleteFunc(storetest.Kinds(t), func(kind string) bool { return kind == "sqlite" }) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{
				Kind: kind, Forward: true, AllowErrors: true, BreaksLog: true, // synced checks the chain
				Config: map[string]string{"MAX_STALENESS": staleAfter.String()},
			})
			f(t, s)
			synced(t, s)
			onlyExpectedErrors(t, s)
		})
	}
}

// onlyExpectedErrors looks through the log: what went wrong says that it was the
// database, and never with what password.
func onlyExpectedErrors(t *testing.T, s *Service) {
	t.Helper()
	u, err := url.Parse(s.DatabaseURL)
	if err != nil {
		t.Fatal("the URL of the database cannot be read") // the error would hold its password
	}
	password, _ := u.User.Password()
	for _, line := range s.Log.Lines() {
		if strings.Contains(line, ":"+password+"@") || strings.Contains(line, "password="+password) {
			t.Error("the log has the password of the database in it")
		}
		known := slices.ContainsFunc([]string{"database_unavailable", "revocations_stale", "not_ready"}, func(code string) bool {
			return strings.Contains(line, code)
		})
		if strings.Contains(line, `"level":"ERROR"`) && !known {
			t.Errorf("the service logged: %s", line)
		}
	}
}

// unavailable asks, and wants a 503 that says when to come again, in time and in
// the shape of the route.
func unavailable(t *testing.T, s *Service, r Request) {
	t.Helper()
	began := time.Now()
	a := s.Do(t, r)
	took := time.Since(began)
	if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); a.Status != http.StatusServiceUnavailable || err != nil || wait < 1 {
		t.Errorf("%s: status %d, Retry-After %q: %s", r.Path, a.Status, a.Header.Get("Retry-After"), a.Body)
	}
	if took > answerWithin {
		t.Errorf("%s: the answer took %v", r.Path, took)
	}
	if kind := a.Header.Get("Content-Type"); strings.HasPrefix(r.Path, "/api/v1/") || r.Path == "/readyz" {
		if kind != "application/problem+json" || !strings.Contains(string(a.Body), `"status":503`) {
			t.Errorf("%s: %s, want a problem: %s", r.Path, kind, a.Body)
		}
	} else if kind != "application/json" || a.Text("detail") != "Service temporarily unavailable, try again later." {
		t.Errorf("%s: %s, want what Django REST framework says: %s", r.Path, kind, a.Body)
	}
}

// heals asks until the answer has the status. Until then it may only be 503.
func heals(t *testing.T, s *Service, r Request, status int) Response {
	t.Helper()
	deadline := time.Now().Add(healWithin)
	for {
		a := s.Do(t, r)
		if a.Status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return a.Must(t, status)
		}
	}
}

// reaches tries until the database was there for all of it.
func reaches(t *testing.T, try func(context.Context) error) {
	t.Helper()
	deadline := time.Now().Add(healWithin)
	for {
		err := try(t.Context())
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// synced has the process seal and read the event log to its end, and proves the
// chain.
func synced(t *testing.T, s *Service) {
	t.Helper()
	reaches(t, s.App.Events.Sync)
	reaches(t, func(ctx context.Context) error {
		_, err := s.App.Events.Check(ctx)
		return err
	})
}

// kept is the row of a session, by the sid of one of its tokens.
func kept(t *testing.T, s *Service, token string) (row session.Session) {
	t.Helper()
	sid, _ := Claims(t, token)["sid"].(string)
	reaches(t, func(ctx context.Context) (err error) {
		row, err = s.App.Sessions.Store.Session(ctx, ident.SessionID(sid))
		return err
	})
	return row
}

func postJSON(path, as string, body any) Request {
	return Request{Method: http.MethodPost, Path: path, As: as, JSON: body}
}

func refreshRequest(refresh string) Request {
	return postJSON("/api/token/refresh/", "", map[string]string{"refresh": refresh})
}

func blacklistRequest(refresh string) Request {
	return postJSON("/api/token/blacklist/", "", map[string]string{"refresh": refresh})
}

func signInRequest(p Person) Request {
	return postJSON("/api/token/", "", map[string]string{"username": p.Username, "password": p.Password})
}

func protectedRequest(access string) Request { return Request{Path: "/api/protected/", As: access} }

// outage is who takes part in one.
type outage struct {
	// stays refreshes and goes on; leaves and blacklists sign out; stranger has
	// asked nothing yet.
	stays, leaves, blacklists, stranger, admin Person

	newcomer string // a name to register
}

// cast prepares the people. Every account but the stranger's is in the memory of
// the process, and nothing that was done is still to be heard of.
func cast(t *testing.T, s *Service) outage {
	t.Helper()
	o := outage{s.Someone(t), s.Someone(t), s.Someone(t), s.Someone(t), s.Superuser(t), Name()}
	s.CheckChain(t)
	for _, p := range []Person{o.stays, o.leaves, o.blacklists, o.admin} {
		s.Do(t, protectedRequest(p.Access)).Must(t, http.StatusOK)
	}
	s.Do(t, Request{Path: "/readyz"}).Must(t, http.StatusOK)
	return o
}

func (o *outage) registration() Request {
	return postJSON("/api/register/", "", map[string]string{"username": o.newcomer, "password": Password, "email": o.newcomer + "@example.org"})
}

// needDatabase are requests that cannot be answered without one.
func (o *outage) needDatabase() []Request {
	stranger := o.stays
	stranger.Username = Name()
	return []Request{
		signInRequest(o.stays), signInRequest(stranger), refreshRequest(o.stays.Refresh),
		o.registration(), blacklistRequest(o.blacklists.Refresh),
		postJSON("/api/v1/logout", o.leaves.Access, nil), postJSON("/api/v1/logout/all", o.leaves.Access, nil),
		protectedRequest(o.stranger.Access), verifyRequest(o.stays.Refresh), {Path: "/readyz"}, {Path: "/api/v1/me/sessions", As: o.stays.Access},
		{Path: "/api/v1/users", As: o.admin.Access}, postJSON("/api/v1/users/"+o.stays.ID+"/disable", o.admin.Access, nil),
	}
}

// asksAll asks all at once, as many clients do.
func asksAll(t *testing.T, s *Service, all []Request) {
	t.Helper()
	var asking sync.WaitGroup
	for _, r := range all {
		asking.Go(func() { unavailable(t, s, r) })
	}
	asking.Wait()
}

// goesOn checks what works without a database.
func (o *outage) goesOn(t *testing.T, s *Service, known int) {
	t.Helper()
	for _, path := range []string{"/healthz", "/.well-known/jwks.json"} {
		s.Do(t, Request{Path: path}).Must(t, http.StatusOK)
	}
	for _, r := range []Request{protectedRequest(o.stays.Access), verifyRequest(o.stays.Access)} {
		if known == http.StatusServiceUnavailable {
			unavailable(t, s, r)
			continue
		}
		s.Do(t, r).Must(t, known)
	}
}

// healed checks that everything works again with what clients have, and that
// nothing was done that was answered 503.
func (o *outage) healed(t *testing.T, s *Service) {
	t.Helper()
	heals(t, s, Request{Path: "/readyz"}, http.StatusOK)
	for _, p := range []Person{o.stays, o.leaves, o.blacklists, o.stranger} {
		heals(t, s, protectedRequest(p.Access), http.StatusOK)
	}
	first := heals(t, s, refreshRequest(o.stays.Refresh), http.StatusOK)
	heals(t, s, refreshRequest(first.Text("refresh")), http.StatusOK)
	heals(t, s, signInRequest(o.stays), http.StatusOK)
	heals(t, s, o.registration(), http.StatusCreated)
	heals(t, s, signInRequest(Person{Username: o.newcomer, Password: Password}), http.StatusOK)

	heals(t, s, postJSON("/api/v1/logout", o.leaves.Access, nil), http.StatusNoContent)
	heals(t, s, blacklistRequest(o.blacklists.Refresh), http.StatusOK)
	for _, p := range []Person{o.leaves, o.blacklists} {
		over(t, s, p)
	}
	heals(t, s, protectedRequest(o.stays.Access), http.StatusOK)
}

// over wants a session to have ended.
func over(t *testing.T, s *Service, p Person) {
	t.Helper()
	heals(t, s, refreshRequest(p.Refresh), http.StatusUnauthorized)
	heals(t, s, protectedRequest(p.Access), http.StatusUnauthorized)
}

// The database goes away while the service runs: what needs it is answered 503 and
// never as done, known tokens are believed for the bound and no longer, and when
// it is back everything works without a restart.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, s *Service) {
		o := cast(t, s)
		s.Forwarder.Cut()
		o.goesOn(t, s, http.StatusOK)
		asksAll(t, s, o.needDatabase())
		o.goesOn(t, s, http.StatusOK)

		s.time.mu.Lock()
		s.time.added += staleAfter
		s.time.mu.Unlock()
		o.goesOn(t, s, http.StatusServiceUnavailable)
		asksAll(t, s, o.needDatabase())

		s.Forwarder.Restore()
		o.healed(t, s)
	})
}

// A network that swallows everything is no other database than one that refuses:
// nobody waits for it without end, and connections that it left hanging are not in
// the way of new ones.
func TestDatabaseSilent(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, s *Service) {
		o := cast(t, s)
		s.Forwarder.Silence()
		asksAll(t, s, o.needDatabase())
		o.goesOn(t, s, http.StatusOK)
		s.Forwarder.Restore()
		o.healed(t, s)
	})
}

// lost is a change whose connection ends in it.
type lost struct {
	name string
	lose func(*Forwarder)
	ask  func(Person) Request
	done bool // whether it happened all the same

	again int // the answer to the same request later
}

// device is the User-Agent of a request, which the service writes down with the
// change.
const device = "the-device-of-this-request"

func onDevice(r Request) Request {
	r.Header = map[string]string{"User-Agent": device}
	return r
}

func losses() []lost {
	beforeCommit := func(f *Forwarder) { f.CutAfter(device) }
	afterCommit := func(f *Forwarder) { f.CutAfter(device, "commit") }
	silentCommit := func(f *Forwarder) { f.SilenceAfter(device, "commit") }
	logout := func(p Person) Request { return onDevice(postJSON("/api/v1/logout", p.Access, nil)) }
	blacklist := func(p Person) Request { return onDevice(blacklistRequest(p.Refresh)) }
	return []lost{
		{"logout_before_its_commit", beforeCommit, logout, false, http.StatusNoContent},
		{"logout_after_its_commit", afterCommit, logout, true, http.StatusUnauthorized},
		{"logout_in_silence", silentCommit, logout, true, http.StatusUnauthorized},
		{"blacklist_before_its_commit", beforeCommit, blacklist, false, http.StatusOK},
		{"blacklist_after_its_commit", afterCommit, blacklist, true, http.StatusUnauthorized},
	}
}

// The connection is lost at the worst moments of signing out: the answer is 503,
// whatever became of it, and asking again ends the session for sure.
func TestDatabaseLost_in_a_logout(t *testing.T) {
	t.Parallel()
	for _, c := range losses() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachServer(t, func(t *testing.T, s *Service) {
				p := s.Someone(t)
				s.Do(t, protectedRequest(p.Access)).Must(t, http.StatusOK)
				c.lose(s.Forwarder)
				unavailable(t, s, c.ask(p))
				s.Forwarder.Restore()
				synced(t, s)
				if row := kept(t, s, p.Access); row.EndedAt.IsZero() == c.done {
					t.Fatalf("the session ended at %v, want ended: %v", row.EndedAt, c.done)
				}
				heals(t, s, c.ask(p), c.again)
				over(t, s, p)
			})
		})
	}
}

// A refresh that was done and not answered can be asked for again, and nobody is
// taken for a thief.
func TestDatabaseLost_in_a_refresh(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, s *Service) {
		p := s.Someone(t)
		s.Forwarder.CutAfter(device)
		unavailable(t, s, onDevice(refreshRequest(p.Refresh)))
		s.Forwarder.Restore()
		synced(t, s)
		if row := kept(t, s, p.Access); row.Generation != 1 {
			t.Errorf("generation %d, want the one that nobody was told of", row.Generation)
		}
		for refresh, n := p.Refresh, 0; n < 3; n++ {
			refresh = heals(t, s, onDevice(refreshRequest(refresh)), http.StatusOK).Text("refresh")
		}
		heals(t, s, protectedRequest(p.Access), http.StatusOK)
	})
}
