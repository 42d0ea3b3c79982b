package dashboard

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
)

const (
	hours        = 24
	countedUntil = 20_000 // sessions: what the slowest database reads in some 20 ms

	// settled is how long after its end an hour is not counted any more: nothing is
	// committed that late under a time of before.
	settled = 5 * time.Minute
)

// Store is what this package reads.
type Store interface {
	// UserCount returns how many accounts there are.
	UserCount(ctx context.Context) (int64, error)

	// LiveSessionCount returns how many sessions live at a time, at most limit.
	LiveSessionCount(ctx context.Context, at time.Time, limit int) (int64, error)

	// HourlyEvents counts the events of some actions since a time, by the hour in
	// which they happened. Hours without any are left out.
	HourlyEvents(ctx context.Context, since time.Time, actions ...event.Action) ([]HourCount, error)
}

// HourCount is how often something happened in an hour.
type HourCount struct {
	Hour   time.Time // its begin, UTC
	Action event.Action
	Count  int64
}

// Hour is one column of the chart.
type Hour struct {
	At       time.Time // its begin, UTC
	SignIns  int64
	Failures int64
}

// Overview is what the page shows. What the caller may not see is nil.
type Overview struct {
	Users    *int64
	Sessions *int64

	// MoreSessions says that there are more than Sessions.
	MoreSessions bool

	// Hours are the last 24, the present one last.
	Hours []Hour
}

// Service reads the figures.
type Service struct {
	Store Store
	Now   func() time.Time

	mu              sync.Mutex
	over            map[time.Time]Hour // hours that are over: what was counted stays as it is
	users, sessions counted
}

// Overview returns the figures that the caller may see: the accounts with
// access.ViewUser; the sessions and sign-ins with access.ViewSession. It needs the
// flag is_staff.
func (s *Service) Overview(ctx context.Context, who access.Caller) (Overview, error) {
	if err := who.RequireAuthenticated(); err != nil {
		return Overview{}, err
	}
	if !who.Rights.Staff {
		return Overview{}, access.ErrForbidden
	}
	var o Overview
	now := s.Now().UTC()
	if who.Rights.Holds(access.ViewUser) {
		n, err := s.userCount(ctx, now)
		if err != nil {
			return Overview{}, err
		}
		o.Users = &n
	}
	if !who.Rights.Holds(access.ViewSession) {
		return o, nil
	}
	n, err := s.sessionCount(ctx, now)
	if err != nil {
		return Overview{}, err
	}
	o.MoreSessions = n > countedUntil
	o.Sessions = new(min(n, countedUntil))
	o.Hours, err = s.hours(ctx, now)
	return o, err
}

// hours returns the last 24 hours, those without events too. An hour that is over is
// counted once, so that a day of many sign-ins costs one hour of them.
func (s *Service) hours(ctx context.Context, now time.Time) ([]Hour, error) {
	first := now.Truncate(time.Hour).Add(-(hours - 1) * time.Hour)
	all, since := s.known(first)
	if since < len(all) {
		counts, err := s.Store.HourlyEvents(ctx, all[since].At, event.SessionStarted, event.SignInFailed)
		if err != nil {
			return nil, fmt.Errorf("read the dashboard: %w", err)
		}
		for _, c := range counts {
			i := int(c.Hour.Sub(first) / time.Hour)
			if i < since || i >= hours { // by the clock of another replica it is the next hour already
				continue
			}
			if c.Action == event.SignInFailed {
				all[i].Failures += c.Count
			} else {
				all[i].SignIns += c.Count
			}
		}
	}
	s.keep(all, now)
	return all, nil
}

// known returns the hours from the first one on as far as they were counted, and the
// place of the first that was not.
func (s *Service) known(first time.Time) ([]Hour, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, since := make([]Hour, hours), hours
	for i := range all {
		at := first.Add(time.Duration(i) * time.Hour)
		counted, ok := s.over[at]
		if !ok {
			since = min(since, i)
		}
		if all[i] = (Hour{At: at}); i < since {
			all[i] = counted
		}
	}
	return all, since
}

// keep remembers the hours that are over, and forgets older ones.
func (s *Service) keep(all []Hour, now time.Time) {
	over := make(map[time.Time]Hour, hours)
	for _, h := range all {
		if h.At.Add(time.Hour + settled).Before(now) {
			over[h.At] = h
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = over
}
