package app

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/config"
)

// Case E30: a cut-off outlives the last token that a process makes of what it
// remembers, which may be as old as the staleness bound.
func TestBuild_horizon(t *testing.T) {
	t.Parallel()
	a := &App{clock: &clock{machine: time.Now}, cfg: &config.Config{
		AccessLifetime: 5 * time.Minute, MaxStaleness: 4 * time.Minute,
		HashMemoryKiB: 64, HashIterations: 1, HashParallelism: 1, HashWorkers: 1, HashQueue: 1,
	}}
	if err := a.build(); err != nil {
		t.Fatal(err)
	}
	defer a.hasher.Close()
	const least = 5*time.Minute + 4*time.Minute + 30*time.Second // and a verifier's leeway
	for name, horizon := range map[string]time.Duration{
		"Accounts": a.Accounts.Horizon, "Roles": a.Roles.Horizon, "Sessions": a.Sessions.Horizon,
	} {
		if horizon < least {
			t.Errorf("%s: a cut-off is kept for %s, want at least %s", name, horizon, least)
		}
	}
}
