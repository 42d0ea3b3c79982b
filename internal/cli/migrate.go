package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
)

// migrate is `countersign migrate`.
func (in *invocation) migrate() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database schema up to date",
		Long: "Bring the database schema up to date. Of several processes that migrate at once, one does and the others wait.\n" +
			"serve does the same before it listens when the database is SQLite, or with --migrate.",
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := in.load(cmd)
			if err != nil {
				return err
			}
			in.warnOfFlags(cfg)
			if err := makeDataDir(cfg); err != nil {
				return err
			}
			n, err := app.Migrate(cmd.Context(), cfg, in.quietLog(cfg))
			if err != nil {
				return err
			}
			if n == 0 {
				_, err = fmt.Fprintln(in.env.Stdout, "The schema is up to date.")
				return err
			}
			_, err = fmt.Fprintf(in.env.Stdout, "The schema is up to date: %d migrations applied.\n", n)
			return err
		},
	}
}
