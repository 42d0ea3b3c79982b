package apptest

import (
	"context"
	"sync"
	"testing"
	"time"
)

// shared is the time of the services on one database: the machine's, and what
// the test added.
type shared struct {
	mu       sync.Mutex
	added    time.Duration
	services []*Service
}

func (c *shared) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.added)
}

func (c *shared) join(s *Service) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.services = append(c.services, s)
}

func (c *shared) leave(s *Service) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.services {
		if other == s {
			c.services = append(c.services[:i], c.services[i+1:]...)
			return
		}
	}
}

// Now returns the time of the service, but for the offset of its database.
func (s *Service) Now() time.Time { return s.time.now() }

// Advance moves the time of the service, and of every other one on its database,
// and has each read the event log at the new time, so that none is stale.
func (s *Service) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	s.time.mu.Lock()
	s.time.added += by
	running := append([]*Service(nil), s.time.services...)
	s.time.mu.Unlock()
	for _, each := range running {
		if err := each.App.Events.Sync(context.Background()); err != nil {
			t.Fatalf("read the event log after moving the time: %v", err)
		}
	}
}
