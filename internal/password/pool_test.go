package password

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// newPool starts a pool whose workers are ordinary goroutines.
func newPool(t *testing.T, workers, queue int) *pool {
	t.Helper()
	p := &pool{workers: workers, queue: queue, maxWait: 2 * time.Second}
	p.start(func() { p.work(&thread{}) })
	t.Cleanup(p.close)
	return p
}

// occupy gives every worker a job that ends when release is called.
func occupy(t *testing.T, p *pool) (release func()) {
	t.Helper()
	held := make(chan struct{})
	for range p.workers {
		go p.do(context.Background(), func(*thread) { <-held })
	}
	synctest.Wait()
	if _, busy := p.stats(); busy != p.workers {
		t.Fatalf("%d workers are busy, want %d", busy, p.workers)
	}
	return sync.OnceFunc(func() { close(held) })
}

func TestPoolRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 2, 3)
		release := occupy(t, p)
		defer release()
		results := make(chan error, 3)
		for range 3 {
			go func() { results <- p.do(t.Context(), func(*thread) {}) }()
		}
		synctest.Wait()
		if queued, busy := p.stats(); queued != 3 || busy != 2 {
			t.Errorf("stats = %d, %d, want 3, 2", queued, busy)
		}
		began := time.Now()
		err := p.do(t.Context(), func(*thread) { t.Error("the refused job ran") })
		if !errors.Is(err, ErrBusy) || time.Since(began) != 0 {
			t.Errorf("the job too many: %v after %s, want ErrBusy at once", err, time.Since(began))
		}
		if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter != time.Second || f.Code != "hashing_busy" {
			t.Errorf("fault = %+v", f)
		}
		release()
		for range 3 {
			if err := <-results; err != nil {
				t.Errorf("a job that fitted: %v", err)
			}
		}
	})
}

func TestPoolBoundsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 3)
		release := occupy(t, p)
		defer release()
		began := time.Now()
		err := p.do(t.Context(), func(*thread) { t.Error("the job ran after its caller had gone") })
		if !errors.Is(err, ErrBusy) || time.Since(began) != 2*time.Second {
			t.Errorf("do = %v after %s, want ErrBusy after 2s", err, time.Since(began))
		}
		if queued, _ := p.stats(); queued != 0 {
			t.Errorf("%d jobs are queued, want none", queued)
		}
	})
}

func TestPoolWaitEndsWhenTheJobBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 3)
		if err := p.do(t.Context(), func(*thread) { time.Sleep(5 * time.Second) }); err != nil {
			t.Errorf("a long job that did not wait: %v", err)
		}
	})
}

func TestPoolCancelledWaiterCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 1)
		release := occupy(t, p)
		gone := errors.New("the client has gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		result := make(chan error)
		go func() { result <- p.do(ctx, func(*thread) { t.Error("the cancelled job ran") }) }()
		synctest.Wait()
		cancel(gone)
		if err := <-result; !errors.Is(err, gone) {
			t.Errorf("do = %v, want the cause", err)
		}

		// Its place is free again at once, while the worker is still busy.
		ran := false
		go func() { result <- p.do(t.Context(), func(*thread) { ran = true }) }()
		synctest.Wait()
		release()
		if err := <-result; err != nil || !ran {
			t.Errorf("the next job: %v, ran %v", err, ran)
		}
		if err := p.do(ctx, func(*thread) { t.Error("it ran") }); !errors.Is(err, gone) {
			t.Errorf("do with an ended context = %v", err)
		}
	})
}

func TestPoolCancelledRunnerLeavesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		err := p.do(ctx, func(*thread) { time.Sleep(time.Minute) })
		if !errors.Is(err, ErrBusy) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("do = %v after %s", err, time.Since(began))
		}
	})
}

func TestPoolIsFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 10)
		release := occupy(t, p)
		var order []int
		var waiting sync.WaitGroup
		for i := range 10 {
			waiting.Go(func() { _ = p.do(t.Context(), func(*thread) { order = append(order, i) }) })
			synctest.Wait()
		}
		release()
		waiting.Wait()
		if !slices.IsSorted(order) || len(order) != 10 {
			t.Errorf("order = %v", order)
		}
	})
}

func TestPoolClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, 1, 10)
		ended := false
		go p.do(context.Background(), func(*thread) { time.Sleep(time.Second); ended = true })
		synctest.Wait()
		waiter := make(chan error, 1)
		go func() { waiter <- p.do(t.Context(), func(*thread) { t.Error("a waiting job ran") }) }()
		synctest.Wait()
		p.close()
		if !ended {
			t.Error("close did not wait for the running job")
		}
		if err := <-waiter; !errors.Is(err, ErrBusy) {
			t.Errorf("the waiter got %v, want ErrBusy", err)
		}
		if err := p.do(t.Context(), func(*thread) {}); !errors.Is(err, ErrBusy) {
			t.Errorf("do after close = %v, want ErrBusy", err)
		}
		p.close()
	})
}
