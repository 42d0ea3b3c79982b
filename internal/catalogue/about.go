package catalogue

import (
	"fmt"

	"github.com/countersign/countersign/internal/fault"
)

// about says which entry of the file an error is about. Of a fault that anyone may
// act on the sentence begins with it, for who reads the fault alone; its fields, which
// name inputs that the file does not have, go.
func about(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return fmt.Errorf("%s: %w", what, err)
	}
	named := *f
	named.Public, named.Fields = what+": "+f.Public, nil
	if says := f.Fields["audience"]; len(says) > 0 { // which there are
		named.Public = what + ": " + says[0]
	}
	return &named
}
