package event

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// EventsRemoved is recorded with each removal of old events.
const EventsRemoved Action = "event.rows_removed"

const (
	cutBatch = 1000           // events removed in a transaction
	maxCuts  = 100            // transactions of one Retain
	slack    = 24 * time.Hour // how much longer than asked for an event may stay
)

// Retain removes the events that are older than keep, and returns how many it
// removed. It does so once the oldest is a day older than that, because each removal
// is an event itself: an idle log would otherwise go on for ever about its own end.
// One call removes a bounded number; the next one goes on.
//
// It removes a beginning of the sealed log and nothing else: neither the head, nor
// what comes after an event that is not old enough. What it removes it verifies
// first, and where that fails it removes nothing and returns ErrChain, so that it
// does not take the evidence away. Where another process removes at the same time,
// one of the two does.
func (l *Log) Retain(ctx context.Context, keep time.Duration) (int64, error) {
	now := l.Now()
	from, err := l.checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	oldest, err := l.Store.SealedEvents(ctx, from.Seq, 1)
	if err != nil {
		return 0, fmt.Errorf("read the oldest event: %w", err)
	}
	if len(oldest) == 0 || !oldest[0].At.Before(now.Add(-keep-slack)) {
		return 0, nil
	}
	var removed int64
	for range maxCuts {
		n, err := l.cut(ctx, now.Add(-keep))
		if err != nil {
			return removed, fmt.Errorf("remove the events before %s: %w", now.Add(-keep).Format(time.RFC3339), err)
		}
		if n == 0 {
			break
		}
		removed += n
	}
	return removed, nil
}

// cut removes a batch of the events that happened before a time, in one transaction
// with the checkpoint and the event that says so.
func (l *Log) cut(ctx context.Context, before time.Time) (int64, error) {
	from, err := l.checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	head, err := l.Store.LogHead(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the head of the event log: %w", err)
	}
	rows, err := l.Store.SealedEvents(ctx, from.Seq, cutBatch)
	if err != nil {
		return 0, fmt.Errorf("read the event log after %d: %w", from.Seq, err)
	}
	n := 0
	for n < len(rows) && rows[n].At.Before(before) && rows[n].Seq < head.Seq {
		n++
	}
	if n, err = l.removable(ctx, from, rows[:n]); err != nil || n == 0 {
		return 0, err
	}
	last := rows[n-1]
	to := Checkpoint{Seq: last.Seq, MAC: last.MAC, At: l.Now(), Removed: int64(n)}
	to.Signature = l.signed(to)
	about := Subject{Kind: "event", ID: fmt.Sprintf("%d-%d", rows[0].Seq, last.Seq)}
	record := New(access.Command("countersign"), to.At, EventsRemoved, about).With(map[string]any{"checkpoint": to.fields()})
	won, err := l.Store.CutEvents(ctx, from, to, record)
	if err != nil || !won {
		return 0, err
	}
	return to.Removed, nil
}

// removable returns how many of the rows after a checkpoint may go: all of them when
// they are as they were sealed. After a lost instance secret those before the event
// that records the loss may go too, if the log is good from there on; nobody can
// verify them any more.
func (l *Log) removable(ctx context.Context, from Checkpoint, rows []Event) (int, error) {
	good, prev, seq := l.trusts(from), from.MAC, from.Seq
	for _, e := range rows {
		good = good && l.follows(e, prev, seq)
		prev, seq = e.MAC, e.Seq
	}
	if good || len(rows) == 0 {
		return len(rows), nil
	}
	report, err := l.Check(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for n < len(rows) && rows[n].Seq < report.From {
		n++
	}
	if n == 0 || report.Removed > from.Seq {
		return 0, errors.New("the event log changed while it was read") // another process removes
	}
	return n, nil
}

// follows reports whether e is as it was sealed, after the row with this MAC and
// number.
func (l *Log) follows(e Event, prev []byte, seq int64) bool {
	return e.Seq == seq+1 && hmac.Equal(mac(l.Key, prev, e), e.MAC)
}
