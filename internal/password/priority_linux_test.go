package password

import (
	"syscall"
	"testing"
)

// niceOf is the nice value of the calling thread. The system call answers 20 less
// the nice value.
func niceOf(t *testing.T) int {
	t.Helper()
	answer, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
	if err != nil {
		t.Errorf("getpriority: %v", err)
	}
	return 20 - answer
}

func TestHashingThreadsHaveLowPriority(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ nice, want int }{
		"default":    {0, 19},
		"asked for":  {7, 7},
		"left alone": {-1, niceOf(t)},
	} {
		h := newHasher(t, Config{Parameters: tiny, Workers: 2, Nice: tt.nice})
		threads := make(chan int, 2)
		meet := make(chan struct{})
		job := func(*thread) {
			if got := niceOf(t); got != tt.want {
				t.Errorf("%s: nice is %d, want %d", name, got, tt.want)
			}
			threads <- syscall.Gettid()
			select { // both at once, so on two threads
			case meet <- struct{}{}:
			case <-meet:
			}
		}
		other := make(chan error)
		go func() { other <- h.pool.do(t.Context(), job) }()
		if err := h.pool.do(t.Context(), job); err != nil {
			t.Error(err)
		}
		if err := <-other; err != nil {
			t.Error(err)
		}
		if a, b := <-threads, <-threads; a == b {
			t.Errorf("%s: both jobs ran on thread %d", name, a)
		}
	}
}

// A thread of low priority ends with its worker.
func TestPriorityDoesNotSpread(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Workers: 4})
	h.Close()
	for range 100 {
		nice := make(chan int)
		go func() { nice <- niceOf(t) }()
		if got := <-nice; got != 0 {
			t.Fatalf("an ordinary goroutine runs at nice %d", got)
		}
	}
}
