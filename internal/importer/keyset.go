package importer

import (
	"encoding/binary"
	"math/bits"
)

// keySet holds digests of keys in 11 to 22 bytes each: a map would take more, and
// twice that while it grows. Of a million keys two have the same digest once in
// thirty million runs.
type keySet struct {
	slots []uint64 // a power of two of them; 0 is free
	used  int
}

// newKeySet returns a set with room for so many keys; it grows when there are more.
func newKeySet(keys int64) *keySet {
	const least = 1 << 10
	need := uint64(max(least, keys+keys/3)) + 1
	return &keySet{slots: make([]uint64, 1<<bits.Len64(need-1))}
}

// add reports whether the key is new.
func (s *keySet) add(key string) bool {
	d := digestOf(key)
	n := max(1, binary.BigEndian.Uint64(d[:]))
	if !s.put(n) {
		return false
	}
	if s.used++; s.used > len(s.slots)/4*3 {
		old := s.slots
		s.slots = make([]uint64, 2*len(old))
		for _, n := range old {
			if n != 0 {
				s.put(n)
			}
		}
	}
	return true
}

// put stores a digest in the first free slot after its own, unless it is there.
func (s *keySet) put(n uint64) bool {
	last := uint64(len(s.slots) - 1)
	for i := n & last; ; i = (i + 1) & last {
		switch s.slots[i] {
		case n:
			return false
		case 0:
			s.slots[i] = n
			return true
		}
	}
}
