package storetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
)

// Checkpoints tests how the log is cut.
func Checkpoints(t *testing.T, db *store.DB) {
	ctx := t.Context()
	checkpoint := func() event.Checkpoint { return get[event.Checkpoint](t)(db.LogCheckpoint(ctx)) }
	is(t, "of a log that is whole", checkpoint(), event.Checkpoint{})
	for i := range int64(8) {
		must(t, db.AppendEvent(ctx, happened(event.UserUpdated, i)))
	}
	sealAll(t, db)
	rows := get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10))
	must(t, db.AppendEvent(ctx, happened(event.UserUpdated, 9)))
	at := func(seq, removed int64) event.Checkpoint {
		return event.Checkpoint{
			Seq: seq, MAC: rows[seq-1].MAC, At: moment(seq), Removed: removed, Signature: bytes.Repeat([]byte{byte(seq)}, 32),
		}
	}
	var told []string
	db.OnCommit(func(_ context.Context, events []event.Event) { told = append(told, eventIDs(events)...) })
	defer db.OnCommit(nil)

	record := happened(event.EventsRemoved, 10)
	if won, err := db.CutEvents(ctx, event.Checkpoint{}, at(3, 4), record); err == nil || won {
		t.Errorf("CutEvents of 3 rows that are said to be 4 = %v, %v; want an error", won, err)
	}
	is(t, "from another checkpoint", get[bool](t)(db.CutEvents(ctx, at(1, 1), at(3, 2), record)), false)
	is(t, "the checkpoint after that", checkpoint(), event.Checkpoint{})
	is(t, "the rows after that", len(get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10))), 8)
	_, err := db.Event(ctx, record.ID)
	fails(t, "the record of what was not done", err, event.ErrNotFound)
	is(t, "told of what was not done", told, nil)

	is(t, "CutEvents", get[bool](t)(db.CutEvents(ctx, event.Checkpoint{}, at(3, 3), record)), true)
	is(t, "the checkpoint", checkpoint(), at(3, 3))
	is(t, "the rows that are kept", get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10)), rows[3:])
	is(t, "the rows that wait", len(get[[]event.Event](t)(db.UnsealedEvents(ctx, 10))), 2)
	is(t, "told of what was done", told, []string{record.ID})
	is(t, "the same again", get[bool](t)(db.CutEvents(ctx, event.Checkpoint{}, at(3, 3), happened(event.EventsRemoved, 11))), false)

	n := race(t, func(i int) (bool, error) {
		seq := int64(4 + i%3)
		return db.CutEvents(ctx, at(3, 3), at(seq, seq-3), happened(event.EventsRemoved, 12))
	})
	is(t, "of those who cut at once, how many did", n, 1)
	is(t, "the rows that are kept then", get[[]event.Event](t)(db.SealedEvents(ctx, 0, 10))[0].Seq, checkpoint().Seq+1)
}
