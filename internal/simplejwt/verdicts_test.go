package simplejwt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The verdicts.
const (
	exact      = "exact"       // as recorded
	status     = "status"      // what happens is as recorded, what is said of it is not; a crash is a refusal
	notOffered = "not_offered" // the original offers what we do not
	safer      = "safer"       // the original accepts what we refuse
)

// The bounds of the table.
const (
	leastAlike  = 250 // exact and status together
	statusBelow = 40
	mostSafer   = 10
)

// verdict is a line of the table: how a case is answered, and why not exactly.
type verdict struct{ name, is, why string }

// verdicts is testdata/verdicts.txt by the names of the cases.
type verdicts map[string]verdict

func readVerdicts(t *testing.T) verdicts {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "verdicts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	table := verdicts{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		is, why, _ := strings.Cut(rest, " ")
		if _, twice := table[name]; twice {
			t.Errorf("%s has two verdicts", name)
		}
		if !slices.Contains([]string{exact, status, notOffered, safer}, is) {
			t.Errorf("%s: %q is no verdict", name, is)
		}
		if (is == exact) != (why == "") {
			t.Errorf("%s: %s with the reason %q", name, is, why)
		}
		table[name] = verdict{name, is, strings.TrimSpace(why)}
	}
	return table
}

// hold fails the test where an answer is not what the verdict says, worse or better.
func (v verdict) hold(t *testing.T, c comparison) {
	t.Helper()
	all := c.differences(t)
	if v.is != exact && len(all) == 0 {
		t.Errorf("the verdict is %s, and the answer is exact", v.is)
	}
	switch v.is {
	case exact:
	case status:
		all = c.outcome()
	case safer:
		all = nil
		if c.want.Status >= 400 || c.got.Status != 400 && c.got.Status != 401 {
			all = []string{fmt.Sprintf("status %d, which refuses nothing that the original accepts with %d", c.got.Status, c.want.Status)}
		}
	case notOffered:
		all = nil
		if c.got.Status >= 500 {
			all = []string{fmt.Sprintf("status %d", c.got.Status)}
		}
	}
	if len(all) > 0 {
		t.Errorf("not %s:\n\t%s", v.is, strings.Join(all, "\n\t"))
	}
}

func (table verdicts) count(is string) (n int) {
	for _, v := range table {
		if v.is == is {
			n++
		}
	}
	return n
}

func (table verdicts) totals() string {
	return fmt.Sprintf("%d cases: %d exact, %d status, %d not offered, %d safer",
		len(table), table.count(exact), table.count(status), table.count(notOffered), table.count(safer))
}

// bounds holds the table to what was promised of it.
func (table verdicts) bounds(t *testing.T) {
	t.Helper()
	if n := table.count(exact) + table.count(status); n < leastAlike {
		t.Errorf("%d cases are exact or the same in what happens, at least %d have to be", n, leastAlike)
	}
	if n := table.count(status); n >= statusBelow {
		t.Errorf("%d cases differ in what is said, fewer than %d may", n, statusBelow)
	}
	if n := table.count(safer); n > mostSafer {
		t.Errorf("%d cases are safer, at most %d may be", n, mostSafer)
	}
}
