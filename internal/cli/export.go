package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/userfile"
)

// exportUsers is `countersign export`.
func (in *invocation) exportUsers() *cobra.Command {
	return group("export", "Take users out", in.exportJSONL())
}

func (in *invocation) exportJSONL() *cobra.Command {
	var hashes, force bool
	cmd := &cobra.Command{
		Use:   "jsonl [FILE]",
		Short: "Export every user as a line of JSON",
		Long: "Export every user as a line of JSON, in the order of their ids, to FILE or standard output (-). What it writes,\n" +
			"countersign import jsonl reads. A new FILE can be read by its owner alone, and is there when it is complete.",
		Example: "  countersign export jsonl users.jsonl",
		Args:    want("[FILE]"),
	}
	flags := cmd.Flags()
	flags.BoolVar(&hashes, "with-password-hashes", false, "write the password hashes too, for a move to another installation")
	flags.BoolVar(&force, "force", false, "replace FILE")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path := append(args, stdio)[0]
		if path != stdio {
			if err := replaceable(path, force); err != nil {
				return err
			}
		}
		if hashes {
			in.complain("warning: the output has the password hashes of everybody: keep it as you keep the database, and delete it after use")
		}
		return in.with(func(ctx context.Context, a *app.App, _ []string) error {
			return in.export(ctx, a, path, exportChoice{hashes, force})
		})(cmd, args)
	}
	return cmd
}

type exportChoice struct{ hashes, force bool }

func (in *invocation) export(ctx context.Context, a *app.App, path string, o exportChoice) error {
	p := newProgress(in.env.Stderr, in.env.Terminal(in.env.Stderr), "users")
	write := func(w io.Writer) (int, error) {
		n, err := a.UserFiles.Export(ctx, operator(), w, userfile.ExportOptions{PasswordHashes: o.hashes, Progress: p.add})
		p.done()
		return n, err
	}
	return in.writeOut(path, o.force, exportedNouns{"user is", "users are"}, write)
}

// exportedNouns say what was written, with their verb.
type exportedNouns struct{ one, many string }

// writeOut writes to standard output, or to a file and says so.
func (in *invocation) writeOut(path string, force bool, of exportedNouns, write func(io.Writer) (int, error)) error {
	if path == stdio {
		_, err := write(in.env.Stdout)
		return err
	}
	var n int
	err := writeFile(path, force, func(w io.Writer) (err error) {
		n, err = write(w)
		return err
	})
	if err != nil {
		return err
	}
	return in.say("%s exported to %s.", count(n, of.one, of.many), path)
}

// replaceable refuses a file that is in the way.
func replaceable(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is there and is no file", quote(path))
	case !force:
		return fmt.Errorf("%s is there already; --force replaces it", quote(path))
	}
	return nil
}

// writeFile writes a file that its owner alone can read, under another name until it
// is complete.
func writeFile(path string, force bool, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := replaceable(path, force); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
