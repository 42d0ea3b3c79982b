package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/countersign/countersign/internal/event"
)

// LogCheckpoint implements event.Store. The row is there from the beginning, as that
// of the head.
func (db *DB) LogCheckpoint(ctx context.Context) (event.Checkpoint, error) {
	var c event.Checkpoint
	var at int64
	err := db.row(ctx, `SELECT seq, mac, at, removed, signature FROM event_checkpoint WHERE id = 1`).
		Scan(&c.Seq, &c.MAC, &at, &c.Removed, &c.Signature)
	if errors.Is(err, sql.ErrNoRows) {
		return event.Checkpoint{}, fmt.Errorf("%w: the row of its checkpoint is gone", event.ErrChain)
	}
	if err != nil {
		return event.Checkpoint{}, fmt.Errorf("checkpoint of the event log: %w", err)
	}
	c.At = moment(at)
	return c, nil
}

// errCut rolls a removal back that found other rows than its checkpoint speaks of.
var errCut = errors.New("there are not as many events as are to be removed")

// CutEvents implements event.Store. Whoever moves the checkpoint holds its row until
// the commit, as with the head. A cut-off that outlives its event takes along what it
// needs of it.
func (db *DB) CutEvents(ctx context.Context, from, to event.Checkpoint, record event.Event) (bool, error) {
	var won bool
	err := db.tx(ctx, func(tx *DB) error {
		won = false
		n, err := tx.exec(ctx, `
			UPDATE event_checkpoint SET seq = ?, mac = ?, at = ?, removed = ?, signature = ? WHERE id = 1 AND seq = ?`,
			to.Seq, to.MAC, millis(to.At), to.Removed, to.Signature, from.Seq)
		if err != nil {
			return fmt.Errorf("move the checkpoint: %w", err)
		}
		if n == 0 {
			return nil
		}
		_, err = tx.exec(ctx, `
			UPDATE cutoffs SET
				event_seq = (SELECT e.seq FROM events e WHERE e.id = cutoffs.event_id),
				event_at = (SELECT e.at FROM events e WHERE e.id = cutoffs.event_id)
			WHERE event_id IN (SELECT e.id FROM events e WHERE e.seq > ? AND e.seq <= ?)`, from.Seq, to.Seq)
		if err != nil {
			return fmt.Errorf("keep the cut-offs: %w", err)
		}
		n, err = tx.exec(ctx, `DELETE FROM events WHERE seq > ? AND seq <= ?`, from.Seq, to.Seq)
		if err == nil && n != to.Removed {
			err = errCut
		}
		if err != nil {
			return fmt.Errorf("delete them: %w", err)
		}
		won = true
		return tx.AppendEvent(ctx, record)
	})
	if err != nil {
		return false, fmt.Errorf("remove the events from %d to %d: %w", from.Seq+1, to.Seq, err)
	}
	return won, nil
}
