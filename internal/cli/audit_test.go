package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/store/storetest"
)

// audited opens the service of an environment some time ago, has it record an event
// and keep none that is older than 30 days, and returns the head of its log.
func audited(t *testing.T, env []string, ago time.Duration) string {
	t.Helper()
	ctx := t.Context()
	cfg, err := config.Load(config.Source{WorkDir: t.TempDir(), Environ: env})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.OpenAt(ctx, cfg, slog.New(slog.DiscardHandler), func() time.Time { return time.Now().Add(-ago) })
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, do := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := a.SetupURL(ctx); return err },
		a.Events.Sync,
		func(ctx context.Context) error { _, err := a.Events.Retain(ctx, 30*24*time.Hour); return err },
		a.Events.Sync,
	} {
		if err := do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	head, err := a.Events.Store.LogHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return head.String()
}

// Case M12, over the command: what was removed at a checkpoint is said, a head from
// before it is refused as such, and what nobody signed is found.
func TestAuditVerifyAfterRetention(t *testing.T) {
	t.Parallel()
	env := environ(t)
	path := filepath.Join(t.TempDir(), "head")
	verify := func(head string) (status int, said string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(head+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, log bytes.Buffer
		status = Main(t.Context(), []string{"audit", "verify", "--head", path}, Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log, Environ: env, Terminal: isTerminal,
		})
		return status, out.String() + log.String()
	}
	old := audited(t, env, 61*24*time.Hour)
	audited(t, env, 60*24*time.Hour)
	if status, said := verify(old); status != statusDone || !strings.HasPrefix(said, "Events 1 to ") || strings.Contains(said, "removed") {
		t.Errorf("of a log that is whole: %d, %s", status, said)
	}
	recent := audited(t, env, 0)
	status, said := verify(recent)
	if status != statusDone || !strings.Contains(said, "are as they were sealed. Those to ") || !strings.Contains(said, "at a signed checkpoint") {
		t.Errorf("after the removal: %d, %s", status, said)
	}
	status, said = verify(old)
	if status != statusFailed || !strings.Contains(said, "are as they were sealed") || !strings.Contains(said, "older than the events that are kept") {
		t.Errorf("with a head from before the removal: %d, %s", status, said)
	}
	_, dir, _ := strings.Cut(env[0], "=")
	storetest.Exec(t, "sqlite:"+filepath.Join(dir, "countersign.db"), `UPDATE event_checkpoint SET seq = seq + 1`)
	for _, head := range []string{old, recent} {
		if status, said := verify(head); status != statusFailed || !strings.Contains(said, "is not what was sealed") {
			t.Errorf("with a forged checkpoint: %d, %s", status, said)
		}
	}
}
