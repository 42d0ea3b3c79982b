package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/catalogue"
)

// access is `countersign access`.
func (in *invocation) access() *cobra.Command {
	return group("access", "Declare permissions and roles from a file", in.accessApply())
}

// changeView is one change as programs read it.
type changeView struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Action string `json:"action"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// catalogueView is the report of an application.
type catalogueView struct {
	Applied bool         `json:"applied"`
	Changes []changeView `json:"changes"`
}

func (in *invocation) accessApply() *cobra.Command {
	var o output
	var plan bool
	var declared catalogue.Catalogue
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Make permissions and roles what a file says",
		Long: "Make permissions and roles what a file in TOML or JSON says. FILE - is standard input.\n" +
			"A role that the file names gets the description, the permissions and the inclusions that the file gives it; what\n" +
			"the file leaves out or does not name is left alone. All of it is done, or nothing. A second run changes nothing.",
		Example: "  countersign access apply blog.toml --dry-run\n" +
			"  countersign access apply blog.toml",
		Args: want("FILE"),
	}
	run := in.with(func(ctx context.Context, a *app.App, _ []string) error {
		do := a.Catalogues.Apply
		if plan {
			do = a.Catalogues.Plan
		}
		changes, err := do(ctx, operator(), declared)
		if err != nil {
			return err
		}
		return in.showChanges(changes, plan, o)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := in.readCatalogue(args[0])
		if err != nil {
			return err
		}
		if declared, err = catalogue.Parse(text); err != nil {
			return err
		}
		return run(cmd, args)
	}
	cmd.Flags().BoolVar(&plan, "dry-run", false, "show what would be changed and write nothing")
	return o.jsonFlag(cmd)
}

// readCatalogue reads a file that is small, or standard input.
func (in *invocation) readCatalogue(path string) ([]byte, error) {
	from := in.env.Stdin
	if path != stdio {
		file, err := os.Open(path)
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			return nil, fmt.Errorf("%s cannot be read: %w", quote(path), at.Err)
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // nothing was written to it
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, catalogue.MaxBytes+1)) // Parse refuses what is larger
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", quote(path), err)
	}
	return text, nil
}

func (in *invocation) showChanges(changes []catalogue.Change, plan bool, o output) error {
	if o.json {
		view := catalogueView{Applied: !plan, Changes: []changeView{}}
		for _, c := range changes {
			view.Changes = append(view.Changes, changeView{string(c.Kind), c.Name, string(c.Action), c.From, c.To})
		}
		return printJSON(in.env.Stdout, view)
	}
	for _, c := range changes {
		if err := in.say("%s", c.String()); err != nil {
			return err
		}
	}
	switch {
	case len(changes) == 0:
		return in.say("Nothing to change.")
	case plan:
		return in.say("%s would be made. Nothing was written.", count(len(changes), "change", "changes"))
	}
	return in.say("%s made.", count(len(changes), "change", "changes"))
}
