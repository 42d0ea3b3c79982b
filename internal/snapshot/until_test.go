package snapshot_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Case E30: what was given for a limited time is gone when the time has come, without
// an event; until then it is remembered.
func TestGet_until(t *testing.T) {
	t.Parallel()
	s := &counted{DB: storetest.New(t)}
	var after atomic.Int64 // begin
	c, err := snapshot.New(s, 100, func() time.Time { return begin.Add(time.Duration(after.Load())) })
	must(t, err)
	add(t, s, "ann")
	grant := func(p access.Permission, until time.Duration) {
		_, err := s.GrantPermission(t.Context(), "ann", p, begin.Add(until))
		must(t, err)
	}
	grant(access.ViewKey, time.Minute)
	grant(access.ViewUser, time.Hour)
	for _, step := range []struct {
		after time.Duration
		holds int
		reads bool
	}{
		{0, 2, true}, {time.Minute - time.Millisecond, 2, false}, {time.Minute, 1, true}, {time.Minute, 1, false},
		{time.Hour - 1, 1, false}, {time.Hour, 0, true}, {2 * time.Hour, 0, false},
	} {
		after.Store(int64(step.after))
		s.statements()
		if got := get(t, c, "ann").Rights.Permissions; len(got) != step.holds {
			t.Errorf("after %v: %v, want %d permissions", step.after, got, step.holds)
		}
		if read := s.statements() > 0; read != step.reads {
			t.Errorf("after %v: read is %v, want %v", step.after, read, step.reads)
		}
	}
}

// What ends while it is read is not answered.
func TestGet_ends_while_it_is_read(t *testing.T) {
	t.Parallel()
	s := &counted{DB: storetest.New(t), stopped: make(chan struct{}), goOn: make(chan struct{})}
	var after atomic.Int64
	c, err := snapshot.New(s, 100, func() time.Time { return begin.Add(time.Duration(after.Load())) })
	must(t, err)
	add(t, s, "ann")
	_, err = s.GrantPermission(t.Context(), "ann", access.ViewKey, begin.Add(time.Minute))
	must(t, err)
	stopped := s.stopped
	go func() {
		<-stopped
		after.Store(int64(time.Minute))
		close(s.goOn)
	}()
	if got := get(t, c, "ann").Rights.Permissions; len(got) != 0 {
		t.Errorf("permissions = %v, want none: they ended meanwhile", got)
	}
}
