package apptest

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
)

// Case M12: a row of the event log that is changed, removed, moved or added is
// found, on every database.
func TestEventLog_detects(t *testing.T) {
	t.Parallel()
	Each(t, Options{BreaksLog: true}, func(t *testing.T, s *Service) {
		p := s.Someone(t)
		s.SignIn(t, p)
		s.CheckChain(t)
		damage(t, s, `CREATE TABLE kept AS SELECT * FROM events`)
		for _, c := range []struct{ name, harm, repair string }{
			{"an_edited_detail", `UPDATE events SET detail = '{"x":1}' WHERE seq = 2`, `UPDATE events SET detail = (SELECT detail FROM kept WHERE seq = 2) WHERE seq = 2`},
			{"another_actor", `UPDATE events SET actor_name = 'eve' WHERE seq = 2`, `UPDATE events SET actor_name = (SELECT actor_name FROM kept WHERE seq = 2) WHERE seq = 2`},
			{"another_time", `UPDATE events SET at = at + 1 WHERE seq = 1`, `UPDATE events SET at = at - 1 WHERE seq = 1`},
			{"a_deleted_row", `DELETE FROM events WHERE seq = 2`, `INSERT INTO events SELECT * FROM kept WHERE seq = 2`},
			{"a_head_that_went_back", `UPDATE event_head SET seq = seq - 1`, `UPDATE event_head SET seq = seq + 1`},
			{"a_cut_tail", `DELETE FROM events WHERE seq = (SELECT seq FROM event_head)`, ``},
		} {
			damage(t, s, c.harm)
			if _, err := s.App.Events.Check(context.Background()); !errors.Is(err, event.ErrChain) {
				t.Errorf("%s: Check = %v, want ErrChain", c.name, err)
			}
			if c.repair == "" {
				continue
			}
			damage(t, s, c.repair)
			if _, err := s.App.Events.Check(context.Background()); err != nil {
				t.Fatalf("%s, repaired: Check = %v", c.name, err)
			}
		}
	})
}

func damage(t *testing.T, s *Service, statement string) {
	t.Helper()
	if _, err := s.SQL(t).ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// A process that cannot read the event log may miss revocations. Past the bound it
// lets nobody in and says so; it heals by itself.
func TestStaleness(t *testing.T) {
	t.Parallel()
	Each(t, Options{AllowErrors: true, Config: map[string]string{"MAX_STALENESS": "5s"}}, func(t *testing.T, s *Service) {
		p := s.Someone(t)
		surfaces := []Request{
			{Path: "/api/protected/", As: p.Access}, {Path: "/api/v1/me", As: p.Access},
			verifyRequest(p.Access), {Path: "/readyz"},
		}
		for _, r := range surfaces {
			s.Do(t, r).Must(t, http.StatusOK)
		}
		damage(t, s, `ALTER TABLE event_head RENAME TO hidden`)
		s.time.mu.Lock()
		s.time.added += 6 * time.Second
		s.time.mu.Unlock()
		for _, r := range surfaces {
			if a := s.Do(t, r); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
				t.Errorf("%s: status %d, Retry-After %q: %s", r.Path, a.Status, a.Header.Get("Retry-After"), a.Body)
			}
		}
		s.Do(t, Request{Path: "/healthz"}).Must(t, http.StatusOK)
		s.Do(t, Request{Path: "/.well-known/jwks.json"}).Must(t, http.StatusOK)

		damage(t, s, `ALTER TABLE hidden RENAME TO event_head`)
		deadline := time.Now().Add(5 * time.Second)
		for _, r := range surfaces {
			for s.Do(t, r).Status != http.StatusOK {
				if time.Now().After(deadline) {
					t.Fatalf("%s did not heal", r.Path)
				}
			}
		}
	})
}
