package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// What all clients together can make a Throttle remember: some 20 MB.
const (
	maxMoments = 1 << 19 // times of requests, 8 bytes each
	maxClients = 1 << 16
)

// Throttle bounds how often one client may ask in any window of time, as the
// original's throttle for anonymous requests does: requests that were refused do
// not count. It knows this process alone. When it would remember too much it
// forgets who asked longest ago.
type Throttle struct {
	limit  int
	window time.Duration
	now    func() time.Time

	mu      sync.Mutex
	clients map[string]*list.Element // of *client
	order   *list.List               // who asked last is in front
	moments int                      // in all histories
}

// client is who asks, with the times in which they did, oldest first.
type client struct {
	name string
	past []int64 // nanoseconds of Unix time
}

// NewThrottle returns a throttle for so many requests in any window of time. now
// tells the time.
func NewThrottle(limit int, window time.Duration, now func() time.Time) *Throttle {
	return &Throttle{
		limit: limit, window: window, now: now, clients: map[string]*list.Element{}, order: list.New(),
	}
}

// ErrThrottled is returned to a client that asks too often, with the time after
// which it may come back.
var ErrThrottled = fault.New(fault.RateLimited, "throttled", "Too many requests.")

// Admit counts a request of a client address, or returns ErrThrottled. A nil
// Throttle admits everybody.
func (t *Throttle) Admit(address string) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now().UnixNano()
	over := now - int64(t.window)
	t.tidy(over)
	c := t.visit(subscriber(address))
	kept := 0
	for kept < len(c.past) && c.past[kept] <= over {
		kept++
	}
	t.moments -= kept
	c.past = c.past[kept:]
	if len(c.past) >= t.limit {
		return ErrThrottled.RetryIn(time.Duration(c.past[0] - over))
	}
	c.past = append(c.past, now)
	t.moments++
	return nil
}

// tidy forgets whose requests all count no more, and who asked longest ago where
// there is no room for another.
func (t *Throttle) tidy(over int64) {
	for last := t.order.Back(); last != nil; last = t.order.Back() {
		c := last.Value.(*client)
		if t.moments < maxMoments && len(t.clients) < maxClients && c.past[len(c.past)-1] > over {
			return
		}
		t.order.Remove(last)
		delete(t.clients, c.name)
		t.moments -= len(c.past)
	}
}

// visit returns the history of a client, and puts it in front.
func (t *Throttle) visit(name string) *client {
	if at, known := t.clients[name]; known {
		t.order.MoveToFront(at)
		return at.Value.(*client)
	}
	c := &client{name: name}
	t.clients[name] = t.order.PushFront(c)
	return c
}

// subscriber is what stands for a client: its address, or the /64 of an IPv6 address,
// which is the least that one subscriber has.
func subscriber(address string) string {
	at, err := netip.ParseAddr(address)
	if err != nil || at.Unmap().Is4() {
		return address
	}
	prefix, err := at.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
