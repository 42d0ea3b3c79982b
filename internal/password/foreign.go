package password

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// foreign is a part of every stored hash of a kind that is never written here.
//
// Its work is in the unit of Parameters.work, KiB that argon2 writes, so that what
// a cheap hash leaves of one of ours can be topped up. The conversions, next to
// each kind, were measured on x86-64 with SHA instructions: processor time of the
// process (getrusage), all kinds in turn, a dozen rounds, twice; the ranges are
// those of means and minima, each against one of our hashes of the default costs
// in the same rounds. Elsewhere they differ: without SHA instructions PBKDF2 takes
// two to three times as long. That shows in the time of those hashes alone that
// cost less than ours, and Django's defaults have cost more for many years.
type foreign struct {
	units uint64 // work
	bytes int64  // memory
}

// work implements stored.
func (f foreign) work() uint64 { return f.units }

// memory implements stored.
func (f foreign) memory() int64 { return f.bytes }

// outdated implements stored.
func (foreign) outdated(Parameters) bool { return true }

var (
	errUnknown   = errors.New("unknown format")
	errMalformed = errors.New("malformed")
)

// malformed returns an error with a fixed reason: nothing of what was stored.
func malformed(why string) error { return fmt.Errorf("%w: %s", errMalformed, why) }

// outOfRange returns the error for a cost that is not within its limits.
func outOfRange(what string, is, least, most uint64) error {
	return fmt.Errorf("costs out of range: %s is %d, it must be %d to %d", what, is, least, most)
}

// number reads a decimal number as it is written by default: no sign, no leading
// zero. One that does not fit becomes the largest, which is beyond every limit.
func number(digits string) (uint64, error) {
	n, err := strconv.ParseUint(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return math.MaxUint64, nil
	}
	if err != nil || strconv.FormatUint(n, 10) != digits {
		return 0, malformed("a cost is not a whole number")
	}
	return n, nil
}
