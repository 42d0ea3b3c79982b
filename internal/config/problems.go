package config

import (
	"fmt"
	"strings"
)

// Error is every problem of a configuration.
type Error struct {
	// Problems has one line for each, which starts with the name of the setting
	// as it was written. No line holds a secret.
	Problems []string
}

// Error returns the problems, one a line.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

func (e *Error) add(subject, format string, args ...any) {
	e.Problems = append(e.Problems, subject+": "+fmt.Sprintf(format, args...))
}

// orNil returns nil when there are no problems.
func (e *Error) orNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// quote shows a value that is not a secret, on one line and not at length.
func quote(value string) string {
	const most = 80
	if len(value) > most {
		value = value[:most] + "…"
	}
	return fmt.Sprintf("%q", value)
}
