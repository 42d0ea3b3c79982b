package importer

import "iter"

// ahead yields what seq does, and has the next one read while the last one is
// used. It returns when seq has ended, also when its user leaves early.
func ahead[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	type item struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		items, left := make(chan item), make(chan struct{})
		go func() {
			defer close(items)
			for value, err := range seq {
				select {
				case items <- item{value, err}:
				case <-left:
					return
				}
			}
		}()
		defer func() {
			close(left)
			for range items { // until the reader has closed it
			}
		}()
		for i := range items {
			if !yield(i.value, i.err) {
				return
			}
		}
	}
}
