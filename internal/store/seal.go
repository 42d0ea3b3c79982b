package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/countersign/countersign/internal/event"
)

// lastPosition is the answer that LogPosition gave last, for the databases that
// can tell that nothing was committed since.
type lastPosition struct {
	mu    sync.Mutex
	known bool
	at    event.Position
}

// LogPosition implements event.Store. On SQLite it reads no table while nothing
// was committed by anybody since it was asked last.
func (db *DB) LogPosition(ctx context.Context) (event.Position, error) {
	last := db.position
	last.mu.Lock()
	defer last.mu.Unlock()
	changed, err := db.dataChanged(ctx)
	if err != nil {
		// The change, if there was one, was told and lost.
		last.known = false
		return event.Position{}, fmt.Errorf("position of the event log: %w", err)
	}
	if last.known && !changed {
		return last.at, nil
	}
	last.known = false // until the query has succeeded: the change is told once
	var at event.Position
	err = db.row(ctx, `
		SELECT h.seq, CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.seq IS NULL) THEN 1 ELSE 0 END
		FROM event_head h WHERE h.id = 1`).Scan(&at.Seq, &at.Unsealed)
	if err != nil {
		return event.Position{}, fmt.Errorf("position of the event log: %w", err)
	}
	last.at, last.known = at, db.t == nil // what a transaction sees may never be committed
	return at, nil
}

// LogHead implements event.Store.
func (db *DB) LogHead(ctx context.Context) (event.Head, error) {
	var head event.Head
	err := db.row(ctx, `SELECT seq, mac FROM event_head WHERE id = 1`).Scan(&head.Seq, &head.MAC)
	if err != nil {
		return event.Head{}, fmt.Errorf("head of the event log: %w", err)
	}
	return head, nil
}

// errSealed rolls a batch back that holds a row which is sealed or does not
// exist: only a sealer that did not start from the head makes one.
var errSealed = errors.New("the row is sealed already or does not exist")

// SealEvents implements event.Store. Whoever moves the head holds its row until
// the commit, so nobody else numbers rows meanwhile, and the one who waited finds
// another head and changes nothing.
func (db *DB) SealEvents(ctx context.Context, from event.Head, batch []event.Event) (bool, error) {
	if len(batch) == 0 {
		return true, nil
	}
	last := batch[len(batch)-1]
	var won bool
	err := db.tx(ctx, func(tx *DB) error {
		n, err := tx.exec(ctx, `UPDATE event_head SET seq = ?, mac = ? WHERE id = 1 AND seq = ?`, last.Seq, last.MAC, from.Seq)
		if err != nil {
			return fmt.Errorf("move the head of the event log from %d: %w", from.Seq, err)
		}
		won = n == 1
		if !won {
			return nil
		}
		for _, e := range batch {
			n, err := tx.exec(ctx, `UPDATE events SET seq = ?, mac = ? WHERE id = ? AND seq IS NULL`, e.Seq, e.MAC, e.ID)
			if err == nil && n != 1 {
				err = errSealed
			}
			if err != nil {
				return fmt.Errorf("seal event %s as %d: %w", e.ID, e.Seq, err)
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	return won, nil
}
