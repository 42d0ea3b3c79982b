package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/page"
)

// What others wrote does not steer the terminal, or make lines of its own.
func TestTablesAreClean(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	agents := table[string]{columns: []string{"AGENT", "NEXT"}, row: func(s string) []string { return []string{s, ""} }}
	hostile := []string{"\x1b]0;title\a", "a\tb", "a\nroot", "\u202egnp", "\u009b31m", "\xff", "Zoë"}
	if err := agents.print(&out, hostile, output{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(hostile)+1 {
		t.Errorf("%d lines, want %d:\n%s", len(lines), len(hostile)+1, &out)
	}
	if strings.ContainsAny(out.String(), "\x1b\a\t\u202e\u009b") || !strings.Contains(out.String(), "Zoë") {
		t.Errorf("not clean: %q", &out)
	}
}

func TestJSONOfNothingIsAnArray(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := userTable.print(&out, nil, output{json: true}); err != nil || out.String() != "[]\n" {
		t.Errorf("%q, %v", &out, err)
	}
}

func TestTimesAreRFC3339InUTC(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 13, 0, 0, 123_456_789, time.FixedZone("", 3600))
	var out strings.Builder
	if err := printJSON(&out, momentOrNull(at)); err != nil || out.String() != "\"2026-01-31T12:00:00.123Z\"\n" {
		t.Errorf("%q, %v", &out, err)
	}
	if shown(momentOrNull(at)) != "2026-01-31T12:00:00Z" || momentOrNull(time.Time{}) != nil || shown(nil) != "" {
		t.Errorf("for people: %q", shown(momentOrNull(at)))
	}
}

// numbers is a list of n rows, a page at a time.
func numbers(n int, asked *[]int) func(page.Request) (page.Page[int], error) {
	return func(r page.Request) (page.Page[int], error) {
		*asked = append(*asked, r.Limit)
		first := 0
		if !r.After.IsZero() {
			if _, err := fmt.Sscan(r.After.ID, &first); err != nil {
				return page.Page[int]{}, err
			}
			first++
		}
		var rows []int
		for i := first; i < n && len(rows) <= r.Rows(); i++ {
			rows = append(rows, i)
		}
		return page.Of(rows, r, func(i int) page.Position { return page.Position{ID: fmt.Sprint(i)} }), nil
	}
}

func TestAllReadsThePagesThatAreNeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows, limit, want int
		asked             []int
	}{
		{0, 0, 0, []int{200}}, {5, 0, 5, []int{200}}, {450, 0, 450, []int{200, 200, 200}}, {200, 0, 200, []int{200}},
		{450, 1, 1, []int{1}}, {450, 200, 200, []int{200}}, {450, 250, 250, []int{200, 50}}, {5, 250, 5, []int{200}},
	} {
		var asked []int
		got, err := all(c.limit, func(i int) int { return i }, numbers(c.rows, &asked))
		if err != nil || len(got) != c.want || !slices.IsSorted(got) || !slices.Equal(asked, c.asked) {
			t.Errorf("%d rows, limit %d: %d rows from pages of %v, %v", c.rows, c.limit, len(got), asked, err)
		}
	}
}
