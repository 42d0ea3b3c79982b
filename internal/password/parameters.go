package password

import "fmt"

// Parameters are the costs of argon2id (RFC 9106, section 3.1).
type Parameters struct {
	MemoryKiB   uint32 // m: memory of one hash, in KiB
	Iterations  uint32 // t: passes over that memory
	Parallelism uint8  // p: lanes
}

// DefaultParameters returns what new passwords are hashed with: m=19456, t=2,
// p=1 (OWASP Password Storage Cheat Sheet; ASVS 5.0 appendix C).
func DefaultParameters() Parameters {
	return Parameters{MemoryKiB: 19456, Iterations: 2, Parallelism: 1}
}

// The most that a hash may ask for, whether it is configured or was stored by
// something else. Django's own argon2 (100 MiB, two passes, eight lanes) and the
// 64 MiB profile of RFC 9106 fit well; the work limit is about a second.
const (
	maxMemoryKiB   = 256 << 10
	maxIterations  = 64
	maxParallelism = 16
	maxWork        = 1 << 20
)

// work is the cost of one hash in KiB written: memory times passes. Time on a
// given machine is proportional to it.
func (p Parameters) work() uint64 { return uint64(p.MemoryKiB) * uint64(p.Iterations) }

// memory is what one hash holds, in bytes.
func (p Parameters) memory() int64 { return int64(p.MemoryKiB) << 10 }

// check refuses costs that argon2 does not define or that this process should
// never spend on one password.
func (p Parameters) check() error {
	switch {
	case p.Parallelism < 1 || p.Parallelism > maxParallelism:
		return fmt.Errorf("parallelism is %d, it must be 1 to %d", p.Parallelism, maxParallelism)
	case p.Iterations < 1 || p.Iterations > maxIterations:
		return fmt.Errorf("iterations are %d, they must be 1 to %d", p.Iterations, maxIterations)
	case p.MemoryKiB < 8*uint32(p.Parallelism) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("memory is %d KiB, it must be %d to %d", p.MemoryKiB, 8*uint32(p.Parallelism), maxMemoryKiB)
	case p.work() > maxWork:
		return fmt.Errorf("memory times iterations is %d KiB, it must be at most %d", p.work(), maxWork)
	}
	return nil
}
