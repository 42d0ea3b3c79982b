package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/internal/store"
)

// clock is the time that the service writes and compares: this machine's,
// corrected by its offset to the database's, so that replicas agree.
type clock struct {
	machine func() time.Time
	db      *store.DB
	offset  atomic.Int64 // nanoseconds
}

// now returns the time in UTC, in whole milliseconds, as it is stored.
func (c *clock) now() time.Time {
	return c.machine().Add(time.Duration(c.offset.Load())).UTC().Truncate(time.Millisecond)
}

// measure asks the database for its time. An error leaves the last offset.
func (c *clock) measure(ctx context.Context) error {
	offset, err := c.db.ClockOffset(ctx)
	if err != nil {
		return err
	}
	c.offset.Store(int64(offset))
	return nil
}
