package apptest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Version is what the services under test say that they are.
const Version = "0.0.0-test"

// Options say what kind of service a test needs. The zero value is the defaults
// on SQLite.
type Options struct {
	// Kind is the kind of database: "sqlite" (also ""), "postgres" or "mysql".
	Kind string

	// Config has settings by their name in the environment, without COUNTERSIGN_:
	// {"REFRESH_GRACE": "0s"}.
	Config map[string]string

	// Forward puts a Forwarder between the service and its database server.
	Forward bool

	// AllowErrors lets the service log lines of level ERROR.
	AllowErrors bool

	// BreaksLog says that the test damages the event log: its chain is not
	// checked at the end.
	BreaksLog bool
}

// Service is a running service.
type Service struct {
	App    *app.App
	Config *config.Config
	URL    string // of the listener, without a slash at the end
	Client *http.Client
	Log    *Log

	// Forwarder is the way to the database server, with Options.Forward.
	Forwarder *Forwarder

	// DatabaseURL and Secret are what Second shares with the first.
	DatabaseURL string
	Secret      string

	o     Options
	time  *shared
	stop  context.CancelFunc
	ended chan error
	once  sync.Once
}

// Start runs a service until the test ends.
func Start(t testing.TB, o Options) *Service {
	t.Helper()
	if o.Kind == "" {
		o.Kind = "sqlite"
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	s := &Service{
		DatabaseURL: storetest.URL(t, o.Kind), Secret: base64.StdEncoding.EncodeToString(raw),
		o: o, time: new(shared),
	}
	if o.Forward {
		s.Forwarder, s.DatabaseURL = newForwarder(t, s.DatabaseURL)
	}
	s.start(t)
	return s
}

// Each runs f on a service of every kind of database that this run has, as a
// parallel subtest of that name.
func Each(t *testing.T, o Options, f func(t *testing.T, s *Service)) {
	t.Helper()
	for _, kind := range storetest.Kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			with := o
			with.Kind = kind
			f(t, Start(t, with))
		})
	}
}

// Second runs another service on the same database, with the same instance secret
// and the same time, until the test ends. Its public URL, and with it issuer and
// audience, are the first one's, as behind a load balancer.
func (s *Service) Second(t testing.TB) *Service {
	t.Helper()
	other := &Service{DatabaseURL: s.DatabaseURL, Secret: s.Secret, o: s.o, time: s.time}
	other.o.Config = map[string]string{"PUBLIC_URL": s.Config.PublicURL}
	maps.Copy(other.o.Config, s.o.Config)
	other.start(t)
	return other
}

// settings is the environment: cheap hashes, few connections, and a queue that
// fifty clients at once do not overflow.
func (s *Service) settings(t testing.TB) []string {
	given := map[string]string{
		"LISTEN": "127.0.0.1:0", "DATA_DIR": t.TempDir(), "DATABASE_URL": s.DatabaseURL, "SECRET": s.Secret,
		"DATABASE_MAX_CONNS": "8", "HASH_MEMORY_KIB": "64", "HASH_ITERATIONS": "1", "HASH_QUEUE": "512",
	}
	maps.Copy(given, s.o.Config)
	var environ []string
	for name, value := range given {
		environ = append(environ, "COUNTERSIGN_"+name+"="+value)
	}
	return environ
}

func (s *Service) start(t testing.TB) {
	t.Helper()
	s.Log = &Log{}
	log := slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg, err := config.Load(config.Source{Environ: s.settings(t), WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	l, cfg, err := app.Listen(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Config = cfg
	if s.App, err = app.OpenAt(ctx, cfg, log, s.time.now); err != nil {
		_ = l.Close()
		t.Fatal(err)
	}
	s.time.join(s)
	scheme := "http://"
	if cfg.TLSCert != "" {
		scheme = "https://"
	}
	s.URL = scheme + l.Addr().String()
	s.Client = newClient()
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.App.Serve(ctx, l, Version) }()
	t.Cleanup(func() { s.end(t) })
}

// newClient returns a client that follows no redirects and keeps enough
// connections for the races.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
}

// Stop checks the event log, has the service drain and waits until it has stopped.
// What Serve returned fails the test when it is an error. Stopping twice is once.
func (s *Service) Stop(t testing.TB) {
	t.Helper()
	s.once.Do(func() {
		if !s.o.BreaksLog {
			s.CheckChain(t)
		}
		s.stop()
		if tr, ok := s.Client.Transport.(*http.Transport); ok {
			tr.CloseIdleConnections()
		}
		if err := <-s.ended; err != nil {
			t.Errorf("the service ended with: %v", err)
		}
		s.time.leave(s)
		s.App.Close()
	})
}

func (s *Service) end(t testing.TB) {
	t.Helper()
	s.Stop(t)
	if s.o.AllowErrors {
		return
	}
	for _, line := range s.Log.Lines() {
		if strings.Contains(line, `"level":"ERROR"`) {
			t.Errorf("the service logged an error: %s", line)
		}
	}
}
