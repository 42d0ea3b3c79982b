package password

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// thread is where one worker hashes: a thread of the operating system, and the
// memory that hashes there use one after the other.
type thread struct {
	memory *sync.Pool // of *[]block, shared by the workers; empties itself when idle
	least  int        // the least size of each, in blocks: that of our own hashes
	spent  *atomic.Uint64
}

// serve is the body of one worker.
func (h *Hasher) serve() {
	// Never unlocked: the thread ends with the worker, so that nothing else ever
	// runs at its low priority.
	runtime.LockOSThread()
	if h.lowered {
		_ = lowerPriority(h.nice) // canLower tried it; at worst this thread is as fast as others
	}
	h.pool.work(&thread{memory: &h.memory, least: argon2Blocks(h.params), spent: &h.spent})
}

// canLower tries whether a thread may have its priority lowered here, on a thread
// that ends with the trial.
func canLower(nice int) bool {
	if nice <= 0 {
		return false
	}
	allowed := make(chan bool, 1)
	go func() {
		runtime.LockOSThread()
		allowed <- lowerPriority(nice) == nil
	}()
	return <-allowed
}

// argon2 computes a tag and counts the work.
func (t *thread) argon2(in argon2Input) []byte {
	t.spent.Add(in.work())
	memory, _ := t.memory.Get().(*[]block)
	if need := max(argon2Blocks(in.Parameters), t.least); memory == nil || len(*memory) < need {
		memory = new(make([]block, need))
	}
	defer t.memory.Put(memory)
	return argon2Tag(*memory, in)
}
