package keyring

import (
	"slices"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/verify"
)

// The faults of this package.
var (
	ErrWrongSecret = fault.New(fault.Internal, "instance_secret_wrong",
		"The instance secret is not the one that this database was made with. Give the right one in COUNTERSIGN_SECRET or COUNTERSIGN_SECRET_FILE. "+
			"If it is lost: countersign keys reset --lost-secret --yes makes new keys and ends all sessions.")
	ErrRotationPending = fault.New(fault.Conflict, "rotation_pending", "A new key is published already and will sign soon.")
	ErrSharedSecret    = fault.New(fault.Conflict, "shared_secret", "The key is the shared secret of the configuration; it is changed there.")
	ErrFixedKey        = fault.New(fault.Conflict, "fixed_key", "The keys are given by the configuration; they are changed there.")
	ErrVerifyOnly      = fault.New(fault.Invalid, "verify_only", "This service verifies tokens and issues none.")
	ErrBusy            = fault.New(fault.Conflict, "keyring_busy", "Another process is changing the keys.")
)

// State is what a key does at a time.
type State string

// The states.
const (
	Pending  State = "pending"
	Active   State = "active"
	Retiring State = "retiring"
	Retired  State = "retired"
)

// Key is a signing key as people see it.
type Key struct {
	ID          string
	Algorithm   verify.Algorithm
	State       State
	CreatedAt   time.Time
	ActivatesAt time.Time // when it begins, or began, to sign
	RetiresAt   time.Time // when it stops being published; zero while nothing follows it
}

// states returns what each record does at a time, in the order of activation.
// Records made for the same moment follow each other by age.
func states(records []Record, now time.Time, overlap time.Duration) []Key {
	ordered := slices.Clone(records)
	slices.SortStableFunc(ordered, func(a, b Record) int {
		if c := a.ActivatesAt.Compare(b.ActivatesAt); c != 0 {
			return c
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	})
	keys := make([]Key, len(ordered))
	for i, r := range ordered {
		keys[i] = Key{
			ID: r.ID, Algorithm: verify.Algorithm(r.Algorithm), State: Active,
			CreatedAt: r.CreatedAt, ActivatesAt: r.ActivatesAt,
		}
		k := &keys[i]
		if i > 0 && now.Before(r.ActivatesAt) { // the first signs by a clock that is behind, too
			k.State = Pending
		}
		if i+1 == len(ordered) {
			continue
		}
		next := ordered[i+1].ActivatesAt
		k.RetiresAt = next.Add(overlap)
		switch {
		case now.Before(next):
		case now.Before(k.RetiresAt):
			k.State = Retiring
		default:
			k.State = Retired
		}
	}
	return keys
}

// nextChange returns when the states next change, zero when they do not.
func nextChange(keys []Key, now time.Time) time.Time {
	var next time.Time
	for _, k := range keys {
		for _, at := range []time.Time{k.ActivatesAt, k.RetiresAt} {
			if at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}
