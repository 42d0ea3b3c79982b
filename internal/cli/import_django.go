package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/importer"
)

// djangoImport is one import of a Django project.
type djangoImport struct {
	in       *invocation
	project  app.DjangoProject
	columns  []string
	settings string
	options  importer.Options
	output   output
}

func (in *invocation) importDjango() *cobra.Command {
	i := &djangoImport{in: in}
	cmd := &cobra.Command{
		Use:   "django --from URL",
		Short: "Move the users of a Django project in",
		Long: "Move the users of a Django project in, with their ids, password hashes, groups and permissions, and with the tokens\n" +
			"that were blacklisted. The project's database is only read. A row that is wrong, or in conflict with what is here, is\n" +
			"reported with its table, its id and the reason, and the rest is imported. A second run changes what changed in the\n" +
			"project since, and nothing else. The exit status is 1 when a row was not imported.\n\n" +
			"--from - reads the URL from standard input, where no other process sees a password in it.\n" +
			"With --settings nothing is imported: it prints the countersign.toml that continues the service, and writes the secrets\n" +
			"that it names into files in this directory.",
		Example: "  countersign import django --from sqlite:db.sqlite3 --dry-run\n" +
			"  countersign import django --from - < url.txt\n" +
			"  countersign import django --from sqlite:db.sqlite3 --user-table accounts_user --column username=email\n" +
			"  countersign import django --settings django-settings.json > countersign.toml",
		Args: want(),
	}
	flags := cmd.Flags()
	flags.StringVar(&i.project.URL, "from", "", "the project's database: sqlite:PATH, postgres://... or mysql://... as `URL`; - reads it from standard input")
	flags.BoolVar(&i.options.DryRun, "dry-run", false, "say what would be done and write nothing")
	flags.BoolVar(&i.options.Strict, "strict", false, "write nothing when there is any problem")
	flags.BoolVar(&i.options.AllowWeakHashes, "allow-weak-hashes", false, "take bcrypt, MD5 and SHA-1 password hashes too")
	flags.StringVar(&i.project.UserTable, "user-table", "", "the `TABLE` of AUTH_USER_MODEL (default auth_user)")
	flags.StringArrayVar(&i.columns, "column", nil, "a field of the users whose column has another name, as `FIELD=COLUMN`, or FIELD=- for none; may be repeated")
	flags.StringVar(&i.settings, "settings", "", "print the configuration for the settings in this `FILE`, which the project exported")
	run := in.with(func(ctx context.Context, a *app.App, _ []string) error { return i.run(ctx, a) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if i.settings != "" {
			return i.printSettings(cmd)
		}
		if err := i.check(); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return i.output.jsonFlag(cmd)
}

// check looks at the flags before anything is opened.
func (i *djangoImport) check() error {
	switch {
	case i.project.URL == "":
		return usageError{"it wants --from URL, or --settings FILE"}
	case i.project.URL == stdio:
		line, err := i.in.readLine()
		if err != nil {
			return fmt.Errorf("read the URL from standard input: %w", err)
		}
		i.project.URL = strings.TrimSpace(line)
	case hasPassword(i.project.URL):
		i.in.complain("warning: --from: holds a password, which every process on this machine can read: give - and the URL on standard input")
	}
	i.project.Columns = map[string]string{}
	for _, text := range i.columns {
		field, column, found := strings.Cut(text, "=")
		if _, twice := i.project.Columns[field]; !found || twice {
			return usageError{"--column is FIELD=COLUMN, once for a field"}
		}
		i.project.Columns[field] = column
	}
	return nil
}

func hasPassword(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return false
	}
	_, has := u.User.Password()
	return has
}

func (i *djangoImport) run(ctx context.Context, a *app.App) error {
	// Batches make much garbage at a time: half as much of it costs little.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	var bar *progress
	checking := false
	i.options.Progress = func(p importer.Progress) {
		if bar == nil || checking != p.Checking {
			what := "users"
			if p.Checking {
				what = "users checked"
			}
			bar, checking = newProgress(i.in.env.Stderr, i.in.env.Terminal(i.in.env.Stderr), what), p.Checking
			bar.expect(int(p.Of))
		}
		bar.add(int(p.Users) - bar.count)
		if p.Users >= p.Of && bar.count > 0 {
			bar.done()
		}
	}
	found, err := a.ImportDjango(ctx, operator(), i.project, i.options)
	if found.Source == "" {
		return err
	}
	if shown := i.show(found); shown != nil {
		return errors.Join(err, shown)
	}
	skipped := found.Permissions.Skipped + found.Roles.Skipped + found.Users.Skipped + found.Tokens.Skipped
	if err == nil && skipped > 0 {
		err = fmt.Errorf("%s not imported", count(int(skipped), "row was", "rows were"))
	}
	return err
}
