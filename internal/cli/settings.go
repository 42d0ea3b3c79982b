package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
)

const (
	flagConfig = "config"
	flagListen = "listen"
	// flagMigrate stands for a setting of another name.
	flagMigrate = "migrate"
)

// ownSettings are the settings that have a flag of their name.
var ownSettings = [...]string{"data-dir", "database-url", flagListen}

// settingFlags adds the flags that every command has.
func settingFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.String(flagConfig, "", "the configuration `FILE` (default countersign.toml where there is one)")
	flags.String("data-dir", "", "the `DIRECTORY` of the SQLite database and the secrets (default ./countersign-data)")
	flags.String("database-url", "", "the database: sqlite:PATH, postgres://... or mysql://... as `URL`; "+
		"one with a password belongs in COUNTERSIGN_DATABASE_URL")
}

// load reads the configuration, with the flags that were given as its last layer.
func (in *invocation) load(cmd *cobra.Command) (*config.Config, error) {
	return in.loadWith(cmd, nil)
}

// loadWith is load with more settings, which count as flags.
func (in *invocation) loadWith(cmd *cobra.Command, more map[string]string) (*config.Config, error) {
	src := config.Source{Environ: in.env.Environ, Flags: map[string]string{}}
	for _, name := range ownSettings {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			src.Flags[name] = f.Value.String()
		}
	}
	maps.Copy(src.Flags, more)
	if f := cmd.Flags().Lookup(flagConfig); f != nil && f.Changed {
		if src.ConfigFile = f.Value.String(); src.ConfigFile == "" {
			return nil, usageError{"--config names no file"}
		}
	}
	return config.Load(src)
}

// task is what a command does with the service.
type task func(ctx context.Context, a *app.App, args []string) error

// with makes a task into what cobra runs: it opens the service before, and closes
// it after, which seals the events that the task wrote.
func (in *invocation) with(do task) func(*cobra.Command, []string) error {
	return in.opened(app.Open, do)
}

// opener is app.Open or app.OpenWithLostSecret.
type opener func(context.Context, *config.Config, *slog.Logger) (*app.App, error)

func (in *invocation) opened(open opener, do task) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cfg, err := in.load(cmd)
		if err != nil {
			return err
		}
		in.warnOfFlags(cfg)
		if err := makeDataDir(cfg); err != nil {
			return err
		}
		a, err := open(cmd.Context(), cfg, in.quietLog(cfg))
		if err != nil {
			return err
		}
		defer a.Close()
		return do(cmd.Context(), a, args)
	}
}

// warnOfFlags repeats the warnings about what was typed just now. Those about
// settings that stay are for serve and config check, not for every command.
func (in *invocation) warnOfFlags(cfg *config.Config) {
	for _, warning := range cfg.Warnings {
		if strings.HasPrefix(warning, "--") {
			in.complain("warning: " + warning)
		}
	}
}

// makeDataDir makes the data directory, for its owner alone, where it is needed
// to hold a database.
func makeDataDir(cfg *config.Config) error {
	if !cfg.SQLite() {
		return nil
	}
	err := os.MkdirAll(cfg.DataDir, 0o700)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("the data directory %s cannot be used: %s: %w", cfg.DataDir, at.Path, at.Err)
	}
	return err
}

// quietLog is the log of commands that end: what went wrong beside their work.
func (in *invocation) quietLog(cfg *config.Config) *slog.Logger {
	return in.newLog(cfg, max(cfg.Level(), slog.LevelWarn))
}

// newLog makes a log on standard error in the configured form.
func (in *invocation) newLog(cfg *config.Config, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "text" || cfg.LogFormat == "auto" && in.env.Terminal(in.env.Stderr) {
		return slog.New(slog.NewTextHandler(in.env.Stderr, options))
	}
	return slog.New(slog.NewJSONHandler(in.env.Stderr, options))
}
