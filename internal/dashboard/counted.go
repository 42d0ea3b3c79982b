package dashboard

import (
	"context"
	"fmt"
	"time"
)

const (
	manyCounted = 5000        // from here on a figure is remembered
	remembered  = time.Minute // and is then at most so old
)

// counted is a figure that was read.
type counted struct {
	n  int64
	at time.Time
}

// count returns a figure: one that was read a moment ago, when counting it anew would
// cost something and hardly anybody would see the difference.
func (s *Service) count(of *counted, now time.Time, read func() (int64, error)) (int64, error) {
	s.mu.Lock()
	last := *of
	s.mu.Unlock()
	if age := now.Sub(last.at); last.n >= manyCounted && age >= 0 && age < remembered {
		return last.n, nil
	}
	n, err := read()
	if err != nil {
		return 0, fmt.Errorf("read the dashboard: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	*of = counted{n, now}
	return n, nil
}

// userCount returns how many accounts there are.
func (s *Service) userCount(ctx context.Context, now time.Time) (int64, error) {
	return s.count(&s.users, now, func() (int64, error) { return s.Store.UserCount(ctx) })
}

// sessionCount returns how many sessions live, at most one more than are counted.
func (s *Service) sessionCount(ctx context.Context, now time.Time) (int64, error) {
	return s.count(&s.sessions, now, func() (int64, error) { return s.Store.LiveSessionCount(ctx, now, countedUntil+1) })
}
