package importer

import (
	"errors"
	"slices"
	"testing"
)

var errBroken = errors.New("broken")

func TestAhead(t *testing.T) {
	t.Parallel()
	ended := false
	numbers := func(yield func(int, error) bool) {
		defer func() { ended = true }()
		for i := range 5 {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, errBroken)
	}
	var got []int
	var last error
	for n, err := range ahead(numbers) {
		got, last = append(got, n), err
	}
	if !slices.Equal(got, []int{0, 1, 2, 3, 4, 0}) || !errors.Is(last, errBroken) || !ended {
		t.Errorf("got %v, then %v; ended: %v", got, last, ended)
	}
	ended = false
	for n := range ahead(numbers) {
		if n == 1 {
			break
		}
	}
	if !ended {
		t.Error("the reader goes on after its user has left")
	}
}
