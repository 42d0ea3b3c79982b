package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/internal/keyring"
)

// attached is a context that counts what waits for its end.
type attached struct {
	context.Context
	done chan struct{}

	mu      sync.Mutex
	waiting int
}

func (c *attached) Done() <-chan struct{} { return c.done }

func (c *attached) AfterFunc(func()) (stop func() bool) {
	c.add(1)
	return func() bool {
		c.add(-1)
		return true
	}
}

func (c *attached) add(n int) (waiting int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting += n
	return c.waiting
}

// unreachable is a store of keys that cannot be read.
type unreachable struct {
	keyring.Store
	asked chan struct{}
}

func (s unreachable) KeyringVersion(context.Context) (int64, error) {
	s.asked <- struct{}{}
	return 0, errors.New("the database is away")
}

// Keys that cannot be loaded are asked for every second, and an outage of hours
// leaves nothing behind in memory.
func TestReloadKeys_outage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const seconds = 1000
		store := unreachable{asked: make(chan struct{}, seconds+2)}
		a := &App{log: slog.New(slog.DiscardHandler), rekeyed: make(chan struct{}, 1), Keys: &keyring.Keyring{Store: store}}
		ctx := &attached{Context: context.Background(), done: make(chan struct{})}
		var worker sync.WaitGroup
		worker.Go(func() { a.reloadKeys(ctx) })
		a.rekeyed <- struct{}{}
		time.Sleep(seconds * time.Second)
		synctest.Wait()
		if n := len(store.asked); n < seconds || n > seconds+1 {
			t.Errorf("the keys were asked for %d times in %d seconds", n, seconds)
		}
		if n := ctx.add(0); n > 1 {
			t.Errorf("%d functions wait for the end of the process", n)
		}
		close(ctx.done)
		worker.Wait()
	})
}
