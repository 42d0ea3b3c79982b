package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/verify"
)

// Events tests what event.Store asks of the log; Sealing tests the rest.
func Events(t *testing.T, db *store.DB) {
	t.Run("round_trip", func(t *testing.T) { eventRoundTrip(t, db) })
	t.Run("pages", func(t *testing.T) { eventPages(t, db) })
	t.Run("filters", func(t *testing.T) { eventFilters(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { eventRollback(t, db) })
}

// happened returns an event in which every field that an unsealed row has, has a
// value.
func happened(action event.Action, ms int64) event.Event {
	return event.Event{
		ID: ident.New(), At: moment(ms), Action: action, Subject: event.Subject{Kind: "user", ID: "subject", Name: "Subject"},
		Actor:  event.Actor{Kind: access.Person, ID: "actor", Name: "Actor"},
		Origin: access.Origin{IP: "192.0.2.7", UserAgent: "agent/1", RequestID: "request-1"},
		Detail: `{"before":"a","after":"ü"}`,
	}
}

// revoked returns an event with a cut-off that lasts until a time.
func revoked(id string, until time.Time) event.Event {
	return happened(event.SessionEnded, 40).Revoking(verify.Cutoff{
		Kind: verify.CutoffUser, ID: id, Min: 9, Until: until, Reason: verify.ReasonRolesChanged,
	})
}

func eventIDs(events []event.Event) []string {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func eventRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	plain, cutting, forever := happened(event.UserUpdated, 40), revoked("ann", moment(9000)), revoked("bob", time.Time{})
	bare := event.Event{ID: "bare", Detail: "{}"}
	want := []event.Event{plain, cutting, forever, bare}
	for _, e := range want {
		must(t, db.AppendEvent(ctx, e))
	}
	byID := func(a, b event.Event) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	}
	slices.SortFunc(want, byID)
	is(t, "UnsealedEvents", get[[]event.Event](t)(db.UnsealedEvents(ctx, 10)), want)
	is(t, "UnsealedEvents with a limit", get[[]event.Event](t)(db.UnsealedEvents(ctx, 2)), want[:2])
	is(t, "SealedEvents", get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10)), nil)
	if db.AppendEvent(ctx, plain) == nil {
		t.Error("AppendEvent with an id that exists: no error")
	}
	is(t, "Event", get[event.Event](t)(db.Event(ctx, cutting.ID)), cutting)
	for _, id := range []string{"", "missing", "bare ", "a\x00"} {
		_, err := db.Event(ctx, id)
		fails(t, "Event "+id, err, event.ErrNotFound)
	}
	sealAll(t, db)
	for i := range want {
		want[i].Seq, want[i].MAC = int64(i+1), fmt.Append(nil, "mac of ", want[i].ID)
		if want[i].Cutoff != nil {
			sealed := *want[i].Cutoff
			sealed.Seq = want[i].Seq
			want[i].Cutoff = &sealed
		}
	}
	is(t, "SealedEvents after sealing", get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10)), want)
	is(t, "Event after sealing", get[event.Event](t)(db.Event(ctx, want[1].ID)), want[1])
	is(t, "SealedEvents with a limit", get[[]event.Event](t)(db.SealedEvents(ctx, 1, 2)), want[1:3])
	is(t, "UnsealedEvents after sealing", get[[]event.Event](t)(db.UnsealedEvents(ctx, 10)), nil)
}

func eventPages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	f := event.Filter{Actor: "pages"}
	var want []string
	for i := range 7 {
		e := happened(event.UserUpdated, int64(i/2))
		e.ID, e.Actor.ID = fmt.Sprintf("page-%d", i), "pages"
		must(t, db.AppendEvent(ctx, e))
		want = append(want, e.ID)
	}
	slices.Reverse(want)
	got := walk(t, func(r page.Request) (page.Page[event.Event], error) { return db.Events(ctx, f, r) },
		func(e event.Event) string { return e.ID }, func(read int) {
			if read == 2 {
				newer := happened(event.UserUpdated, 50)
				newer.Actor.ID = "pages"
				must(t, db.AppendEvent(ctx, newer))
				sealAll(t, db)
			}
		})
	is(t, "pages, while events are written and sealed", got, want)
}

func eventFilters(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var ids []string
	for i := range 4 {
		e := happened(event.RoleCreated, int64(7000+i))
		if i%2 == 1 {
			e.Action = event.RoleDeleted
		}
		e.Subject, e.Actor.ID = event.Subject{Kind: "role", ID: fmt.Sprint("role-", i/2)}, ident.UserID(fmt.Sprint("actor-", i))
		must(t, db.AppendEvent(ctx, e))
		ids = append(ids, e.ID)
	}
	for what, c := range map[string]struct {
		f    event.Filter
		want []string
	}{
		"action":       {event.Filter{Action: event.RoleDeleted}, []string{ids[3], ids[1]}},
		"actor":        {event.Filter{Actor: "actor-2"}, []string{ids[2]}},
		"kind":         {event.Filter{Subject: event.Subject{Kind: "role"}}, []string{ids[3], ids[2], ids[1], ids[0]}},
		"subject":      {event.Filter{Subject: event.Subject{Kind: "role", ID: "role-0"}}, []string{ids[1], ids[0]}},
		"from":         {event.Filter{From: moment(7002)}, []string{ids[3], ids[2]}},
		"until":        {event.Filter{From: moment(7000), Until: moment(7002)}, []string{ids[1], ids[0]}},
		"all together": {event.Filter{Action: event.RoleCreated, Actor: "actor-0", Subject: event.Subject{Kind: "role", ID: "role-0"}, Until: moment(7001)}, []string{ids[0]}},
		"unsealed":     {event.Filter{From: moment(7000), UpTo: new(int64(math.MaxInt64))}, nil},
		"nothing":      {event.Filter{Action: "no.such"}, nil},
		"NUL":          {event.Filter{Actor: "a\x00"}, nil},
	} {
		is(t, what, eventIDs(get[page.Page[event.Event]](t)(db.Events(ctx, c.f, page.Request{})).Items), c.want)
	}
	sealAll(t, db) // by id, which is the order in which they were made
	last := get[event.Event](t)(db.Event(ctx, ids[2])).Seq
	is(t, "up to a number", eventIDs(get[page.Page[event.Event]](t)(db.Events(ctx, event.Filter{From: moment(7000), UpTo: &last}, page.Request{})).Items),
		[]string{ids[2], ids[1], ids[0]})
}

// eventRollback also has the hook told of what was committed and of nothing else.
func eventRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	sealAll(t, db)
	var told []string
	db.OnCommit(func(_ context.Context, events []event.Event) { told = append(told, eventIDs(events)...) })
	defer db.OnCommit(nil)

	kept, never := revoked("kept", moment(100_000)), revoked("never", moment(100_000))
	must(t, db.AppendEvent(ctx, kept))
	err := store.TxFunc[event.Store](db)(ctx, func(s event.Store) error {
		if err := s.AppendEvent(ctx, never); err != nil {
			return err
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if db.AppendEvent(cancelled, revoked("never", moment(100_000))) == nil {
		t.Error("AppendEvent with a cancelled context: no error")
	}
	is(t, "what the hook was told", told, []string{kept.ID})
	is(t, "what was written", eventIDs(get[[]event.Event](t)(db.UnsealedEvents(ctx, 10))), []string{kept.ID})
	sealAll(t, db)
	cutoffs, _, err := db.LiveCutoffs(ctx, moment(50_000))
	must(t, err)
	is(t, "cut-offs of a rolled back event", slices.ContainsFunc(cutoffs, func(c verify.Cutoff) bool { return c.ID == "never" }), false)
}
