package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
)

// Dashboard tests what dashboard.Store asks for.
func Dashboard(t *testing.T, db *store.DB) {
	t.Run("users", func(t *testing.T) { userCount(t, db) })
	t.Run("sessions", func(t *testing.T) { liveSessionCount(t, db) })
	t.Run("hours", func(t *testing.T) { hourlyEvents(t, db) })
}

func userCount(t *testing.T, db *store.DB) {
	is(t, "UserCount of nobody", get[int64](t)(db.UserCount(t.Context())), 0)
	for i := range 3 {
		addUser(t, db, fmt.Sprint("counted", i))
	}
	must(t, db.DeleteUser(t.Context(), addUser(t, db, "gone").ID))
	is(t, "UserCount", get[int64](t)(db.UserCount(t.Context())), 3)
}

func liveSessionCount(t *testing.T, db *store.DB) {
	u := addUser(t, db, "sessions")
	for _, change := range []func(*session.Session){
		func(*session.Session) {},
		func(s *session.Session) { s.IdleExpiresAt = moment(101) },
		func(s *session.Session) { s.ExpiresAt = moment(101) },
		func(s *session.Session) { s.IdleExpiresAt = moment(100) }, // over
		func(s *session.Session) { s.ExpiresAt = moment(100) },
		func(s *session.Session) { s.EndedAt, s.EndReason = moment(5), session.SignedOut },
	} {
		s := device(u.ID)
		change(&s)
		must(t, db.InsertSession(t.Context(), s))
	}
	for limit, want := range map[int]int64{1: 1, 2: 2, 3: 3, 4: 3, 100_001: 3} {
		is(t, fmt.Sprint("LiveSessionCount up to ", limit), get[int64](t)(db.LiveSessionCount(t.Context(), moment(100), limit)), want)
	}
}

func hourlyEvents(t *testing.T, db *store.DB) {
	ctx := t.Context()
	hour := time.UnixMilli(500_000 * 3_600_000).UTC()
	add := func(action event.Action, at time.Time) {
		t.Helper()
		must(t, db.AppendEvent(ctx, event.Event{ID: ident.New(), At: at, Action: action, Actor: event.Actor{Kind: access.Anonymous}, Detail: "{}"}))
	}
	for i, at := range []time.Duration{0, time.Millisecond, time.Hour - time.Millisecond, time.Hour, 25 * time.Hour} {
		add(event.SessionStarted, hour.Add(at))
		if i%2 == 0 {
			add(event.SignInFailed, hour.Add(at))
		}
	}
	add(event.SessionStarted, hour.Add(-time.Millisecond)) // too early
	add(event.SessionEnded, hour)                          // of no interest
	want := []dashboard.HourCount{
		{Hour: hour, Action: event.SessionStarted, Count: 3},
		{Hour: hour, Action: event.SignInFailed, Count: 2},
		{Hour: hour.Add(time.Hour), Action: event.SessionStarted, Count: 1},
		{Hour: hour.Add(25 * time.Hour), Action: event.SessionStarted, Count: 1},
		{Hour: hour.Add(25 * time.Hour), Action: event.SignInFailed, Count: 1},
	}
	count := get[[]dashboard.HourCount](t)
	is(t, "HourlyEvents", count(db.HourlyEvents(ctx, hour, event.SessionStarted, event.SignInFailed)), want)
	is(t, "HourlyEvents of one action", count(db.HourlyEvents(ctx, hour.Add(time.Minute), event.SignInFailed)),
		[]dashboard.HourCount{{Hour: hour, Action: event.SignInFailed, Count: 1}, want[4]})
	is(t, "HourlyEvents of nothing", count(db.HourlyEvents(ctx, hour)), nil)
	is(t, "HourlyEvents after all", count(db.HourlyEvents(ctx, hour.Add(100*time.Hour), event.SessionStarted)), nil)
}
