package importer

import (
	"strconv"
	"testing"
)

func TestKeySet(t *testing.T) {
	t.Parallel()
	for _, room := range []int64{0, 5000, 100_000} {
		s := newKeySet(room)
		for round := range 2 {
			for i := range 5000 {
				if s.add(strconv.Itoa(i)) != (round == 0) {
					t.Fatalf("room %d, round %d: key %d", room, round, i)
				}
			}
		}
	}
	if n := len(newKeySet(1_000_000).slots); n != 1<<21 {
		t.Errorf("room for a million takes %d slots", n)
	}
}
