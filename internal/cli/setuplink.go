package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/secret"
)

const (
	// setupFile is the file of the setup link, in the data directory.
	setupFile = "setup-link"

	// withoutLink is what else an operator can do.
	withoutLink = "set COUNTERSIGN_DATA_DIR to a directory that can be written, or run countersign createsuperuser first"
)

// offerSetup makes the one-time setup link while no superuser exists and returns
// the line that tells of it, "" when there is none. The line has the link when it
// goes to a terminal, where a person sees it now; else the link is in a file, for
// what a server prints is kept and read by others. The file of an earlier start is
// removed.
func (in *invocation) offerSetup(ctx context.Context, a *app.App, cfg *config.Config) (string, error) {
	path := filepath.Join(cfg.DataDir, setupFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("remove the old setup link: %w", err)
	}
	link, err := a.SetupURL(ctx)
	if errors.Is(err, account.ErrSetupDone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	where := link.Reveal()
	if !in.env.Terminal(in.env.Stdout) {
		if err := writeSetupLink(cfg.DataDir, path, link); err != nil {
			return "", err
		}
		where = "the link is in " + path
	}
	return fmt.Sprintf("Make the first superuser within %d minutes: %s\n", account.SetupLifetime/time.Minute, where), nil
}

// writeSetupLink makes the file anew: whoever made one of that name before, or a
// link in its place, does not get to read it.
func writeSetupLink(dir, path string, link secret.Text) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory for the setup link: %w (%s)", err, withoutLink)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the setup link: %w (%s)", err, withoutLink)
	}
	_, err = fmt.Fprintln(file, link.Reveal())
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the setup link: %w", err)
	}
	return nil
}
