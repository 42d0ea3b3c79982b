package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
)

// What the dashboard asks for, and this package keeps.
var _ dashboard.Store = (*DB)(nil)

// UserCount implements dashboard.Store.
func (db *DB) UserCount(ctx context.Context) (int64, error) {
	var n int64
	if err := db.row(ctx, `SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the users: %w", err)
	}
	return n, nil
}

// LiveSessionCount implements dashboard.Store. It reads the table, which is mostly
// live sessions, up to the limit: an index on the idle expiry would be written by
// every refresh.
func (db *DB) LiveSessionCount(ctx context.Context, at time.Time, limit int) (int64, error) {
	ms := millis(at)
	var n int64
	err := db.row(ctx, `
		SELECT COUNT(*) FROM (
			SELECT id FROM sessions WHERE ended_at = 0 AND idle_expires_at > ? AND expires_at > ? LIMIT ?
		) AS live`, ms, ms, limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the live sessions: %w", err)
	}
	return n, nil
}

// HourlyEvents implements dashboard.Store. The index on (action, at) has all that it
// reads. The remainder gives the hour without a division, which is another thing in
// each database.
func (db *DB) HourlyEvents(ctx context.Context, since time.Time, actions ...event.Action) ([]dashboard.HourCount, error) {
	if len(actions) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(actions)+1)
	for _, action := range actions {
		args = append(args, action)
	}
	rows, err := db.query(ctx, `
		SELECT action, at - at % 3600000 AS begun, COUNT(*) FROM events
		WHERE action IN (?`+strings.Repeat(", ?", len(actions)-1)+`) AND at >= ?
		GROUP BY action, at - at % 3600000 ORDER BY begun, action`, append(args, millis(since))...)
	if err != nil {
		return nil, fmt.Errorf("count the events by the hour: %w", err)
	}
	found, err := collect(ctx, db, rows, func(s scanner) (c dashboard.HourCount, err error) {
		var begun int64
		err = s.Scan(&c.Action, &begun, &c.Count)
		c.Hour = moment(begun)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("count the events by the hour: %w", err)
	}
	return found, nil
}
