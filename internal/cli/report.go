package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/fault"
)

// sentence is an error that is said as it stands, capital and full stop included.
type sentence string

// Error implements error.
func (s sentence) Error() string { return string(s) }

// report prints what went wrong and returns the exit status.
func (in *invocation) report(cmd *cobra.Command, err error) int {
	if err == nil {
		return statusDone
	}
	if usage, ok := errors.AsType[usageError](err); ok {
		in.complain(usage.text)
		fmt.Fprint(in.env.Stderr, "\n", cmd.UsageString())
		return statusUsage
	}
	for _, line := range explain(err) {
		in.complain(line)
	}
	return statusFailed
}

func (in *invocation) complain(line string) { fmt.Fprintln(in.env.Stderr, "countersign: "+line) }

// explain returns what an operator should read of an error, a line each: the
// problems of a configuration, the sentence of a fault and its fields, or the
// error's own text.
func explain(err error) []string {
	if problems, ok := errors.AsType[*config.Error](err); ok {
		return problems.Problems
	}
	f := fault.Of(err)
	if f == nil {
		return []string{oneLine(err.Error())}
	}
	if len(f.Fields) > 0 {
		return fieldLines(f)
	}
	// Whose fault it is not, wants to know why.
	if cause := f.Unwrap(); cause != nil && (f.Kind == fault.Internal || f.Kind == fault.Unavailable) {
		return []string{f.Public + " (" + oneLine(cause.Error()) + ")"}
	}
	return []string{f.Public}
}

// fieldLines has a line for each problem of each field. A fault about one field
// alone already says it.
func fieldLines(f *fault.Error) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		for _, problem := range f.Fields[name] {
			lines = append(lines, name+": "+problem)
		}
	}
	return lines
}

// oneLine keeps an error on one line: joined errors have one each.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return clean(strings.Join(lines, "; "))
}
