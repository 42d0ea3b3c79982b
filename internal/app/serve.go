package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/httpapi"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/simplejwt"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/internal/wellknown"
)

const (
	maxHeaderBytes = 32 << 10
	maxBodyBytes   = 64 << 10
)

// Listen opens the configured address and returns the configuration as it is with
// that address: with port 0 the public URL is known only now. A certificate that
// cannot be used is an error here, before anybody is told of the address.
func Listen(ctx context.Context, cfg *config.Config) (net.Listener, *config.Config, error) {
	if cfg.TLSCert != "" {
		if _, err := newCertificate(cfg.TLSCert, cfg.TLSKey, slog.New(slog.DiscardHandler)); err != nil {
			return nil, nil, err
		}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot listen on %s: %w", cfg.Listen, err)
	}
	if _, port, err := net.SplitHostPort(cfg.Listen); err == nil && port == "0" {
		cfg = cfg.BoundTo(l.Addr().String())
	}
	return l, cfg, nil
}

// Handler returns the routes behind the chain that every request goes through.
func (a *App) Handler(version string) (http.Handler, error) {
	mux := http.NewServeMux()
	dialect, err := a.register(mux, version)
	if err != nil {
		return nil, err
	}
	return web.Chain(dialect.Literal(mux), web.Options{
		Log: a.log, TrustedProxies: a.cfg.TrustedProxies, AllowedHosts: a.cfg.AllowedHosts, CORSOrigins: a.cfg.CORSOrigins,
		TokenHeader: a.cfg.AuthHeaderName,
		Timeout:     a.cfg.RequestTimeout, MaxBody: maxBodyBytes, TLS: a.cfg.TLSCert != "",
	}), nil
}

// register adds every route that there is, and returns the dialect, which has a rule
// for paths besides.
func (a *App) register(mux *http.ServeMux, version string) (*simplejwt.API, error) {
	throttle := a.throttle()
	dialect := a.dialect(throttle)
	dialect.Register(mux)
	api := &httpapi.API{
		Accounts: a.Accounts, Roles: a.Roles, Sessions: a.Sessions, SignIn: a.SignIn, Events: a.Events, Keys: a.Keys, Bearer: a.Bearer,
		Cursors: page.NewCursors(a.root.Derive(secret.LabelCursor, nil)), Version: version, PublicURL: a.cfg.PublicURL,
		Throttle: throttle, Sliding: a.cfg.SimpleJWT(),
	}
	if err := api.Register(mux); err != nil {
		return nil, err
	}
	if err := a.site(api.Cursors, throttle).Register(mux); err != nil {
		return nil, err
	}
	(&wellknown.API{Keys: a.Keys, MaxAge: a.cfg.JWKSMaxAge, Ready: a.ready}).Register(mux)
	return dialect, nil
}

// Serve answers on the listener until ctx ends, then drains. It runs the workers
// and returns when all have stopped. The listener is closed.
func (a *App) Serve(ctx context.Context, l net.Listener, version string) error {
	handler, err := a.Handler(version)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: a.cfg.ReadHeaderTimeout, ReadTimeout: a.cfg.ReadTimeout,
		WriteTimeout: a.cfg.WriteTimeout, IdleTimeout: a.cfg.IdleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	if a.cfg.TLSCert != "" {
		pair, err := newCertificate(a.cfg.TLSCert, a.cfg.TLSKey, a.log)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get}
	}
	a.raiseProcs()
	// What start-up needed and nothing needs any more goes back to the system: most
	// of it is the word lists that password scoring reads when the program loads.
	debug.FreeOSMemory()

	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	for _, run := range []func(context.Context){a.Events.Run, a.SignIn.Failures.Run, a.reloadKeys, a.keepTime, a.keepHead, a.sweep,
		a.reportBridge, a.followKeys} {
		workers.Go(func() { run(working) })
	}
	defer workers.Wait()
	defer stop()

	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(l, "", "")
			return
		}
		failed <- server.Serve(l)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	a.log.InfoContext(ctx, "stopping; requests in flight may end", "drain_timeout", a.cfg.DrainTimeout)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		a.log.WarnContext(ctx, "requests were cut off: they did not end in the drain time", "drain_timeout", a.cfg.DrainTimeout)
		return server.Close()
	}
	return nil
}

// reloadKeys loads the keys when an event says that they changed.
func (a *App) reloadKeys(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.rekeyed:
		}
		if err := a.Keys.Load(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "the signing keys changed and cannot be loaded", "err", err)
			time.AfterFunc(time.Second, a.newKeys)
		}
	}
}

// keepTime measures the offset to the database's clock every minute.
func (a *App) keepTime(ctx context.Context) {
	every(ctx, time.Minute, func() {
		if err := a.clock.measure(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "the database's clock cannot be read", "err", err)
		}
	})
}

const (
	sweepEvery   = 10 * time.Minute
	sweepBatch   = 500
	keepSessions = 24 * time.Hour // after their end
	keepRevoked  = time.Minute    // after their expiry: the largest leeway, and a margin
)

// sweep removes what is over: sessions, what is kept about foreign tokens, reset links,
// what was given until a time, old events.
func (a *App) sweep(ctx context.Context) {
	every(ctx, sweepEvery, func() {
		a.sweepAll(ctx, "sessions that are over", keepSessions, a.db.DeleteSessions)
		a.sweepAll(ctx, "revoked tokens that expired", keepRevoked, a.db.DeleteRevokedTokens)
		a.retainEvents(ctx)
		a.sweepAll(ctx, "reset links that expired", 0, a.db.DeleteResetLinks)
		a.sweepAll(ctx, "roles and grants that ended", 0, a.Roles.RemoveEnded)
	})
}

// sweepAll removes everything of a kind that was over so long ago.
func (a *App) sweepAll(ctx context.Context, what string, ago time.Duration, remove func(context.Context, time.Time, int) (int64, error)) {
	for ctx.Err() == nil {
		n, err := remove(ctx, a.clock.now().Add(-ago), sweepBatch)
		if err != nil {
			a.log.WarnContext(ctx, what+" were not removed", "err", err)
			return
		}
		if n < sweepBatch {
			return
		}
	}
}

// retainEvents removes old events, where the settings say so.
func (a *App) retainEvents(ctx context.Context) {
	if a.cfg.EventRetention == 0 || ctx.Err() != nil {
		return
	}
	n, err := a.Events.Retain(ctx, a.cfg.EventRetention)
	if n > 0 {
		a.log.InfoContext(ctx, "removed old events", "events", n)
	}
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "old events were not removed", "err", err)
	}
}

func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}
