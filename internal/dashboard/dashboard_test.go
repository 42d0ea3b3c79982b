package dashboard_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// at is in the middle of an hour.
var at = time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)

func newService(t *testing.T) (*dashboard.Service, *store.DB) {
	t.Helper()
	db := storetest.New(t)
	return &dashboard.Service{Store: db, Now: func() time.Time { return at }}, db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func staff(all ...access.Permission) access.Caller {
	return access.Caller{Kind: access.Person, UserID: "me", Rights: access.Rights{Staff: true, Permissions: all}}
}

// Cases H14 and H23: each figure is shown to who may see what it counts.
func TestOverview_permissions(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for name, c := range map[string]struct {
		who             access.Caller
		want            error
		users, sessions bool
	}{
		"nobody":                    {who: access.Caller{}, want: access.ErrAnonymous},
		"not staff":                 {who: access.Caller{Kind: access.Person, Rights: access.Rights{Permissions: []access.Permission{access.ViewSession, access.ViewUser}}}, want: access.ErrForbidden},
		"a superuser without staff": {who: access.Caller{Kind: access.Person, Rights: access.Rights{Superuser: true}}, want: access.ErrForbidden},
		"staff alone":               {who: staff()},
		"who sees users":            {who: staff(access.ViewUser), users: true},
		"who sees sessions":         {who: staff(access.ViewSession), sessions: true},
		"who sees keys":             {who: staff(access.ViewKey)},
		"a superuser":               {who: access.Caller{Kind: access.Person, Rights: access.Rights{Staff: true, Superuser: true}}, users: true, sessions: true},
		"the command line":          {who: access.Command("root"), users: true, sessions: true},
	} {
		o, err := s.Overview(t.Context(), c.who)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if (o.Users != nil) != c.users || (o.Sessions != nil) != c.sessions || (o.Hours != nil) != c.sessions {
			t.Errorf("%s sees %+v", name, o)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	s, db := newService(t)
	ctx := t.Context()
	u := user.User{ID: "ann", Username: "ann", UsernameKey: "ann", Password: secret.New("!"), Active: true, JoinedAt: at}
	must(t, db.InsertUser(ctx, u))
	must(t, db.InsertSession(ctx, session.Session{
		ID: "s", UserID: u.ID, Salt: []byte{1}, CreatedAt: at, IdleExpiresAt: at.Add(time.Hour), ExpiresAt: at.Add(time.Hour),
	}))
	for action, times := range map[event.Action][]time.Time{
		event.SessionStarted: {at, at, at.Add(-time.Hour), at.Add(-23 * time.Hour), at.Add(-24 * time.Hour), at.Add(time.Hour)},
		event.SignInFailed:   {at.Add(-time.Hour), at.Add(-30 * time.Minute)},
		event.UserCreated:    {at},
	} {
		for _, when := range times {
			must(t, db.AppendEvent(ctx, event.Event{ID: ident.New(), At: when, Action: action, Detail: "{}"}))
		}
	}
	o, err := s.Overview(ctx, staff(access.ViewSession, access.ViewUser))
	must(t, err)
	if *o.Users != 1 || *o.Sessions != 1 || o.MoreSessions {
		t.Errorf("the overview is %+v", o)
	}
	if len(o.Hours) != 24 || !o.Hours[23].At.Equal(at.Truncate(time.Hour)) || !o.Hours[0].At.Equal(at.Truncate(time.Hour).Add(-23*time.Hour)) {
		t.Fatalf("the hours are %+v", o.Hours)
	}
	var busy []dashboard.Hour
	for _, h := range o.Hours {
		if h.SignIns+h.Failures > 0 {
			busy = append(busy, h)
		}
	}
	hour := at.Truncate(time.Hour)
	want := []dashboard.Hour{
		{At: hour.Add(-23 * time.Hour), SignIns: 1},
		{At: hour.Add(-time.Hour), SignIns: 1, Failures: 1},
		{At: hour, SignIns: 2, Failures: 1},
	}
	if diff := cmp.Diff(want, busy); diff != "" {
		t.Errorf("the hours with something in them (-want +got):\n%s", diff)
	}
}

// many is a store with a number of sessions, and with failures.
type many struct {
	dashboard.Store
	sessions                int64
	users, counting, hourly error
}

func (m many) UserCount(context.Context) (int64, error) { return 7, m.users }

func (m many) LiveSessionCount(_ context.Context, _ time.Time, limit int) (int64, error) {
	return min(m.sessions, int64(limit)), m.counting
}

func (m many) HourlyEvents(context.Context, time.Time, ...event.Action) ([]dashboard.HourCount, error) {
	return nil, m.hourly
}

// Case K15: the count stops, and the page says so.
func TestOverview_of_many_sessions(t *testing.T) {
	t.Parallel()
	for sessions, want := range map[int64]bool{19_999: false, 20_000: false, 20_001: true, 1 << 40: true} {
		s := &dashboard.Service{Store: many{sessions: sessions}, Now: time.Now}
		o, err := s.Overview(t.Context(), staff(access.ViewSession))
		must(t, err)
		if o.MoreSessions != want || *o.Sessions != min(sessions, 20_000) {
			t.Errorf("%d sessions: %d, more %v", sessions, *o.Sessions, o.MoreSessions)
		}
	}
}

func TestOverview_failures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, m := range map[string]many{"users": {users: broken}, "sessions": {counting: broken}, "hours": {hourly: broken}} {
		s := &dashboard.Service{Store: m, Now: time.Now}
		if _, err := s.Overview(t.Context(), staff(access.ViewSession, access.ViewUser)); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// counted is a store that remembers since when it was asked.
type counted struct {
	*store.DB
	since []time.Time
}

func (c *counted) HourlyEvents(ctx context.Context, since time.Time, actions ...event.Action) ([]dashboard.HourCount, error) {
	c.since = append(c.since, since)
	return c.DB.HourlyEvents(ctx, since, actions...)
}

// An hour that is over is counted once; the present one, and one that has just ended,
// every time.
func TestOverview_counts_an_hour_once(t *testing.T) {
	t.Parallel()
	c := &counted{DB: storetest.New(t)}
	now := at
	s := &dashboard.Service{Store: c, Now: func() time.Time { return now }}
	add := func(when time.Time) {
		t.Helper()
		must(t, c.AppendEvent(t.Context(), event.Event{ID: ident.New(), At: when, Action: event.SessionStarted, Detail: "{}"}))
	}
	hour := at.Truncate(time.Hour)
	add(hour.Add(-2 * time.Hour))
	for _, step := range []struct {
		now   time.Time
		since time.Time // what is read anew
		total int64
	}{
		{at, hour.Add(-23 * time.Hour), 1},
		{at.Add(time.Minute), hour, 2},
		{hour.Add(time.Hour + 4*time.Minute), hour, 3},
		{hour.Add(time.Hour + 6*time.Minute), hour, 4},
		{hour.Add(time.Hour + 7*time.Minute), hour.Add(time.Hour), 5},
		{hour.Add(21*time.Hour + 59*time.Minute), hour.Add(time.Hour), 6},
		{hour.Add(22 * time.Hour), hour.Add(21 * time.Hour), 6}, // the first one is too old now
		{hour.Add(72 * time.Hour), hour.Add(49 * time.Hour), 0},
		{hour.Add(71 * time.Hour), hour.Add(48 * time.Hour), 0}, // a clock that goes back
	} {
		now = step.now
		o, err := s.Overview(t.Context(), staff(access.ViewSession))
		must(t, err)
		var total int64
		for _, h := range o.Hours {
			total += h.SignIns
		}
		if got := c.since[len(c.since)-1]; !got.Equal(step.since) || total != step.total {
			t.Errorf("at %v: %d sign-ins, read since %v; want %d, since %v", step.now, total, got, step.total, step.since)
		}
		add(step.now)
	}
}

// counts is a store whose figures are set, and that counts how often it was asked.
type counts struct {
	dashboard.Store
	n, asked int64
}

func (c *counts) UserCount(context.Context) (int64, error) {
	c.asked++
	return c.n, nil
}

// Few accounts are counted each time. Many are counted once a minute.
func TestOverview_counts_many_once_a_minute(t *testing.T) {
	t.Parallel()
	at := at
	store := &counts{n: 4999}
	s := &dashboard.Service{Store: store, Now: func() time.Time { return at }}
	for i, step := range []struct {
		passed time.Duration
		n      int64
		shown  int64
		asked  int64
		what   string
	}{
		{0, 4999, 4999, 1, "few"},
		{0, 5000, 5000, 2, "few until now"},
		{time.Minute - 1, 6000, 5000, 2, "many, within the minute"},
		{1, 6000, 6000, 3, "many, after the minute"},
		{time.Second, 7, 6000, 3, "many until now"},
		{-2 * time.Second, 7, 7, 4, "a clock that went back"},
		{0, 8, 8, 5, "few again"},
	} {
		at, store.n = at.Add(step.passed), step.n
		o, err := s.Overview(t.Context(), staff(access.ViewUser))
		must(t, err)
		if *o.Users != step.shown || store.asked != step.asked {
			t.Errorf("step %d, %s: %d accounts, asked %d times, want %d and %d", i, step.what, *o.Users, store.asked, step.shown, step.asked)
		}
	}
}
