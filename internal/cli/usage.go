package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a command line that was not understood.
type usageError struct{ text string }

// Error implements error.
func (e usageError) Error() string { return e.text }

// want checks the arguments of a command against their names: "[ADDRESS]" may be
// missing, "PERMISSION..." is one or more. The complaint does not repeat what was
// typed, which may be a password that is not meant to be there.
func want(names ...string) cobra.PositionalArgs {
	least, most := 0, len(names)
	for _, name := range names {
		if !strings.HasPrefix(name, "[") {
			least++
		}
		if strings.HasSuffix(name, "...") {
			most = -1
		}
	}
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usageError{fmt.Sprintf("%s wants %s", cmd.CommandPath(), strings.Join(names, " "))}
		case most == 0 && len(args) > 0:
			return usageError{cmd.CommandPath() + " takes no arguments"}
		case most >= 0 && len(args) > most:
			return usageError{fmt.Sprintf("%s takes %s and nothing more", cmd.CommandPath(), strings.Join(names, " "))}
		}
		return nil
	}
}
