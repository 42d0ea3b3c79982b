package store_test

import (
	"context"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// TestConformance holds every database to what the features ask of their Store.
// Each suite has a database of its own.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, suite := range map[string]func(*testing.T, *store.DB){
		"checkpoints":    storetest.Checkpoints,
		"dashboard":      storetest.Dashboard,
		"events":         storetest.Events,
		"grants":         storetest.Grants,
		"import":         storetest.Import,
		"inclusions":     storetest.Inclusions,
		"keys":           storetest.Keys,
		"limited":        storetest.Limited,
		"reset_links":    storetest.ResetLinks,
		"revoked_tokens": storetest.RevokedTokens,
		"role_lists":     storetest.RoleLists,
		"roles":          storetest.Roles,
		"sealing":        storetest.Sealing,
		"sessions":       storetest.Sessions,
		"setup":          storetest.Setup,
		"superusers":     storetest.Superusers,
		"text":           storetest.Text,
		"user_files":     storetest.UserFiles,
		"user_lists":     storetest.UserLists,
		"users":          storetest.Users,
		"uses":           storetest.Uses,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, suite)
		})
	}
}

// TestLogPosition: what one process commits, another one finds when it asks next,
// although it may keep its last answer.
func TestLogPosition(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		ctx := t.Context()
		here, there := storetest.Open(t, url), storetest.Open(t, url)
		is := func(want event.Position) {
			t.Helper()
			for range 2 {
				if got, err := here.LogPosition(ctx); err != nil || got != want {
					t.Errorf("LogPosition = %+v, %v; want %+v", got, err, want)
				}
			}
		}
		is(event.Position{})
		e := event.Event{ID: "there", Detail: "{}"}
		if err := there.AppendEvent(ctx, e); err != nil {
			t.Fatal(err)
		}
		is(event.Position{Unsealed: true})
		e.Seq, e.MAC = 1, []byte("mac")
		if won, err := there.SealEvents(ctx, event.Head{}, []event.Event{e}); err != nil || !won {
			t.Fatalf("SealEvents = %v, %v", won, err)
		}
		is(event.Position{Seq: 1})

		// A failure in between must not leave the answer from before it.
		if err := there.AppendEvent(ctx, event.Event{ID: "again", Detail: "{}"}); err != nil {
			t.Fatal(err)
		}
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := here.LogPosition(cancelled); err == nil {
			t.Error("LogPosition with a cancelled context: no error")
		}
		is(event.Position{Seq: 1, Unsealed: true})
	})
}
