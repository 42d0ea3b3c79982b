package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

var errTaken = fault.New(fault.Conflict, "username_taken", "That name is taken.")

func TestDerivedFaultsLeaveTheSentinelAlone(t *testing.T) {
	cause := errors.New("UNIQUE constraint failed")
	derived := errTaken.Because(cause).WithField("username", "taken").WithField("username", "too short").RetryIn(time.Second)

	if errTaken.Unwrap() != nil || errTaken.Fields != nil || errTaken.RetryAfter != 0 {
		t.Errorf("the sentinel changed: %#v", errTaken)
	}
	if !errors.Is(derived, errTaken) || !errors.Is(derived, cause) {
		t.Error("a derived fault is its sentinel and has its cause")
	}
	if got := derived.Fields["username"]; len(got) != 2 {
		t.Errorf("Fields = %v, want two problems", got)
	}
}

func TestWithFieldDoesNotShareItsSlice(t *testing.T) {
	base := errTaken.WithField("a", "one")
	left, right := base.WithField("a", "left"), base.WithField("a", "right")
	if left.Fields["a"][1] != "left" || right.Fields["a"][1] != "right" {
		t.Errorf("two derived faults share a slice: %v, %v", left.Fields, right.Fields)
	}
}

func TestOfAndKindOf(t *testing.T) {
	wrapped := fmt.Errorf("insert user: %w", errTaken)
	if fault.Of(wrapped) != errTaken || fault.KindOf(wrapped) != fault.Conflict {
		t.Error("the fault is found through wrapping")
	}
	plain := errors.New("disk on fire")
	if fault.Of(plain) != nil || fault.KindOf(plain) != fault.Internal {
		t.Error("anything that is not a fault is Internal")
	}
}
