package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/verify"
)

// Sealing tests the numbers, the head and the cut-offs of the log.
func Sealing(t *testing.T, db *store.DB) {
	t.Run("position", func(t *testing.T) { logPosition(t, db) })
	t.Run("the_head_decides", func(t *testing.T) { sealFromHead(t, db) })
	t.Run("one_sealer_wins", func(t *testing.T) { sealRace(t, db) })
	t.Run("numbers_have_no_gap", func(t *testing.T) { sealWhileWriting(t, db) })
	t.Run("cutoffs", func(t *testing.T) { cutoffs(t, db) })
}

// numbered gives rows the numbers after a head, and a MAC each.
func numbered(head event.Head, rows []event.Event) []event.Event {
	for i := range rows {
		rows[i].Seq, rows[i].MAC = head.Seq+int64(i)+1, fmt.Append(nil, "mac of ", rows[i].ID)
	}
	return rows
}

// sealOnce seals what is committed, as any process does, and reports whether it
// won the head.
func sealOnce(t *testing.T, db *store.DB) (bool, error) {
	head, err := db.LogHead(t.Context())
	if err != nil {
		return false, err
	}
	rows, err := db.UnsealedEvents(t.Context(), 100)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return db.SealEvents(t.Context(), head, numbered(head, rows))
}

func sealAll(t *testing.T, db *store.DB) {
	t.Helper()
	for get[event.Position](t)(db.LogPosition(t.Context())).Unsealed {
		get[bool](t)(sealOnce(t, db))
	}
}

func logPosition(t *testing.T, db *store.DB) {
	ctx := t.Context()
	position := func() event.Position { return get[event.Position](t)(db.LogPosition(ctx)) }
	is(t, "head of an empty log", get[event.Head](t)(db.LogHead(ctx)), event.Head{})
	is(t, "of an empty log", position(), event.Position{})
	is(t, "asked again", position(), event.Position{})
	must(t, db.AppendEvent(ctx, happened(event.UserCreated, 1)))
	is(t, "with an unsealed row", position(), event.Position{Unsealed: true})
	is(t, "asked again", position(), event.Position{Unsealed: true})
	is(t, "SealEvents", get[bool](t)(sealOnce(t, db)), true)
	is(t, "with a sealed row", position(), event.Position{Seq: 1})

	// What a transaction sees is nobody else's business until it is committed.
	err := store.TxFunc[event.Store](db)(ctx, func(s event.Store) error {
		if err := s.AppendEvent(ctx, happened(event.UserCreated, 2)); err != nil {
			return err
		}
		if p := get[event.Position](t)(s.LogPosition(ctx)); !p.Unsealed {
			t.Error("the transaction does not see its own row")
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	is(t, "after a rollback", position(), event.Position{Seq: 1})
}

func sealFromHead(t *testing.T, db *store.DB) {
	ctx := t.Context()
	head := get[event.Head](t)(db.LogHead(ctx))
	first, second := happened(event.UserCreated, 1), happened(event.UserCreated, 2)
	must(t, db.AppendEvent(ctx, first))
	must(t, db.AppendEvent(ctx, second))
	batch := numbered(head, []event.Event{first, second})

	old := event.Head{Seq: head.Seq - 1}
	is(t, "from an older head", get[bool](t)(db.SealEvents(ctx, old, batch)), false)
	is(t, "the head after that", get[event.Head](t)(db.LogHead(ctx)), head)
	missing := numbered(head, []event.Event{first, happened(event.UserCreated, 3)}) // the second was never written
	if won, err := db.SealEvents(ctx, head, missing); err == nil || won {
		t.Errorf("SealEvents with a row that does not exist = %v, %v; want an error", won, err)
	}
	is(t, "the head after an error", get[event.Head](t)(db.LogHead(ctx)), head)
	is(t, "rows after an error", len(get[[]event.Event](t)(db.UnsealedEvents(ctx, 10))), 2)

	is(t, "from the head", get[bool](t)(db.SealEvents(ctx, head, batch)), true)
	is(t, "the new head", get[event.Head](t)(db.LogHead(ctx)), event.Head{Seq: head.Seq + 2, MAC: batch[1].MAC})
	is(t, "the rows", get[[]event.Event](t)(db.SealedEvents(ctx, head.Seq, 10)), batch)
	is(t, "from the same head again", get[bool](t)(db.SealEvents(ctx, head, batch)), false)
	now := get[event.Head](t)(db.LogHead(ctx))
	if _, err := db.SealEvents(ctx, now, numbered(now, []event.Event{first})); err == nil {
		t.Error("SealEvents with a row that is sealed: no error")
	}
	is(t, "the row that was sealed before", get[[]event.Event](t)(db.SealedEvents(ctx, head.Seq, 1))[0].Seq, head.Seq+1)
}

func sealRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for i := range int64(5) {
		must(t, db.AppendEvent(ctx, happened(event.UserCreated, i)))
	}
	head := get[event.Head](t)(db.LogHead(ctx))
	rows := get[[]event.Event](t)(db.UnsealedEvents(ctx, 10))
	n := race(t, func(int) (bool, error) {
		return db.SealEvents(ctx, head, numbered(head, append([]event.Event(nil), rows...)))
	})
	is(t, "sealers that won", n, 1)
	is(t, "rows", len(get[[]event.Event](t)(db.SealedEvents(ctx, head.Seq, 10))), 5)
}

// sealWhileWriting has writers and sealers at the same time. Whatever the order
// of the commits, the numbers come out as 1, 2, 3 …
func sealWhileWriting(t *testing.T, db *store.DB) {
	ctx := t.Context()
	before := get[event.Head](t)(db.LogHead(ctx)).Seq
	const each = 6
	var wg sync.WaitGroup
	for range racers / 2 {
		wg.Go(func() {
			for i := range int64(each) {
				if err := db.AppendEvent(ctx, happened(event.UserUpdated, i)); err != nil {
					t.Error(err)
				}
				if _, err := sealOnce(t, db); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	sealAll(t, db)
	rows := get[[]event.Event](t)(db.SealedEvents(ctx, before, 1000))
	is(t, "rows", len(rows), racers/2*each)
	for i, e := range rows {
		if e.Seq != before+int64(i)+1 {
			t.Fatalf("row %d has number %d", i, e.Seq)
		}
	}
	is(t, "head", get[event.Head](t)(db.LogHead(ctx)), event.Head{Seq: rows[len(rows)-1].Seq, MAC: rows[len(rows)-1].MAC})
}

func cutoffs(t *testing.T, db *store.DB) {
	ctx := t.Context()
	live := func(ms int64) (ids []string) {
		found, _, err := db.LiveCutoffs(ctx, moment(ms))
		must(t, err)
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		return ids
	}
	is(t, "at the start", live(0), nil)
	for _, e := range []event.Event{
		revoked("until-100", moment(100)), revoked("until-200", moment(200)), revoked("until-200-too", moment(200)), revoked("forever", time.Time{}),
	} {
		must(t, db.AppendEvent(ctx, e))
	}
	is(t, "how many before they are sealed", len(live(0)), 4)
	seq := get[event.Head](t)(db.LogHead(ctx)).Seq
	sealAll(t, db)
	found, head, err := db.LiveCutoffs(ctx, moment(99))
	must(t, err)
	is(t, "complete to", head, seq+4)
	is(t, "LiveCutoffs", found[0], verify.Cutoff{
		Seq: seq + 1, Kind: verify.CutoffUser, ID: "until-100", Min: 9, At: moment(40), Until: moment(100), Reason: verify.ReasonRolesChanged,
	})
	is(t, "in their order", live(99), []string{"until-100", "until-200", "until-200-too", "forever"})
	is(t, "when the first has ended", live(100), []string{"until-200", "until-200-too", "forever"})

	remove := func(ms int64, limit int) int64 { return get[int64](t)(db.DeleteCutoffs(ctx, moment(ms), limit)) }
	is(t, "DeleteCutoffs before any has ended", remove(99, 10), 0)
	is(t, "DeleteCutoffs with a limit", remove(200, 2), 2)
	is(t, "DeleteCutoffs, the rest", remove(200, 2), 1)
	is(t, "DeleteCutoffs, nothing more", remove(1e12, 2), 0)
	is(t, "what is left", live(0), []string{"forever"})
	is(t, "the events stay", len(get[[]event.Event](t)(db.SealedEvents(ctx, seq, 10))), 4)
}
