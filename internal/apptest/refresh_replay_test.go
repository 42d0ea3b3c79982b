package apptest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/session"
)

// next refreshes and returns the new tokens.
func next(t *testing.T, s *Service, refresh string) Tokens {
	t.Helper()
	a := s.Refresh(t, refresh).Must(t, http.StatusOK)
	return Tokens{Access: a.Text("access"), Refresh: a.Text("refresh")}
}

// refusedAsReuse asserts what a reuse does: 401 and no more said, the session over
// at every process, the event kept although the caller was refused.
func refusedAsReuse(t *testing.T, s *Service, old string, live Tokens) {
	t.Helper()
	a := s.Refresh(t, old)
	if a.Status != http.StatusUnauthorized || a.Text("detail") != "Token is blacklisted" || a.Text("code") != "token_not_valid" {
		t.Errorf("the reuse: status %d: %s", a.Status, a.Body)
	}
	row := s.Session(t, old)
	if row.EndReason != session.RefreshReused || row.EndedAt.IsZero() {
		t.Errorf("the session ended at %v because %q", row.EndedAt, row.EndReason)
	}
	recorded := s.Events(t, event.Filter{Action: event.SessionReused, Subject: event.Session(row.ID)})
	if len(recorded) != 1 || recorded[0].Actor.ID != row.UserID || recorded[0].Cutoff == nil && !strings.Contains(recorded[0].Detail, "cutoff") {
		t.Errorf("recorded: %+v", recorded)
	}
	s.Refresh(t, live.Refresh).Must(t, http.StatusUnauthorized)
	s.Do(t, Request{Path: "/api/protected/", As: live.Access}).Must(t, http.StatusUnauthorized)
	s.Refresh(t, old).Must(t, http.StatusUnauthorized)
	if again := s.Events(t, event.Filter{Action: event.SessionReused, Subject: event.Session(row.ID)}); len(again) != 1 {
		t.Errorf("the reuse of an ended session was recorded again: %d events", len(again))
	}
}

// Cases E05, E06, E10.
func TestReplay(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		p := s.Someone(t)
		other := s.SignIn(t, p)
		successor := next(t, s, p.Refresh)

		s.Advance(t, 59*time.Second)
		again := next(t, s, p.Refresh)
		if again.Refresh != successor.Refresh {
			t.Error("inside the grace a replay gave another successor")
		}
		s.Do(t, Request{Path: "/api/protected/", As: again.Access}).Must(t, http.StatusOK)

		s.Advance(t, 2*time.Second)
		refusedAsReuse(t, s, p.Refresh, again)
		s.Do(t, Request{Path: "/api/protected/", As: other.Access}).Must(t, http.StatusOK)
		next(t, s, other.Refresh)
	})
}

// Cases E07, E08: inside the grace of the last refresh, every generation but the
// direct parent is a reuse.
func TestReplay_of_older_generations(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	for back := 2; back <= 6; back++ {
		chain := []Tokens{s.SignIn(t, p)}
		for range 6 {
			chain = append(chain, next(t, s, chain[len(chain)-1].Refresh))
		}
		refusedAsReuse(t, s, chain[len(chain)-1-back].Refresh, chain[len(chain)-1])
	}
}

// Case E09: another process that starts later knows a reuse.
func TestReplay_after_a_restart(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	last := next(t, s, next(t, s, p.Refresh).Refresh)
	later := s.Second(t)
	s.Stop(t)
	refusedAsReuse(t, later, p.Refresh, last)
}

func TestReplay_strict(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: map[string]string{"REFRESH_GRACE": "0s"}})
	p := s.Someone(t)
	refusedAsReuse(t, s, p.Refresh, next(t, s, p.Refresh))
}

// A retry from another agent than the refresh's gets the successor, and leaves a
// record with both.
func TestReplay_from_elsewhere_is_recorded(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	ask := func(agent string) string {
		return s.Do(t, Request{Method: http.MethodPost, Path: "/api/token/refresh/", JSON: map[string]string{"refresh": p.Refresh},
			Header: map[string]string{"User-Agent": agent}}).Must(t, http.StatusOK).Text("refresh")
	}
	first, same, elsewhere := ask("phone"), ask("phone"), ask("thief")
	if first != same || first != elsewhere {
		t.Error("the answers are not one successor")
	}
	recorded := s.Events(t, event.Filter{Action: event.SessionRepeated})
	if len(recorded) != 1 || recorded[0].Origin.UserAgent != "thief" || !strings.Contains(recorded[0].Detail, `"phone"`) {
		t.Errorf("recorded: %+v", recorded)
	}
}

// expiry returns the exp of a token.
func expiry(t *testing.T, token string) time.Time {
	t.Helper()
	number, ok := Claims(t, token)["exp"].(json.Number)
	if !ok {
		t.Fatal("the token has no exp")
	}
	seconds, err := number.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

// Cases E11, E12. The two seconds are what the test itself may take.
func TestExpiry(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: map[string]string{"REFRESH_IDLE_LIFETIME": "1h", "REFRESH_LIFETIME": "3h"}})
	p := s.Someone(t)
	idle, absolute := p.Tokens, s.SignIn(t, p)
	ends := s.Now().Add(3 * time.Hour)

	s.Advance(t, time.Hour-2*time.Second)
	idle, absolute = next(t, s, idle.Refresh), next(t, s, absolute.Refresh)
	s.Advance(t, time.Hour-2*time.Second)
	absolute = next(t, s, absolute.Refresh)
	s.Advance(t, 3*time.Second)
	if a := s.Refresh(t, idle.Refresh); a.Status != http.StatusUnauthorized || a.Text("detail") != "Token is expired" {
		t.Errorf("after the idle lifetime: status %d: %s", a.Status, a.Body)
	}

	s.Advance(t, time.Hour-60*time.Second) // within five minutes of the end
	absolute = next(t, s, absolute.Refresh)
	for name, token := range map[string]string{"refresh": absolute.Refresh, "access": absolute.Access} {
		if at := expiry(t, token); at.After(ends.Add(time.Second)) {
			t.Errorf("the %s token lives until %v, the session until %v", name, at, ends)
		}
	}
	s.Advance(t, 62*time.Second)
	if a := s.Refresh(t, absolute.Refresh); a.Status != http.StatusUnauthorized || a.Text("detail") != "Token is expired" {
		t.Errorf("after the absolute lifetime: status %d: %s", a.Status, a.Body)
	}
	s.Do(t, Request{Path: "/api/protected/", As: absolute.Access}).Must(t, http.StatusUnauthorized)
}

func TestExpiry_of_access_tokens(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	s.Advance(t, 5*time.Minute-3*time.Second)
	s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusOK)
	s.Advance(t, 3*time.Second)
	if a := s.Do(t, Request{Path: "/api/v1/me", As: p.Access}); a.Status != http.StatusUnauthorized || a.Text("code") != "token_expired" {
		t.Errorf("status %d: %s", a.Status, a.Body)
	}
	if a := s.Do(t, Request{Path: "/api/protected/", As: p.Access}); a.Status != http.StatusUnauthorized || !strings.Contains(string(a.Body), "Token is expired") {
		t.Errorf("status %d: %s", a.Status, a.Body)
	}
}
