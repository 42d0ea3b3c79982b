package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
)

var errStopped = errors.New("stopped by a second signal: requests that were running were cut off")

// serve is `countersign serve`.
func (in *invocation) serve() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "serve [ADDRESS]",
		Aliases: []string{"runserver"},
		Short:   "Run the server",
		Long: "Run the server on an address: 8000, 0.0.0.0:8000 or [::1]:8000; 127.0.0.1:8000 by default.\n\n" +
			"While no superuser exists it gives a one-time link to make the first one. On a terminal the link is printed;\n" +
			"otherwise it is in the file setup-link in the data directory, which the server's account alone can read.\n" +
			"The link works for 30 minutes; a restart gives a new one.\n\n" +
			"SIGTERM or SIGINT lets running requests finish; a second one does not.",
		Example: "  countersign serve\n  countersign serve 0.0.0.0:8000\n  countersign serve --listen :8443 --config /etc/countersign.toml",
		Args:    want("[ADDRESS]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, err := serveSettings(cmd, args)
			if err != nil {
				return err
			}
			cfg, err := in.loadWith(cmd, settings)
			if err != nil {
				return err
			}
			return untilStopped(cmd.Context(), func(ctx context.Context) error { return in.listen(ctx, cfg) })
		},
	}
	cmd.Flags().String(flagListen, "", "the `ADDRESS` to listen on, as host:port")
	cmd.Flags().Bool(flagMigrate, false, "bring the database schema up to date first, also when the database is not SQLite")
	return cmd
}

// serveSettings are the settings that the arguments of serve stand for.
func serveSettings(cmd *cobra.Command, args []string) (map[string]string, error) {
	settings := map[string]string{}
	if migrate := cmd.Flags().Lookup(flagMigrate); migrate.Changed {
		settings["migrate-on-start"] = migrate.Value.String()
	}
	if len(args) == 0 {
		return settings, nil
	}
	if cmd.Flags().Changed(flagListen) {
		return nil, usageError{"the address is given twice: as an argument and with --listen"}
	}
	settings[flagListen] = listenAddress(args[0])
	return settings, nil
}

// listenAddress completes an address that is a port alone, as Django's runserver
// does; 0 is every IPv4 address there.
func listenAddress(arg string) string {
	if arg != "" && strings.Trim(arg, "0123456789") == "" {
		return net.JoinHostPort("127.0.0.1", arg)
	}
	if port, ok := strings.CutPrefix(arg, "0:"); ok {
		return net.JoinHostPort("0.0.0.0", port)
	}
	return arg
}

// untilStopped runs the server. The first SIGINT or SIGTERM ends its context and
// so lets it finish; with the second it returns at once, and the process must end.
func untilStopped(ctx context.Context, run func(context.Context) error) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-signals:
		stop()
	}
	select {
	case err := <-done:
		return err
	case <-signals:
		return errStopped
	}
}

// listen opens the listener before the service, so that a port that is taken is
// known before anything is written, and serves until ctx ends.
func (in *invocation) listen(ctx context.Context, cfg *config.Config) error {
	log := in.newLog(cfg, cfg.Level())
	for _, warning := range cfg.Warnings {
		log.WarnContext(ctx, warning)
	}
	if err := makeDataDir(cfg); err != nil {
		return err
	}
	l, cfg, err := app.Listen(ctx, cfg)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer a.Close()
	if err := in.announce(ctx, a, cfg); err != nil {
		return errors.Join(err, l.Close())
	}
	return a.Serve(ctx, l, buildVersion())
}

// announce says where the server is and how the first superuser is made.
func (in *invocation) announce(ctx context.Context, a *app.App, cfg *config.Config) error {
	setup, err := in.offerSetup(ctx, a, cfg)
	if err != nil {
		return err
	}
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
	}
	_, err = fmt.Fprintf(in.env.Stdout, "Countersign %s is listening on %s://%s\n%sAPI docs: %s/api/docs\n",
		buildVersion(), scheme, cfg.Listen, setup, cfg.PublicURL)
	return err
}
