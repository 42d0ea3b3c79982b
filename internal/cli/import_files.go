package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/userfile"
)

// stdio is the FILE that stands for standard input or output.
const stdio = "-"

// fileImport is one import of a file.
type fileImport struct {
	in      *invocation
	reader  func(io.Reader) (userfile.Reader, error)
	options userfile.Options
	strict  bool
	output  output

	header int           // lines before the first row
	from   io.ReadSeeker // nil for standard input
	rows   int           // about how many; 0 when nobody knows
}

func (in *invocation) importCSV() *cobra.Command {
	i := &fileImport{in: in, header: 1, reader: func(r io.Reader) (userfile.Reader, error) { return userfile.NewCSV(r) }}
	return i.command(&cobra.Command{
		Use:   "csv FILE",
		Short: "Import users from a file of comma-separated values",
		Example: "  countersign import csv users.csv --dry-run\n" +
			"  countersign import csv users.csv --create-roles",
	}, "The first row names the columns, in any order; roles and permissions are separated by semicolons.")
}

func (in *invocation) importJSONL() *cobra.Command {
	i := &fileImport{in: in, reader: func(r io.Reader) (userfile.Reader, error) { return userfile.NewJSONLines(r), nil }}
	return i.command(&cobra.Command{
		Use:   "jsonl FILE",
		Short: "Import users from a file with one JSON object a line",
		Example: "  countersign import jsonl users.jsonl --strict\n" +
			"  countersign export jsonl --with-password-hashes | ssh other countersign import jsonl -",
	}, "Members have the names of the columns of CSV; roles and permissions are arrays.")
}

// command completes a command with what the two have in common.
func (i *fileImport) command(cmd *cobra.Command, format string) *cobra.Command {
	cmd.Long = cmd.Short + ". FILE - is standard input.\n" + format + "\n" +
		"A row that is wrong is reported with its line, and the rest is imported. A user who exists is never changed:\n" +
		"such a row is unchanged or a conflict, so a second run does nothing. The exit status is 1 when a row was wrong."
	cmd.Args = want("FILE")
	flags := cmd.Flags()
	flags.BoolVar(&i.options.DryRun, "dry-run", false, "say what would be done and write nothing")
	flags.BoolVar(&i.strict, "strict", false, "write nothing when any row is wrong; reads FILE twice, so it cannot be -")
	flags.BoolVar(&i.options.CreateRoles, "create-roles", false, "make roles that do not exist, without permissions")
	flags.BoolVar(&i.options.AllowWeakHashes, "allow-weak-hashes", false, "take bcrypt, MD5 and SHA-1 password hashes too")
	run := i.in.with(func(ctx context.Context, a *app.App, _ []string) error { return i.run(ctx, a) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		closing, err := i.open(args[0])
		if err != nil {
			return err
		}
		defer closing()
		return run(cmd, args)
	}
	return i.output.jsonFlag(cmd)
}

// open opens the file before the service, and counts its lines.
func (i *fileImport) open(path string) (closing func(), err error) {
	if path == stdio {
		if i.strict {
			return nil, usageError{"--strict reads the file twice, and standard input is there once"}
		}
		return func() {}, nil
	}
	file, err := os.Open(path)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("%s cannot be read: %w", quote(path), at.Err)
	}
	if err != nil {
		return nil, err
	}
	i.from = file
	if i.rows, err = countLines(file); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s cannot be read, or not twice: %w", quote(path), err)
	}
	return func() { _ = file.Close() }, nil // nothing was written to it
}

// countLines returns how many lines there are.
func countLines(r io.Reader) (int, error) {
	n, part := 0, make([]byte, 64<<10)
	for {
		read, err := r.Read(part)
		n += bytes.Count(part[:read], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func (i *fileImport) run(ctx context.Context, a *app.App) error {
	if i.strict && !i.options.DryRun {
		check := i.options
		check.DryRun = true
		found, err := i.pass(ctx, a, check, "rows checked")
		if err != nil {
			return err
		}
		if found.Bad > 0 {
			return fmt.Errorf("nothing was written: %s wrong", count(found.Bad, "row is", "rows are"))
		}
		if _, err := i.from.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	found, err := i.pass(ctx, a, i.options, "rows")
	if shown := i.show(found, err); shown != nil {
		return shown
	}
	if err == nil && found.Bad > 0 {
		err = fmt.Errorf("%s not imported", count(found.Bad, "row was", "rows were"))
	}
	return err
}

// pass reads the file once.
func (i *fileImport) pass(ctx context.Context, a *app.App, o userfile.Options, what string) (userfile.Report, error) {
	from := io.Reader(i.from)
	if i.from == nil {
		from = i.in.env.Stdin
	}
	rows, err := i.reader(from)
	if err != nil {
		return userfile.Report{}, err
	}
	p := newProgress(i.in.env.Stderr, i.in.env.Terminal(i.in.env.Stderr), what)
	p.expect(max(0, i.rows-i.header))
	o.Progress = p.add
	checking := o.DryRun && !i.options.DryRun // the other pass tells of conflicts
	o.Told = func(f userfile.Finding) {
		if !checking || !f.Conflict {
			p.say(findingLine(f))
		}
	}
	found, err := a.UserFiles.Import(ctx, operator(), rows, o)
	p.done()
	return found, err
}

// findingLine is a row that was not imported, for people.
func findingLine(f userfile.Finding) string {
	text := fmt.Sprintf("line %d: ", f.Line)
	if f.Username != "" {
		text += shorten(f.Username, 60) + ": "
	}
	if f.Conflict {
		text += "conflict: "
	}
	return text + f.Reason
}

// importView is a report as programs read it.
type importView struct {
	DryRun       bool     `json:"dry_run"`
	Complete     bool     `json:"complete"`
	Created      int      `json:"created"`
	Unchanged    int      `json:"unchanged"`
	Conflicts    int      `json:"conflicts"`
	Bad          int      `json:"bad"`
	RolesCreated []string `json:"roles_created"`
}

// show prints the sums, also of an import that failed on its way.
func (i *fileImport) show(found userfile.Report, failed error) error {
	if i.output.json {
		return printJSON(i.in.env.Stdout, importView{
			DryRun: i.options.DryRun, Complete: failed == nil, Created: found.Created, Unchanged: found.Unchanged,
			Conflicts: found.Conflicts, Bad: found.Bad, RolesCreated: append([]string{}, found.RolesCreated...),
		})
	}
	created := "created"
	if i.options.DryRun {
		created = "would be created"
	}
	text := fmt.Sprintf("%s %s, %d unchanged, %s, %s.", count(found.Created, "user", "users"), created, found.Unchanged,
		count(found.Conflicts, "conflict", "conflicts"), count(found.Bad, "wrong row", "wrong rows"))
	if n := len(found.RolesCreated); n > 0 {
		text += fmt.Sprintf(" %s %s.", count(n, "role", "roles"), created)
	}
	if i.options.DryRun {
		text += " Nothing was written."
	}
	return i.in.say("%s", text)
}

// count is a number of things, in words for one and for more.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
