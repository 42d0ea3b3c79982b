package cli

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/countersign/countersign/internal/importer"
)

// tallyView is how many rows of one kind there were, as programs read it.
type tallyView struct {
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Skipped   int64 `json:"skipped"`
}

// problemView is a problem as programs read it.
type problemView struct {
	Kind   string `json:"kind"`
	Table  string `json:"table"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// projectView is a report as programs read it.
type projectView struct {
	Source       string        `json:"source"`
	Written      bool          `json:"written"`
	Permissions  tallyView     `json:"permissions"`
	Roles        tallyView     `json:"roles"`
	Users        tallyView     `json:"users"`
	Tokens       tallyView     `json:"revoked_tokens"`
	Gone         int64         `json:"users_gone"`
	Notes        []string      `json:"notes"`
	ProblemCount int64         `json:"problem_count"`
	Problems     []problemView `json:"problems"`
}

func viewProject(r importer.Report) projectView {
	v := projectView{
		Source: r.Source, Written: r.Written, Permissions: tallyView(r.Permissions), Roles: tallyView(r.Roles), Users: tallyView(r.Users),
		Tokens: tallyView(r.Tokens), Gone: r.Gone, Notes: append([]string{}, r.Notes...), ProblemCount: r.ProblemCount,
		Problems: make([]problemView, len(r.Problems)),
	}
	for i, p := range r.Problems {
		v.Problems[i] = problemView{Kind: string(p.Kind), Table: p.Table, ID: p.ID, Reason: p.Reason}
	}
	return v
}

var problemTable = table[problemView]{
	columns: []string{"PROBLEM", "TABLE", "ID", "REASON"},
	row:     func(p problemView) []string { return []string{p.Kind, p.Table, p.ID, p.Reason} },
}

// show prints the report of an import.
func (i *djangoImport) show(r importer.Report) error {
	v, w := viewProject(r), i.in.env.Stdout
	if i.output.json {
		return printJSON(w, v)
	}
	title := "Imported from " + v.Source
	if !v.Written {
		title = "Nothing was written. This is what an import from " + v.Source + " does"
	}
	fmt.Fprintln(w, title)
	if err := printTallies(w, v); err != nil {
		return err
	}
	for _, note := range v.Notes {
		fmt.Fprintln(w, clean(note))
	}
	if len(v.Problems) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if err := problemTable.print(w, v.Problems, output{}); err != nil {
		return err
	}
	if more := v.ProblemCount - int64(len(v.Problems)); more > 0 {
		fmt.Fprintf(w, "… and %d more\n", more)
	}
	return nil
}

func printTallies(w io.Writer, v projectView) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\tREAD\tCREATED\tUPDATED\tUNCHANGED\tSKIPPED")
	for _, line := range []struct {
		name string
		t    tallyView
	}{{"permissions", v.Permissions}, {"roles", v.Roles}, {"users", v.Users}, {"revoked tokens", v.Tokens}} {
		fmt.Fprint(tw, line.name)
		for _, n := range []int64{line.t.Read, line.t.Created, line.t.Updated, line.t.Unchanged, line.t.Skipped} {
			fmt.Fprint(tw, "\t", strconv.FormatInt(n, 10))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}
