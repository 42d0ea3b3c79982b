package password

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var errClosed = errors.New("the hasher is closed")

// job is one hash that somebody waits for.
type job struct {
	run  func(*thread)
	done chan struct{} // closed when run returned, or when err is set
	err  error
	at   *list.Element // the place in the queue, nil once it left
}

// pool runs jobs first come, first served on a fixed number of threads. What
// does not fit in the queue is refused at once: a queue without an end only turns
// a flood into timeouts.
type pool struct {
	workers int
	queue   int // how many may wait while all workers are busy
	maxWait time.Duration

	mu      sync.Mutex
	wake    *sync.Cond // there is a job, or the pool is closed
	waiting list.List  // of *job, oldest first
	busy    int
	closed  bool
	running sync.WaitGroup
}

// start begins the workers; body is called by each and calls p.work.
func (p *pool) start(body func()) {
	p.wake = sync.NewCond(&p.mu)
	for range p.workers {
		p.running.Go(body)
	}
}

// do waits for its turn and for run to return. A caller whose context ends while
// it waits leaves the queue and run is never called. One whose context ends while
// run is running gets its error at once and the hash is thrown away.
func (p *pool) do(ctx context.Context, run func(*thread)) error {
	if context.Cause(ctx) != nil {
		return gone(ctx)
	}
	j := &job{run: run, done: make(chan struct{})}
	if err := p.push(j); err != nil {
		return err
	}
	timer := time.NewTimer(p.maxWait)
	defer timer.Stop()
	tooLong := timer.C
	for {
		select {
		case <-j.done:
			return j.err
		case <-ctx.Done():
			p.leave(j)
			return gone(ctx)
		case <-tooLong:
			if p.leave(j) {
				return ErrBusy
			}
			tooLong = nil // it is running: the wait for a thread is over
		}
	}
}

// gone says why a caller waits no more. One whose time is over is told to come back,
// as one who finds the queue full: a hash from elsewhere can take longer than a
// request may on a machine that is busy.
func gone(ctx context.Context) error {
	err := fmt.Errorf("wait for a password hash: %w", context.Cause(ctx))
	if errors.Is(err, context.DeadlineExceeded) {
		return ErrBusy.Because(err)
	}
	return err
}

// push puts a job at the end of the queue.
func (p *pool) push(j *job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrBusy.Because(errClosed)
	}
	if p.waiting.Len()+p.busy >= p.queue+p.workers {
		return ErrBusy
	}
	j.at = p.waiting.PushBack(j)
	p.wake.Signal()
	return nil
}

// leave takes a job out of the queue. It reports false when a worker has it.
func (p *pool) leave(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.at == nil {
		return false
	}
	p.waiting.Remove(j.at)
	j.at = nil
	return true
}

// work runs jobs until the pool is closed.
func (p *pool) work(t *thread) {
	for j := p.pop(); j != nil; j = p.pop() {
		j.run(t)
		p.mu.Lock()
		p.busy--
		p.mu.Unlock()
		close(j.done)
	}
}

// pop waits for the oldest job and takes it. It returns nil when the pool is
// closed.
func (p *pool) pop() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.waiting.Len() == 0 && !p.closed {
		p.wake.Wait()
	}
	if p.closed {
		return nil
	}
	j := p.waiting.Remove(p.waiting.Front()).(*job)
	j.at = nil
	p.busy++
	return j
}

// stats returns how many jobs wait and how many run.
func (p *pool) stats() (queued, busy int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.Len(), p.busy
}

// close refuses those who wait, lets the running jobs end and waits for the
// workers. It may be called more than once.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	for e := p.waiting.Front(); e != nil; e = p.waiting.Front() {
		j := p.waiting.Remove(e).(*job)
		j.at = nil
		j.err = ErrBusy.Because(errClosed)
		close(j.done)
	}
	p.wake.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}
