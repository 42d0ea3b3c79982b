package password

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
)

// MaxBytes is the longest password that is hashed, in bytes of UTF-8.
const MaxBytes = 1024

// The faults of this package.
var (
	// ErrBusy is returned when more hashes are asked for than can be computed
	// soon: the queue is full, or the wait in it was too long.
	ErrBusy = fault.New(fault.Unavailable, "hashing_busy", "The server is busy, try again shortly.").RetryIn(time.Second)

	// ErrTooLong is returned, before anything is hashed or looked up, for a
	// password of more than MaxBytes.
	ErrTooLong = fault.New(fault.Invalid, codeTooLong, messageTooLong)
)

// Config says how a Hasher works. The zero value of each field takes the default.
type Config struct {
	Parameters Parameters    // DefaultParameters
	Workers    int           // threads that hash; by default one per core, see NewHasher
	Queue      int           // how many may wait while all threads are busy; 64
	MaxWait    time.Duration // how long one may wait for a thread; 2 s
	Nice       int           // nice value of the threads, 1 to 19 (default); negative leaves them alone

	// MemoryLimit is what the process may use, in bytes. By default it is the
	// limit that the Go runtime was given (GOMEMLIMIT), which may be none.
	MemoryLimit int64
}

// Hasher computes and checks password hashes on a few threads of its own. Make
// it with NewHasher; it is safe for concurrent use.
type Hasher struct {
	params  Parameters
	nice    int
	lowered bool // the threads have that nice value
	pool    pool
	memory  sync.Pool     // of *[]block, for the hashing threads
	share   int64         // bytes of memory that each thread may use at any time
	most    int64         // bytes of memory that a stored hash may ask for
	large   sync.Mutex    // held while a stored hash uses more than the share
	spent   atomic.Uint64 // all work done, in the unit of Parameters.work
}

// NewHasher starts the hashing threads. Without a number in the configuration
// there is one per core where threads can be given a lower priority, and one less
// (but at least one) elsewhere; fewer when the memory is short. It refuses
// parameters outside of argon2's and our limits, and those whose hashes, one on
// each thread, need more than a quarter of the memory limit.
func NewHasher(cfg Config) (*Hasher, error) {
	lowered := canLower(cfg.niceness())
	cfg, err := cfg.complete(lowered)
	if err != nil {
		return nil, err
	}
	h := &Hasher{params: cfg.Parameters, nice: cfg.niceness(), lowered: lowered}
	h.share, h.most = cfg.MemoryLimit/4/int64(cfg.Workers), cfg.MemoryLimit/2
	h.pool.workers, h.pool.queue, h.pool.maxWait = cfg.Workers, cfg.Queue, cfg.MaxWait
	h.pool.start(h.serve)
	return h, nil
}

// complete fills in the defaults and refuses what cannot work. It is told whether
// threads can be given a lower priority.
func (c Config) complete(lowered bool) (Config, error) {
	if c.Parameters == (Parameters{}) {
		c.Parameters = DefaultParameters()
	}
	if err := c.Parameters.check(); err != nil {
		return c, fmt.Errorf("password hashing: %w", err)
	}
	if c.Workers < 0 || c.Queue < 0 || c.MaxWait < 0 || c.Nice > 19 {
		return c, fmt.Errorf("password hashing: workers %d, queue %d, wait %s and nice %d are not all in range",
			c.Workers, c.Queue, c.MaxWait, c.Nice)
	}
	if c.Queue == 0 {
		c.Queue = 64
	}
	if c.MaxWait == 0 {
		c.MaxWait = 2 * time.Second
	}
	limit := c.MemoryLimit
	if limit <= 0 {
		limit = debug.SetMemoryLimit(-1) // only reads it; the largest number where there is none
	}
	c.MemoryLimit = limit
	if c.Workers == 0 {
		c.Workers = int(min(int64(defaultWorkers(cores(), lowered)), max(1, limit/4/c.Parameters.memory())))
	}
	return c, c.fits()
}

// niceness is the nice value of the threads, not above zero for none.
func (c Config) niceness() int {
	if c.Nice == 0 {
		return 19
	}
	return c.Nice
}

// fits holds one hash on each thread against the memory limit.
func (c Config) fits() error {
	if int64(c.Workers)*c.Parameters.memory() > c.MemoryLimit/4 {
		return fmt.Errorf("password hashing: %d threads of %d KiB need more than a quarter of the memory limit of %d KiB",
			c.Workers, c.Parameters.MemoryKiB, c.MemoryLimit>>10)
	}
	return nil
}

// cores is how many threads can run at once, by the machine and by the limits of
// its container.
func cores() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

func defaultWorkers(cores int, lowered bool) int {
	if lowered {
		return cores
	}
	return max(1, cores-1)
}

// RecommendedProcs returns the GOMAXPROCS for a process that has this many
// hashing threads: one for each of them and one for each core. With fewer, the
// hashes hold what everything else needs, until Go's scheduler takes it away
// after 10 ms; with so many the kernel decides, by the priorities. Ask before
// GOMAXPROCS is changed: its first value knows the limits of the container.
func RecommendedProcs(workers int) int { return workers + cores() }

// Workers returns how many hashing threads there are.
func (h *Hasher) Workers() int { return h.pool.workers }

// Parameters returns what new passwords are hashed with.
func (h *Hasher) Parameters() Parameters { return h.params }

// Stats returns how many hashes wait for a thread and how many are running.
func (h *Hasher) Stats() (queued, busy int) { return h.pool.stats() }

// Close refuses the hashes that wait, lets those that run end and stops the
// threads. Later calls get ErrBusy.
func (h *Hasher) Close() { h.pool.close() }

// Hash returns the PHC string of a password, with a new salt. It returns
// ErrTooLong, ErrBusy, or the cause of the context's end.
func (h *Hasher) Hash(ctx context.Context, plain secret.Text) (string, error) {
	if TooLong(plain) {
		return "", ErrTooLong
	}
	var encoded string
	err := h.pool.do(ctx, func(t *thread) {
		a := argon2Hash{Parameters: h.params, variant: current(), salt: secret.Bytes(saltBytes)}
		a.tag = t.argon2(argon2Input{
			Parameters: a.Parameters, variant: a.variant, plain: []byte(plain.Reveal()), salt: a.salt, size: tagBytes,
		})
		encoded = a.String()
	})
	if err != nil {
		return "", err
	}
	return encoded, nil
}

// Check reports whether a password matches what was stored and, when it does,
// whether it should be hashed again (NeedsRehash). It costs the work of one hash
// with the current parameters whatever was stored: nothing ("", for a user who
// does not exist), an unusable password, a format that is not known, costs beyond
// the limits, or a cheaper hash, which is topped up. So the time tells nobody which
// it was. Only a stored hash that costs more takes longer (the package comment says
// how much). One that needs more than half of the memory limit is not computed: it
// counts as not known.
//
// It returns ErrTooLong, for every user alike and without any work, ErrBusy, or
// the cause of the context's end. Callers refuse a TooLong password before they
// look up the user.
func (h *Hasher) Check(ctx context.Context, encoded string, plain secret.Text) (match, rehash bool, err error) {
	if TooLong(plain) {
		return false, false, ErrTooLong
	}
	var matched, outdated bool
	err = h.pool.do(ctx, func(t *thread) {
		matched, outdated = h.check(t, encoded, []byte(plain.Reveal()))
	})
	if err != nil {
		return false, false, err
	}
	return matched, outdated, nil
}

// check does the work of Check on a hashing thread.
func (h *Hasher) check(t *thread, encoded string, plain []byte) (match, rehash bool) {
	known, err := parse(encoded)
	if err != nil || known.memory() > h.most {
		h.burn(t, plain, h.params.work())
		return false, false
	}
	match = h.match(t, known, plain)
	// Also after a match: the answer to a disabled account's right password is the
	// same as to a wrong one, and must not come sooner.
	if done, whole := known.work(), h.params.work(); done < whole {
		h.burn(t, plain, whole-done)
	}
	return match, match && known.outdated(h.params)
}

// match computes a stored hash. Of those that need more memory than the share of a
// thread, one is computed at a time.
func (h *Hasher) match(t *thread, known stored, plain []byte) bool {
	if known.memory() > h.share {
		h.large.Lock()
		defer h.large.Unlock()
	}
	return known.match(t, plain)
}

// burn spends work on a hash that nobody reads.
func (h *Hasher) burn(t *thread, plain []byte, work uint64) {
	p := h.params
	p.MemoryKiB = max(8*uint32(p.Parallelism), uint32(work/uint64(p.Iterations)))
	var salt [saltBytes]byte
	t.argon2(argon2Input{Parameters: p, variant: current(), plain: plain, salt: salt[:], size: tagBytes})
}

// TooLong reports whether a password has more than MaxBytes. Such a password is
// refused before any user is looked up and before any hash, for everyone alike.
func TooLong(plain secret.Text) bool { return plain.Len() > MaxBytes }
