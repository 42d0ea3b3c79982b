//go:build !linux

package password

import "errors"

// lowerPriority returns errors.ErrUnsupported: here a priority belongs to the
// whole process. One core is left free instead.
func lowerPriority(int) error { return errors.ErrUnsupported }
