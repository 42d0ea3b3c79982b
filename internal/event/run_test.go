package event_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

func storeTx(p *process) func(context.Context, func(event.Store) error) error {
	return store.TxFunc[event.Store](p.db)
}

// asked is a log in which nothing happens, and which counts the questions.
type asked struct {
	event.Store
	mu        sync.Mutex
	positions int
	deletions int
	err       error
}

func (a *asked) LogPosition(context.Context) (event.Position, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.positions++
	return event.Position{}, a.err
}

func (a *asked) LiveCutoffs(context.Context, time.Time) ([]verify.Cutoff, int64, error) {
	return nil, 0, nil
}

func (a *asked) DeleteCutoffs(context.Context, time.Time, int) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deletions++
	return 0, a.err
}

func (a *asked) counts() (positions, deletions int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.positions, a.deletions
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &asked{}
		p := unstarted(t, log)
		p.Now = time.Now
		must(t, p.Start(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { p.Run(ctx) })

		synctest.Wait()
		want := func(what string, positions, deletions int) {
			t.Helper()
			synctest.Wait()
			if p, d := log.counts(); p != positions || d != deletions {
				t.Errorf("%s: asked %d times, cleaned %d times, want %d and %d", what, p, d, positions, deletions)
			}
		}
		want("at the start", 0, 0)
		p.Committed(ctx, []event.Event{something("x")})
		want("woken by a commit", 1, 0)
		time.Sleep(p.Poll)
		want("after one interval", 2, 0)
		p.Committed(ctx, []event.Event{ending("s")})
		want("a revocation is not left to the worker", 3, 0)
		time.Sleep(59*time.Second + time.Millisecond)
		want("after a minute", 62, 1)

		log.mu.Lock()
		log.err = errors.New("the database is away")
		log.mu.Unlock()
		time.Sleep(p.MaxStaleness + 2*p.Poll)
		fails(t, "Fresh while the database is away", p.Fresh(), event.ErrStale)
		log.mu.Lock()
		log.err = nil
		log.mu.Unlock()
		time.Sleep(p.Poll)
		must(t, p.Fresh())

		cancel()
		wg.Wait() // Run returns
	})
}

// Cut-offs that no token can be concerned by are forgotten, their events are not.
func TestCutoffsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, storetest.URL(t, "sqlite"))
		p.append(t, ending("short"))
		p.clock.move(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { p.Run(ctx) })
		time.Sleep(61 * time.Second)
		synctest.Wait()
		kept, _, err := p.db.LiveCutoffs(t.Context(), time.Time{})
		must(t, err)
		if len(kept) != 0 {
			t.Errorf("%d cut-offs are kept, want none", len(kept))
		}
		if n := p.Revocations.Len(); n != 1 {
			t.Errorf("%d in the set at the very end, want 1", n) // Drop keeps the last millisecond
		}
		p.clock.move(time.Millisecond)
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel()
		wg.Wait()
		if n := p.Revocations.Len(); n != 0 {
			t.Errorf("%d in the set, want none", n)
		}
		if report, err := p.Check(t.Context()); err != nil || report.Checked != 1 {
			t.Errorf("Check = %+v, %v: the event stays", report, err)
		}
	})
}
