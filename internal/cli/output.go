package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/page"
)

// output is how a command shows what it found.
type output struct {
	json  bool
	limit int // rows; 0 for all
}

// jsonFlag adds --json.
func (o *output) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON, for programs")
	return cmd
}

// listFlags adds --json and --limit, with a number of rows to begin with.
func (o *output) listFlags(cmd *cobra.Command, limit int) *cobra.Command {
	o.jsonFlag(cmd)
	cmd.Flags().IntVar(&o.limit, "limit", limit, "the most `ROWS` that are shown; 0 shows all")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if o.limit < 0 {
			return usageError{"--limit is 0 or more"}
		}
		return nil
	}
	return cmd
}

// printJSON writes v on several lines.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table is how things of one type are listed for people.
type table[T any] struct {
	columns []string
	row     func(T) []string
}

// print writes the things as a table, or as a JSON array.
func (t table[T]) print(w io.Writer, things []T, o output) error {
	if o.json {
		return printJSON(w, append([]T{}, things...)) // [] and not null
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(t.columns, "\t"))
	for _, thing := range things {
		cells := t.row(thing)
		for i, cell := range cells {
			cells[i] = orDash(clean(cell))
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	return tw.Flush() // has the error of any line
}

// pair is one line of what is known of a thing.
type pair struct{ name, value string }

// printPairs writes one thing for people.
func printPairs(w io.Writer, pairs []pair) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range pairs {
		fmt.Fprintf(tw, "%s\t%s\n", p.name, orDash(clean(p.value)))
	}
	return tw.Flush()
}

// all reads pages until limit rows are there, or the last page; a limit of 0 is
// none.
func all[T, V any](limit int, view func(T) V, read func(page.Request) (page.Page[T], error)) ([]V, error) {
	var found []V
	var at page.Position
	for {
		rows := page.MaxLimit
		if limit > 0 {
			rows = min(rows, limit-len(found))
		}
		p, err := read(page.Request{After: at, Limit: rows})
		if err != nil {
			return nil, err
		}
		for _, item := range p.Items {
			found = append(found, view(item))
		}
		if p.Next.IsZero() || limit > 0 && len(found) >= limit {
			return found, nil
		}
		at = p.Next
	}
}

// moment is a time as programs read it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// momentOrNull is nil for a time that was never.
func momentOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(moment(t))
}

// shown is a time as people read it, "" for nil.
func shown(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// clean replaces what steers a terminal or breaks a line: these texts come from
// browsers and from whoever names things.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// shorten cuts a text to a number of code points.
func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// quote shows what was typed, not at length and on one line.
func quote(text string) string {
	const most = 60
	return fmt.Sprintf("%q", shorten(text, most))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
