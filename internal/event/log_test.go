package event_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

// Case E34: a cut-off is in force in the process that committed it when the
// caller is answered, and in another when it has read on.
func TestCutoffsTakeEffect(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		here, there := start(t, url), start(t, url)
		e := here.append(t, ending("s-1"))
		if n := here.Revocations.Len(); n != 1 {
			t.Errorf("%d cut-offs in force where it was committed, want 1", n)
		}
		if rows := sealed(t, here.db); len(rows) != 1 {
			t.Errorf("%d rows are sealed when the caller is answered, want 1", len(rows))
		}
		if n := here.told(e.ID); n != 2 { // when committed, and when read
			t.Errorf("the process was told %d times, want 2", n)
		}
		if n := there.Revocations.Len(); n != 0 {
			t.Errorf("%d cut-offs in the other process before it reads", n)
		}
		must(t, there.Sync(t.Context()))
		if n := there.Revocations.Len(); n != 1 || there.told(e.ID) != 1 {
			t.Errorf("%d cut-offs in the other process, told %d times, want 1 and 1", n, there.told(e.ID))
		}
		late := start(t, url)
		if n := late.Revocations.Len(); n != 1 || late.told(e.ID) != 0 {
			t.Errorf("%d cut-offs in a process that starts later, told %d times, want 1 and 0", n, late.told(e.ID))
		}
	})
}

// A revocation is in force where it was committed even when the log cannot be
// read any more right after the commit.
func TestCutoffsTakeEffectWithoutTheLog(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		here := start(t, url)
		storetest.Exec(t, url, `ALTER TABLE event_head RENAME TO event_head_gone`)
		if err := here.Sync(t.Context()); err == nil {
			t.Fatal("the log can still be read")
		}
		here.append(t, ending("s-1"))
		if n := here.Revocations.Len(); n != 1 {
			t.Errorf("%d cut-offs in force where it was committed, want 1", n)
		}
	})
}

// A process that starts knows of the revocation that another one committed and
// did not live to seal.
func TestCutoffsThatWaitForTheirSeal(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		died := start(t, url)
		died.db.OnCommit(nil)
		e := died.append(t, ending("s-1"))
		late := start(t, url)
		if n := late.Revocations.Len(); n != 1 {
			t.Errorf("%d cut-offs in a process that starts, want 1", n)
		}
		must(t, late.Sync(t.Context()))
		if rows := sealed(t, late.db); len(rows) != 1 || late.told(e.ID) != 1 || late.Revocations.Len() != 1 {
			t.Errorf("%d rows, told %d times, %d cut-offs after a sync, want one of each", len(rows), late.told(e.ID), late.Revocations.Len())
		}
	})
}

// What one transaction writes and does not commit is never heard of.
func TestRolledBackIsNotHeard(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	e := ending("s-1")
	abandon := errors.New("abandon")
	err := storeTx(p)(t.Context(), func(tx event.Store) error {
		return errors.Join(tx.AppendEvent(t.Context(), e), abandon)
	})
	fails(t, "the transaction", err, abandon)
	must(t, p.Sync(t.Context()))
	if p.told(e.ID) != 0 || p.Revocations.Len() != 0 {
		t.Errorf("told %d times, %d cut-offs, want neither", p.told(e.ID), p.Revocations.Len())
	}
}

// A caller that goes away takes no revocation along.
func TestCommittedOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.db.OnCommit(nil)
	e := p.append(t, ending("s-1"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	p.Committed(gone, []event.Event{e})
	if rows := sealed(t, p.db); len(rows) != 1 || p.Revocations.Len() != 1 {
		t.Errorf("%d rows sealed, %d cut-offs, want 1 and 1", len(rows), p.Revocations.Len())
	}
}

// A cut-off that only a newer version understands makes the process refuse in
// place of looking complete.
func TestUnknownCutoffMakesStale(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.db.OnCommit(nil) // another process commits it
	unknown := something("x").Revoking(verify.Cutoff{Kind: "galaxy", ID: "g", Until: begin.Add(time.Hour)})
	must(t, p.db.AppendEvent(t.Context(), unknown))
	must(t, p.db.AppendEvent(t.Context(), ending("behind it")))
	must(t, p.Fresh())
	p.clock.move(6 * time.Second)
	if p.Sync(t.Context()) == nil {
		t.Error("Sync over a cut-off that is not understood: no error")
	}
	fails(t, "Fresh", p.Fresh(), event.ErrStale)
	if _, err := p.db.DeleteCutoffs(t.Context(), begin.Add(2*time.Hour), 10); err != nil {
		t.Fatal(err)
	}
	must(t, p.Sync(t.Context())) // it is over, and so is the doubt
	must(t, p.Fresh())
}

func TestStaleness(t *testing.T) {
	t.Parallel()
	p := unstarted(t, storetest.New(t))
	fails(t, "Fresh before Start", p.Fresh(), event.ErrStale)
	if p.Started() {
		t.Error("Started before Start")
	}
	must(t, p.Start(t.Context()))
	if !p.Started() {
		t.Error("not Started after Start")
	}
	p.clock.move(p.MaxStaleness)
	must(t, p.Fresh())
	p.clock.move(time.Millisecond)
	err := p.Fresh()
	fails(t, "Fresh past the bound", err, event.ErrStale)
	if f := fault.Of(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("ErrStale is of kind %d, retry after %s", f.Kind, f.RetryAfter)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if p.Sync(gone) == nil {
		t.Error("Sync with a context that has ended: no error")
	}
	fails(t, "Fresh after a Sync that failed", p.Fresh(), event.ErrStale)
	must(t, p.Sync(t.Context()))
	must(t, p.Fresh())
}

// A backup is put back under the running process: what it read before does not
// count any more, and what it revoked stays revoked.
func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	p.append(t, ending("kept"))
	p.append(t, ending("lost"))
	if p.forgot != 0 {
		t.Fatal("Forgot was called before anything was replaced")
	}
	storetest.Exec(t, url, `DELETE FROM cutoffs WHERE target = 'lost'`)
	storetest.Exec(t, url, `DELETE FROM events WHERE seq = 2`)
	storetest.Exec(t, url, `UPDATE event_head SET seq = 1, mac = (SELECT mac FROM events WHERE seq = 1)`)
	must(t, p.Sync(t.Context()))
	if p.forgot != 1 {
		t.Errorf("Forgot was called %d times, want once", p.forgot)
	}
	if n := p.Revocations.Len(); n != 2 {
		t.Errorf("%d cut-offs in force, want both", n)
	}
	e := p.append(t, ending("new")) // takes the number of the lost one
	if p.told(e.ID) != 2 || p.forgot != 1 {
		t.Errorf("told %d times of what came after, forgot %d times", p.told(e.ID), p.forgot)
	}
	if report, err := p.Check(t.Context()); err != nil || report.Checked != 2 {
		t.Errorf("Check = %+v, %v", report, err)
	}
}

// unsealable is a database that takes no more writes: a full disk.
type unsealable struct{ event.Store }

func (unsealable) SealEvents(context.Context, event.Head, []event.Event) (bool, error) {
	return false, errors.New("the disk is full")
}

// What cannot be sealed is known all the same, and reading goes on.
func TestRevocationsOnAFullDisk(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	other := start(t, url)
	other.append(t, ending("sealed"))
	other.db.OnCommit(nil)
	must(t, other.db.AppendEvent(t.Context(), ending("not sealed")))

	p := unstarted(t, unsealable{other.db})
	must(t, p.Start(t.Context()))
	p.clock.move(time.Minute)
	if p.Sync(t.Context()) == nil {
		t.Error("Sync that cannot seal: no error")
	}
	must(t, p.Fresh())
	if n := p.Revocations.Len(); n != 2 {
		t.Errorf("%d cut-offs in force, want 2", n)
	}
}

// A row of no consequence is sealed by the next look at the log, not by its
// writer.
func TestPlainEventsWait(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	e := p.append(t, event.New(access.Command("test"), begin, event.RoleCreated, event.Role("r", "R")))
	if rows := sealed(t, p.db); len(rows) != 0 || p.told(e.ID) != 1 {
		t.Errorf("%d rows sealed, told %d times, want 0 and 1", len(rows), p.told(e.ID))
	}
	must(t, p.Sync(t.Context()))
	if rows := sealed(t, p.db); len(rows) != 1 || p.told(e.ID) != 2 {
		t.Errorf("%d rows sealed, told %d times, want 1 and 2", len(rows), p.told(e.ID))
	}
}
