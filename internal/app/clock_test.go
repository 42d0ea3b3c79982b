package app

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// What the service writes is in UTC and in whole milliseconds, as it is stored, and
// corrected by the offset to the database's clock.
func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 15, 10, 0, 0, 123_456_789, time.FixedZone("east", 2*3600))
	c := &clock{machine: func() time.Time { return at }}
	if got, want := c.now(), time.Date(2027, 1, 15, 8, 0, 0, 123_000_000, time.UTC); got != want {
		t.Errorf("now is %v, want %v", got, want)
	}
	for offset, want := range map[time.Duration]int{1500 * time.Microsecond: 124, -time.Millisecond: 122, 400 * time.Microsecond: 123} {
		c.offset.Store(int64(offset))
		if got := c.now().Nanosecond() / 1e6; got != want {
			t.Errorf("with an offset of %v the milliseconds are %d, want %d", offset, got, want)
		}
	}
}

// The database is on this machine, so measuring brings nothing near a second; a
// database that is gone leaves the last offset.
func TestClock_measure(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, store.Options{})
		must(t, err)
		c := &clock{machine: time.Now, db: db}
		c.offset.Store(int64(time.Hour))
		must(t, c.measure(t.Context()))
		if offset := time.Duration(c.offset.Load()); offset.Abs() > time.Second {
			t.Errorf("the offset is %v", offset)
		}
		must(t, db.Close())
		c.offset.Store(int64(time.Minute))
		if err := c.measure(t.Context()); err != nil && c.offset.Load() != int64(time.Minute) {
			t.Errorf("an error changed the offset to %v", time.Duration(c.offset.Load()))
		}
	})
}
