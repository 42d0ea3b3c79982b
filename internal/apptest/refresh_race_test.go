package apptest

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/event"
)

// atOnce runs f n times at the same moment and waits for all.
func atOnce(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// refreshAtOnce presents one token n times at the same moment, to the services in
// turn.
func refreshAtOnce(t *testing.T, n int, refresh string, at ...*Service) []Response {
	t.Helper()
	answers := make([]Response, n)
	atOnce(n, func(i int) { answers[i] = at[i%len(at)].Refresh(t, refresh) })
	return answers
}

// Cases E01, E02, E03: of any number of refreshes of one token, at one process or
// at two, one moves the session and all get its one successor.
func TestRefreshRace(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		for name, at := range map[string][]*Service{"one_process": {one}, "two_processes": {one, two}} {
			for _, n := range []int{16, 50} {
				t.Run(fmt.Sprint(name, "_", n), func(t *testing.T) {
					for range 3 {
						oneSuccessor(t, n, one.Someone(t), at...)
					}
				})
			}
		}
	})
}

func oneSuccessor(t *testing.T, n int, p Person, at ...*Service) {
	t.Helper()
	answers := refreshAtOnce(t, n, p.Refresh, at...)
	successor := answers[0].Text("refresh")
	for i, a := range answers {
		if a.Status != http.StatusOK {
			t.Fatalf("refresh %d of %d: status %d: %s", i, n, a.Status, a.Body)
		}
		got, want := Claims(t, a.Text("refresh")), Claims(t, successor)
		for _, name := range []string{"jti", "iat", "exp", "sid"} {
			if got[name] != want[name] {
				t.Errorf("refresh %d: %s = %v, another has %v", i, name, got[name], want[name])
			}
		}
		if a.Text("refresh") != successor {
			t.Errorf("refresh %d gave another successor", i)
		}
	}
	if successor == p.Refresh {
		t.Error("the successor is the token that was traded")
	}
	row := at[0].Session(t, p.Refresh)
	if row.Generation != 1 || !row.EndedAt.IsZero() {
		t.Errorf("the session has generation %d and ended at %v, want 1 and live", row.Generation, row.EndedAt)
	}
	for _, s := range at {
		s.Do(t, Request{Path: "/api/protected/", As: answers[n-1].Text("access")}).Must(t, http.StatusOK)
	}
	if reused := at[0].Events(t, event.Filter{Action: event.SessionReused}); len(reused) != 0 {
		t.Errorf("%d reuses were recorded", len(reused))
	}
	at[0].Refresh(t, successor).Must(t, http.StatusOK)
}

// Case E03, strict: without a grace one wins, and every other one is a reuse.
func TestRefreshRace_strict(t *testing.T) {
	t.Parallel()
	Each(t, Options{Config: map[string]string{"REFRESH_GRACE": "0s"}}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		for range 3 {
			p := one.Someone(t)
			won, successor := 0, ""
			for _, a := range refreshAtOnce(t, 16, p.Refresh, one, two) {
				switch a.Status {
				case http.StatusOK:
					won, successor = won+1, a.Text("refresh")
				case http.StatusUnauthorized:
				default:
					t.Errorf("status %d: %s", a.Status, a.Body)
				}
			}
			if won != 1 {
				t.Fatalf("%d refreshes won, want 1", won)
			}
			two.Refresh(t, successor).Must(t, http.StatusUnauthorized)
		}
	})
}

// With rotation off nothing races: every refresh gives an access token and leaves
// the refresh token in force.
func TestRefresh_without_rotation(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: map[string]string{"ROTATE_REFRESH": "false"}})
	p := s.Someone(t)
	for _, a := range refreshAtOnce(t, 16, p.Refresh, s) {
		if a.Status != http.StatusOK || a.Text("access") == "" || a.Text("refresh") != "" {
			t.Errorf("status %d: %s", a.Status, a.Body)
		}
	}
	if row := s.Session(t, p.Refresh); row.Generation != 0 {
		t.Errorf("generation %d, want 0", row.Generation)
	}
	s.Do(t, Request{Method: http.MethodPost, Path: "/api/v1/logout", As: p.Access}).Must(t, http.StatusNoContent)
	s.Refresh(t, p.Refresh).Must(t, http.StatusUnauthorized)
}
