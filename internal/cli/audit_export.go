package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/sheet"
)

func (in *invocation) auditExport() *cobra.Command {
	var chosen eventChoice
	var format string
	var force bool
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Take events out as a file",
		Long: "Take sealed events out, newest first, to FILE or standard output (-). In CSV, a cell that a spreadsheet would take\n" +
			"for a formula begins with an apostrophe. A new FILE can be read by its owner alone, and is there when it is complete.",
		Example: "  countersign audit export --format csv --from 2026-01-01T00:00:00Z events.csv",
		Args:    want("[FILE]"),
	}
	chosen.flags(cmd)
	cmd.Flags().StringVar(&format, "format", string(sheet.JSONLines), "`jsonl` or csv")
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		as, err := sheet.ParseFormat(format)
		if err != nil {
			return usageError{"--format is jsonl or csv"}
		}
		path := append(args, stdio)[0]
		if path != stdio {
			if err := replaceable(path, force); err != nil {
				return err
			}
		}
		return in.with(func(ctx context.Context, a *app.App, _ []string) error {
			f, err := chosen.filter(ctx, a)
			if err != nil {
				return err
			}
			write := func(w io.Writer) (int, error) { return a.Events.Export(ctx, operator(), w, as, f) }
			return in.writeOut(path, force, exportedNouns{"event is", "events are"}, write)
		})(cmd, args)
	}
	return cmd
}
