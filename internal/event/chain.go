package event

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrChain is returned by Check for a log that is not what was sealed.
var ErrChain = errors.New("the event log is not what was sealed")

// seal gives the committed rows their numbers and MACs, to the last. Another
// process that seals at the same moment is no error: one of the two wins the
// head, and the other starts again from the new one. The caller holds mu.
func (l *Log) seal(ctx context.Context) error {
	for {
		// The head is read before the rows: a row that another process seals in
		// between makes the conditional update fail, never a second number.
		head, err := l.Store.LogHead(ctx)
		if err != nil {
			return fmt.Errorf("read the head of the event log: %w", err)
		}
		rows, err := l.Store.UnsealedEvents(ctx, batch)
		if err != nil {
			return fmt.Errorf("read unsealed events: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		prev := head.MAC
		for i := range rows {
			rows[i].Seq = head.Seq + int64(i) + 1
			rows[i].MAC = mac(l.Key, prev, rows[i])
			prev = rows[i].MAC
		}
		won, err := l.Store.SealEvents(ctx, head, rows)
		if err != nil {
			return fmt.Errorf("seal %d events after %d: %w", len(rows), head.Seq, err)
		}
		if won && len(rows) < batch {
			return nil
		}
	}
}

// mac is HMAC-SHA256 over the previous MAC and every field of the row, each with
// its length before it, so that no two rows have the same bytes.
func mac(key, prev []byte, e Event) []byte {
	h := hmac.New(sha256.New, key)
	field := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(v int64) { field(binary.BigEndian.AppendUint64(nil, uint64(v))) }
	field(prev)
	number(e.Seq)
	number(e.At.UnixMilli())
	for _, text := range []string{
		e.ID, string(e.Actor.Kind), string(e.Actor.ID), e.Actor.Name, string(e.Action),
		e.Subject.Kind, e.Subject.ID, e.Subject.Name,
		e.Origin.IP, e.Origin.UserAgent, e.Origin.RequestID, e.Detail,
	} {
		field([]byte(text))
	}
	return h.Sum(nil)
}

// Report is what Check found.
type Report struct {
	From    int64 // the first number that this instance secret can check
	Checked int64 // how many rows were checked

	// Removed is the number to which the log was removed at a signed checkpoint, at
	// RemovedAt; 0 where nothing was.
	Removed   int64
	RemovedAt time.Time
}

// Check reads the whole log and proves that no sealed row was changed, removed,
// added or moved since it was sealed, or since the last checkpoint where its
// beginning was removed. After a lost instance secret the chain begins anew at the
// event that recorded the loss; what is older cannot be checked any more. It returns
// ErrChain with the first number that is wrong.
func (l *Log) Check(ctx context.Context) (Report, error) {
	from, err := l.checkpoint(ctx)
	if err != nil {
		return Report{From: 1}, err
	}
	for {
		report, err := l.checkFrom(ctx, from)
		if !errors.Is(err, ErrChain) {
			return report, err
		}
		// Rows that another process removed meanwhile are no wrong ones. A checkpoint
		// only ever moves on, so this ends.
		again, failed := l.checkpoint(ctx)
		if failed != nil || again.Seq <= from.Seq || !l.trusts(again) {
			return report, err
		}
		from = again
	}
}

// checkFrom is Check of the rows after a checkpoint. Rows before it, which somebody
// added, are wrong.
func (l *Log) checkFrom(ctx context.Context, cut Checkpoint) (Report, error) {
	report := Report{From: cut.Seq + 1}
	var bad error
	if l.trusts(cut) {
		report.Removed, report.RemovedAt = cut.Seq, cut.At
	} else {
		bad = fmt.Errorf("%w: the checkpoint at %d is not a signed one", ErrChain, cut.Seq)
	}
	// The head is read before the rows and after them, because others seal
	// meanwhile: the rows reach the first one and do not pass the second.
	head, err := l.Store.LogHead(ctx)
	if err != nil {
		return report, fmt.Errorf("read the head of the event log: %w", err)
	}
	prev, seq := cut.MAC, cut.Seq
	atHead := cut.none() && head.Seq == 0 && head.MAC == nil // a removal leaves the head
	for from := int64(math.MinInt64); ; {                    // a number below the first is somebody's addition
		rows, err := l.Store.SealedEvents(ctx, from, batch)
		if err != nil {
			return report, fmt.Errorf("read the event log after %d: %w", from, err)
		}
		for _, e := range rows {
			good := l.follows(e, prev, seq)
			switch {
			case good && e.Action == KeysReset:
				report.From, report.Checked, bad = e.Seq, 1, nil
			case good:
				report.Checked++
			case bad == nil:
				bad = fmt.Errorf("%w: row %d (after %d)", ErrChain, e.Seq, seq)
			}
			prev, seq, from = e.MAC, e.Seq, e.Seq
			atHead = atHead || e.Seq == head.Seq && hmac.Equal(e.MAC, head.MAC)
		}
		if len(rows) < batch {
			break
		}
	}
	after, err := l.Store.LogHead(ctx)
	if err != nil {
		return report, fmt.Errorf("read the head of the event log: %w", err)
	}
	if bad == nil && (!atHead || after.Seq < seq) {
		bad = fmt.Errorf("%w: the head says %d, the last row is %d", ErrChain, after.Seq, seq)
	}
	return report, bad
}
