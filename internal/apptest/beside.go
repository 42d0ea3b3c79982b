package apptest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
)

// Beside opens the service's database as the command line does beside a running
// server: the same features, no listener and no workers. It is closed after the
// test.
func (s *Service) Beside(t testing.TB) *app.App {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: s.settings(t), WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.OpenAt(context.Background(), cfg, slog.New(slog.DiscardHandler), s.time.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}
