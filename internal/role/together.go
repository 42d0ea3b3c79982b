package role

import "context"

// Together runs use cases in one transaction: all of what f does with the service
// that it is given is kept, or nothing. f may run again and starts anew then.
func (s *Service) Together(ctx context.Context, f func(*Service) error) error {
	return s.InTx(ctx, func(tx Store) error {
		within := *s
		within.Store = tx
		within.InTx = func(_ context.Context, inner func(Store) error) error { return inner(tx) }
		return f(&within)
	})
}
