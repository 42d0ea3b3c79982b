package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/verify"
)

// insertCutoff keeps what an event revokes, if anything.
func (db *DB) insertCutoff(ctx context.Context, e event.Event) error {
	c := e.Cutoff
	if c == nil {
		return nil
	}
	if err := storable(c.ID, c.Reason); err != nil {
		return err
	}
	_, err := db.exec(ctx, `
		INSERT INTO cutoffs (event_id, kind, target, min_version, until_at, reason) VALUES (?, ?, ?, ?, ?, ?)`,
		e.ID, string(c.Kind), c.ID, c.Min, millis(c.Until), c.Reason)
	return err
}

func scanCutoff(s scanner) (verify.Cutoff, error) {
	var c verify.Cutoff
	var until, at int64
	if err := s.Scan(&c.Seq, &c.Kind, &c.ID, &c.Min, &until, &c.Reason, &at); err != nil {
		return verify.Cutoff{}, err
	}
	c.Until, c.At = moment(until), moment(at)
	return c, nil
}

// LiveCutoffs implements event.Store. The head is read first: what is sealed
// between the two statements is then in the answer, or after its number, or both,
// but never in neither. A row that waits for its seal has no number, and what it
// revokes is in force all the same. A cut-off whose Until is zero lives for ever, also
// when its event was removed.
func (db *DB) LiveCutoffs(ctx context.Context, now time.Time) ([]verify.Cutoff, int64, error) {
	head, err := db.LogHead(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows, err := db.query(ctx, `
		SELECT COALESCE(e.seq, c.event_seq, 0), c.kind, c.target, c.min_version, c.until_at, c.reason,
			COALESCE(e.at, c.event_at, 0)
		FROM cutoffs c LEFT JOIN events e ON e.id = c.event_id
		WHERE c.until_at > ? OR c.until_at = 0 ORDER BY COALESCE(e.seq, c.event_seq)`, millis(now))
	if err != nil {
		return nil, 0, fmt.Errorf("cut-offs in force: %w", err)
	}
	found, err := collect(ctx, db, rows, scanCutoff)
	if err != nil {
		return nil, 0, fmt.Errorf("cut-offs in force: %w", err)
	}
	return found, head.Seq, nil
}

// DeleteCutoffs implements event.Store. The inner SELECT is in a table of its own
// because MySQL has no LIMIT in a subquery of IN.
func (db *DB) DeleteCutoffs(ctx context.Context, now time.Time, limit int) (int64, error) {
	n, err := db.exec(ctx, `
		DELETE FROM cutoffs WHERE event_id IN (SELECT event_id FROM (
			SELECT c.event_id FROM cutoffs c WHERE c.until_at > 0 AND c.until_at <= ? LIMIT ?) AS gone)`,
		millis(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete cut-offs: %w", err)
	}
	return n, nil
}
