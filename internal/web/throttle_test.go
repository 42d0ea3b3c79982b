package web

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// moving is a clock that a test moves.
type moving struct{ at atomic.Int64 }

func (m *moving) now() time.Time       { return time.Unix(1_800_000_000, m.at.Load()) }
func (m *moving) pass(d time.Duration) { m.at.Add(int64(d)) }

func newThrottle(t testing.TB, limit int, window time.Duration) (*Throttle, *moving) {
	t.Helper()
	var clock moving
	return NewThrottle(limit, window, clock.now), &clock
}

// wait returns after how many seconds a client may come back, 0 when it was let in.
func wait(t testing.TB, th *Throttle, address string) int {
	t.Helper()
	err := th.Admit(address)
	if err == nil {
		return 0
	}
	if !errors.Is(err, ErrThrottled) || fault.Of(err).RetryAfter <= 0 {
		t.Fatalf("%v", err)
	}
	return int((fault.Of(err).RetryAfter + time.Second - 1) / time.Second)
}

// The window slides: what was let in counts for its length, what was refused does
// not.
func TestThrottle_slides(t *testing.T) {
	t.Parallel()
	th, clock := newThrottle(t, 2, time.Minute)
	for i, step := range []struct {
		pass time.Duration
		want int
	}{
		{0, 0}, {10 * time.Second, 0}, {10 * time.Second, 40}, {39500 * time.Millisecond, 1}, {499 * time.Millisecond, 1},
		{time.Millisecond, 0}, {0, 10}, {9999 * time.Millisecond, 1}, {time.Millisecond, 0}, {time.Hour, 0},
	} {
		clock.pass(step.pass)
		if got := wait(t, th, "192.0.2.1"); got != step.want {
			t.Errorf("step %d: %d, want %d", i, got, step.want)
		}
	}
}

func TestThrottle_counts_each_client_alone(t *testing.T) {
	t.Parallel()
	th, _ := newThrottle(t, 1, 24*time.Hour)
	for _, c := range []struct {
		address string
		let     bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true}, {"", true}, {"", false},
		{"2001:db8:1:2::1", true}, {"2001:db8:1:2:ffff::9", false}, {"2001:db8:1:3::1", true}, // a /64 is one client
	} {
		if got := wait(t, th, c.address); (got == 0) != c.let {
			t.Errorf("%q: wait %d, let in: %v", c.address, got, c.let)
		}
	}
	var none *Throttle
	if err := none.Admit("192.0.2.1"); err != nil {
		t.Errorf("no throttle refuses: %v", err)
	}
}

// However many ask, what is remembered is bounded, and who is over the limit stays
// so for as long as there is room.
func TestThrottle_is_bounded(t *testing.T) {
	t.Parallel()
	th, clock := newThrottle(t, 3, time.Hour)
	for i := range maxClients + 1000 {
		for range 3 {
			if wait(t, th, fmt.Sprint("client ", i)) != 0 {
				t.Fatalf("client %d was refused", i)
			}
		}
	}
	if len(th.clients) > maxClients || th.order.Len() != len(th.clients) || th.moments > maxMoments {
		t.Errorf("%d clients, %d in order, %d moments", len(th.clients), th.order.Len(), th.moments)
	}
	if wait(t, th, fmt.Sprint("client ", maxClients)) == 0 {
		t.Error("a client that is remembered was let in over its limit")
	}
	clock.pass(2 * time.Hour)
	if wait(t, th, "somebody") != 0 || len(th.clients) != 1 || th.moments != 1 {
		t.Errorf("after the window: %d clients, %d moments", len(th.clients), th.moments)
	}
	wide, _ := newThrottle(t, 500_000, 24*time.Hour)
	for range 500_000 {
		if wait(t, wide, "a") != 0 {
			t.Fatal("refused within the limit")
		}
	}
	for range 100_000 {
		wait(t, wide, "b")
	}
	if wide.moments > maxMoments {
		t.Errorf("%d moments", wide.moments)
	}
}

// Of any number at once, exactly as many are let in as may be.
func TestThrottle_at_once(t *testing.T) {
	t.Parallel()
	th, _ := newThrottle(t, 10, time.Minute)
	var in atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if th.Admit("192.0.2.1") == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 10 {
		t.Errorf("%d were let in", in.Load())
	}
}

func FuzzThrottle(f *testing.F) {
	f.Add("192.0.2.1")
	f.Add("::1%eth0")
	f.Fuzz(func(t *testing.T, address string) {
		th, _ := newThrottle(t, 1, time.Minute)
		if err := th.Admit(address); err != nil {
			t.Errorf("the first request of %q: %v", address, err)
		}
		if err := th.Admit(address); err == nil {
			t.Errorf("the second request of %q was let in", address)
		}
	})
}
