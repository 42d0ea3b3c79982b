package verify

import (
	"errors"
	"fmt"
)

// KeySet is the keys that may have signed a token. It never changes; the zero
// value and nil are empty sets.
type KeySet struct {
	keys []*heldKey
	byID map[string]*heldKey
	// byAlgorithm holds nil where several keys share an algorithm.
	byAlgorithm map[Algorithm]*heldKey
}

// NewKeySet returns a set of the keys. It refuses keys that are weak or do not
// fit their algorithm, two keys with one ID, and one key under two IDs or
// algorithms. The keys are copied. A key without an ID is that of tokens which name
// none.
func NewKeySet(keys ...Key) (*KeySet, error) {
	s := &KeySet{
		byID:        make(map[string]*heldKey, len(keys)),
		byAlgorithm: make(map[Algorithm]*heldKey),
	}
	seen := make(map[[32]byte]bool, len(keys))
	for i, k := range keys {
		held, err := hold(k)
		if err != nil {
			return nil, fmt.Errorf("verify: key %d of the set: %w", i, err)
		}
		if s.byID[k.ID] != nil {
			return nil, fmt.Errorf("verify: key %d of the set: %w", i, errSameID)
		}
		if seen[held.print] {
			return nil, fmt.Errorf("verify: key %d of the set: %w", i, errSameKey)
		}
		seen[held.print] = true
		s.keys = append(s.keys, held)
		s.byID[k.ID] = held
		if _, taken := s.byAlgorithm[k.Algorithm]; taken {
			held = nil
		}
		s.byAlgorithm[k.Algorithm] = held
	}
	return s, nil
}

var (
	errSameID  = errors.New("another key has the same id")
	errSameKey = errors.New("it is in the set already, under another id or algorithm")
)

// Key returns the key with the ID. What Public points to is shared and must not
// be changed.
func (s *KeySet) Key(id string) (Key, bool) {
	if s == nil || s.byID[id] == nil {
		return Key{}, false
	}
	return s.byID[id].Key, true
}

// Keys returns all keys, in the order in which they were given. What Public
// points to is shared and must not be changed.
func (s *KeySet) Keys() []Key {
	if s == nil {
		return nil
	}
	keys := make([]Key, len(s.keys))
	for i, k := range s.keys {
		keys[i] = k.Key
	}
	return keys
}

// Format writes how many keys there are, for every verb: printing a set must
// not print a shared secret in it.
func (s KeySet) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "KeySet(%d)", len(s.Keys()))
}

// pick returns the key that verifies a token with this kid and alg, or nil.
// Without regard to the ID it is the only key of the algorithm.
func (s *KeySet) pick(id string, a Algorithm, ignoreID bool) *heldKey {
	switch {
	case s == nil:
		return nil
	case ignoreID:
		return s.byAlgorithm[a]
	}
	return s.byID[id]
}

// holds reports whether the very same key would still be picked.
func (s *KeySet) holds(k *heldKey, ignoreID bool) bool {
	now := s.pick(k.ID, k.Algorithm, ignoreID)
	return now == k || now != nil && now.Algorithm == k.Algorithm && now.ID == k.ID && now.print == k.print
}

// ambiguous reports whether some algorithm has several keys.
func (s *KeySet) ambiguous() bool {
	for _, k := range s.byAlgorithm {
		if k == nil {
			return true
		}
	}
	return false
}
