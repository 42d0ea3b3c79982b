package store

import (
	"context"
	"fmt"
	"time"
)

// millis is how a moment is stored: milliseconds since 1970 UTC, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment is the reverse of millis, in UTC.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// ClockOffset returns how far the database's clock is ahead of ours (negative:
// behind), to be added to ours so that all replicas tell one time. It is
// uncertain by half a round trip, so the shortest of three is taken. SQLite's
// clock is ours: 0.
func (db *DB) ClockOffset(ctx context.Context) (time.Duration, error) {
	if db.d.clock == "" {
		return 0, nil
	}
	var offset, shortest time.Duration
	for i := range 3 {
		var micros int64
		before := time.Now()
		if err := db.row(ctx, db.d.clock).Scan(&micros); err != nil {
			return 0, fmt.Errorf("ask for the database's clock: %w", err)
		}
		after := time.Now()
		trip := after.Sub(before)
		if i == 0 || trip < shortest {
			shortest = trip
			offset = time.UnixMicro(micros).Sub(before.Add(trip / 2))
		}
	}
	return offset, nil
}
