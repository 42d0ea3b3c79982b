package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/config"
)

// printSettings prints the configuration that continues a Django service, and
// writes the files that it names, unless they are there or it is a dry run.
func (i *djangoImport) printSettings(cmd *cobra.Command) error {
	if i.project.URL != "" {
		return usageError{"--settings imports nothing, so it goes without --from"}
	}
	file, err := os.Open(i.settings)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s cannot be read: %w", quote(i.settings), at.Err)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	django, err := config.FromDjango(file)
	if err != nil {
		return err
	}
	database := ""
	if f := cmd.Flags().Lookup("database-url"); f != nil {
		database = f.Value.String()
	}
	text, warnings, err := django.TOML(time.Now(), database)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		i.in.complain("warning: " + warning)
	}
	if model := django.UserModel(); model != "auth.User" {
		i.in.complain("warning: the project has a user model of its own, " + quote(model) +
			": the import wants its table, as --user-table APP_MODEL, and --column for columns with another name")
	}
	if !i.options.DryRun {
		paths, err := django.WriteSecrets(".")
		if len(paths) > 0 {
			fmt.Fprintln(i.in.env.Stderr, clean("The secrets are in "+strings.Join(paths, ", ")+", beside which this configuration belongs."))
		}
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(i.in.env.Stdout, text)
	return err
}
