package app

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
)

// The service removes old events where the settings say so, and otherwise none.
func TestRetainEvents(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]int64{"": 0, "COUNTERSIGN_EVENT_RETENTION=0s": 0, "COUNTERSIGN_EVENT_RETENTION=30d": 3} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(config.Source{WorkDir: t.TempDir(), Environ: []string{
				"COUNTERSIGN_DATABASE_URL=" + storetest.URL(t, "sqlite"), "COUNTERSIGN_HASH_MEMORY_KIB=64", setting,
			}})
			if err != nil {
				t.Fatal(err)
			}
			var ahead atomic.Int64
			a, err := OpenAt(t.Context(), cfg, slog.New(slog.DiscardHandler), func() time.Time {
				return time.Now().Add(time.Duration(ahead.Load()))
			})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			report := func() event.Report {
				t.Helper()
				if err := a.Events.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
				r, err := a.Events.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			link := func() {
				t.Helper()
				if _, err := a.SetupURL(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			first := report().Checked // the first signing key
			for range 3 - first {
				link()
			}
			report()
			ahead.Store(int64(40 * 24 * time.Hour))
			link()
			a.retainEvents(t.Context())
			report()
			a.retainEvents(t.Context())
			if r := report(); r.Removed != want {
				t.Errorf("%d events were removed, want %d", r.Removed, want)
			}
		})
	}
}
