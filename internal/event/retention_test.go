package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

const month = 30 * day

func TestRetainRemovesWhatIsOld(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := start(t, url)
		if n := p.retained(t, month); n != 0 {
			t.Errorf("%d events of an empty log were removed", n)
		}
		p.aged(t, 3, 40*day)
		p.aged(t, 1, month+time.Hour)
		p.aged(t, 2, month) // not older
		p.aged(t, 2, 40*day)
		if n := p.retained(t, month); n != 4 {
			t.Errorf("%d events were removed, want the 4 before the first that is not old enough", n)
		}
		rows := sealed(t, p.db)
		if len(rows) != 5 || rows[0].Seq != 5 {
			t.Fatalf("%d rows from %d are kept, want 5 from 5", len(rows), rows[0].Seq)
		}
		report, err := p.Check(t.Context())
		if err != nil || report != (event.Report{From: 5, Checked: 5, Removed: 4, RemovedAt: begin}) {
			t.Errorf("Check = %+v, %v", report, err)
		}
		said := rows[4]
		var detail struct {
			Checkpoint struct {
				Seq, Removed   int64
				MAC, Signature string
				At             time.Time
			}
		}
		must(t, json.Unmarshal([]byte(said.Detail), &detail))
		if c := detail.Checkpoint; said.Action != event.EventsRemoved || said.Subject.ID != "1-4" || c.Seq != 4 || c.Removed != 4 ||
			len(c.MAC) != 64 || len(c.Signature) != 64 || !c.At.Equal(begin) {
			t.Errorf("recorded %s on %s: %s", said.Action, said.Subject.ID, said.Detail)
		}
		if n := p.retained(t, month); n != 0 {
			t.Errorf("%d events were removed again", n)
		}
	})
}

// Each removal is an event, so an idle log is left alone until a day's worth is old.
func TestRetainWaitsADay(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.aged(t, 2, month+day)
	p.aged(t, 1, month+time.Hour)
	p.aged(t, 1, 0)
	if n := p.retained(t, month); n != 0 {
		t.Errorf("%d events were removed within the day", n)
	}
	p.clock.move(time.Millisecond)
	if n := p.retained(t, month); n != 3 {
		t.Errorf("%d events were removed, want 3", n)
	}
}

// What waits for its seal, and the last sealed row, stay however old they are.
func TestRetainKeepsTheHead(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.db.OnCommit(nil)
	p.aged(t, 3, 50*day)
	e := something("waits")
	e.At = begin.Add(-50 * day)
	p.append(t, e)
	n, err := p.Retain(t.Context(), month)
	must(t, err)
	rows := sealed(t, p.db)
	if n != 2 || len(rows) != 1 || rows[0].Seq != 3 {
		t.Errorf("%d removed, %d sealed rows left", n, len(rows))
	}
	must(t, p.Sync(t.Context()))
	if report, err := p.Check(t.Context()); err != nil || report.Checked != 3 {
		t.Errorf("Check = %+v, %v", report, err)
	}
}

// More rows than a transaction removes.
func TestRetainRemovesInBatches(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	for range 23 {
		must(t, store.TxFunc[event.Store](p.db)(t.Context(), func(tx event.Store) error {
			for range 100 {
				e := something("many")
				e.At = begin.Add(-50 * day)
				if err := tx.AppendEvent(t.Context(), e); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	p.aged(t, 1, 0)
	if n := p.retained(t, month); n != 2300 {
		t.Errorf("%d events were removed, want 2300", n)
	}
	if report, err := p.Check(t.Context()); err != nil || report.From != 2301 || report.Checked != 4 {
		t.Errorf("Check = %+v, %v; want 1 row and 3 removals", report, err)
	}
}

// What an event revokes outlives it: in a process that starts later, with the moment
// that tokens without versions are held against.
func TestRetainKeepsWhatIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := start(t, url)
		for id, until := range map[string]time.Time{"forever": {}, "long": begin.Add(time.Hour), "over": begin.Add(-time.Hour)} {
			e := event.New(access.Command("test"), begin.Add(-50*day), event.SessionsEnded, event.User(ident.UserID(id), id))
			p.append(t, e.Revoking(verify.Cutoff{Kind: verify.CutoffUser, ID: id, Min: 3, Until: until, Reason: "signed_out"}))
		}
		p.aged(t, 1, 0)
		if n := p.retained(t, month); n != 3 {
			t.Fatalf("%d events were removed, want 3", n)
		}
		found, head, err := p.db.LiveCutoffs(t.Context(), begin)
		must(t, err)
		if len(found) != 2 || head != 5 {
			t.Fatalf("%d cut-offs in force to %d, want 2 to 5", len(found), head)
		}
		for _, c := range found {
			if !c.At.Equal(begin.Add(-50*day)) || c.Seq < 1 || c.Seq > 3 || c.Min != 3 {
				t.Errorf("what is left of a cut-off: %+v", c)
			}
		}
		if late := start(t, url); late.Revocations.Len() != 2 {
			t.Errorf("%d cut-offs in a process that starts later, want 2", late.Revocations.Len())
		}
	})
}

// Several processes remove at the same time: each row once, each removal recorded
// once, and the log is good.
func TestRetainInManyProcesses(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		processes := []*process{start(t, url), start(t, url), start(t, url)}
		p := processes[0]
		p.aged(t, 40, 50*day)
		p.aged(t, 2, 0)
		removed, errs := make([]int64, len(processes)), make([]error, len(processes))
		var wg sync.WaitGroup
		for i, p := range processes {
			wg.Go(func() {
				removed[i], errs[i] = p.Retain(t.Context(), month)
				errs[i] = errors.Join(errs[i], p.Sync(t.Context()))
			})
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		if n := removed[0] + removed[1] + removed[2]; n != 40 {
			t.Errorf("%v removed, want 40 together", removed)
		}
		if report, err := p.Check(t.Context()); err != nil || report.From != 41 || report.Checked != 3 {
			t.Errorf("Check = %+v, %v", report, err)
		}
	})
}

// A process that slept for longer than events are kept does not read on as if
// nothing had been between.
func TestReadingOverARemoval(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p, slept := start(t, url), start(t, url)
	p.aged(t, 3, 50*day)
	missed := ending("missed")
	missed.At = begin.Add(-49 * day)
	p.append(t, missed)
	p.aged(t, 1, 0)
	if n := p.retained(t, month); n != 4 {
		t.Fatalf("%d events were removed, want 4", n)
	}
	must(t, slept.Sync(t.Context()))
	if slept.forgot != 1 || slept.Revocations.Len() != 1 {
		t.Errorf("forgot %d times, %d cut-offs in force, want 1 and 1", slept.forgot, slept.Revocations.Len())
	}
	e := p.append(t, ending("new"))
	must(t, slept.Sync(t.Context()))
	if slept.forgot != 1 || slept.told(e.ID) != 1 {
		t.Errorf("forgot %d times, told %d times of what came after", slept.forgot, slept.told(e.ID))
	}
}

// Evidence is not removed: neither what was changed, nor what comes after it.
func TestRetainVerifiesWhatItRemoves(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a_changed_row":       `UPDATE events SET detail = '{"a":1}' WHERE seq = 3`,
		"a_removed_row":       `DELETE FROM events WHERE seq = 3`,
		"the_first_row":       `DELETE FROM events WHERE seq = 1`,
		"a_forged_checkpoint": `UPDATE event_checkpoint SET seq = 1, mac = (SELECT mac FROM events WHERE seq = 1), removed = 1, signature = zeroblob(32)`,
		"no_checkpoint":       `DELETE FROM event_checkpoint`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, "sqlite")
			p := start(t, url)
			p.aged(t, 6, 50*day)
			p.aged(t, 1, 0)
			storetest.Exec(t, url, statement)
			before := len(sealed(t, p.db))
			n, err := p.Retain(t.Context(), month)
			fails(t, "Retain", err, event.ErrChain)
			if left := len(sealed(t, p.db)); n != 0 || left != before {
				t.Errorf("%d removed, %d of %d rows left", n, left, before)
			}
		})
	}
}

// What was sealed under a lost secret grows old too.
func TestRetainAfterALostSecret(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	p.aged(t, 3, 60*day)
	p.aged(t, 1, 50*day)
	if n := p.retained(t, 55*day); n != 3 {
		t.Fatalf("%d events were removed before the loss, want 3", n)
	}
	p.Key, p.CheckpointKey = []byte("another key"), []byte("another one")
	reset := something("reset")
	reset.Action, reset.At = event.KeysReset, begin.Add(-40*day)
	p.append(t, reset)
	p.aged(t, 2, 35*day)
	p.aged(t, 1, 0)
	if report, err := p.Check(t.Context()); err != nil || report != (event.Report{From: 6, Checked: 4}) {
		t.Fatalf("Check before = %+v, %v", report, err)
	}
	storetest.Exec(t, url, `UPDATE events SET detail = '{"a":1}' WHERE seq = 7`)
	if n, err := p.Retain(t.Context(), month); !errors.Is(err, event.ErrChain) || n != 0 {
		t.Errorf("Retain with a changed row after the loss = %d, %v", n, err)
	}
	storetest.Exec(t, url, `UPDATE events SET detail = '{"i":0}' WHERE seq = 7`)
	if n := p.retained(t, month); n != 1 { // the record of the first removal is from begin
		t.Errorf("%d events were removed, want 1", n)
	}
	if report, err := p.Check(t.Context()); err != nil || report != (event.Report{From: 6, Checked: 5, Removed: 4, RemovedAt: begin}) {
		t.Errorf("Check = %+v, %v", report, err)
	}
	p.clock.move(60 * day)
	if n := p.retained(t, month); n != 5 {
		t.Errorf("%d events were removed later, want the one from before the loss and 4", n)
	}
	if report, err := p.Check(t.Context()); err != nil || report.From != 10 {
		t.Errorf("Check later = %+v, %v", report, err)
	}
}

// A head that was written down is worth something while its row is kept, or follows
// the checkpoint; an older one is told from a log that was cut off.
func TestWitnessAndRemoval(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	p.aged(t, 6, 50*day)
	p.aged(t, 2, 0)
	var heads []event.Head
	for _, e := range sealed(t, p.db) {
		heads = append(heads, event.Head{Seq: e.Seq, MAC: e.MAC})
	}
	if n := p.retained(t, month); n != 6 {
		t.Fatalf("%d events were removed, want 6", n)
	}
	for _, h := range heads {
		err := p.CheckWitness(t.Context(), h)
		if h.Seq < 6 {
			fails(t, fmt.Sprint("CheckWitness of ", h.Seq), err, event.ErrHeadOld)
		} else if err != nil {
			t.Errorf("CheckWitness of %d: %v", h.Seq, err)
		}
	}
	other := event.Head{Seq: 6, MAC: heads[0].MAC}
	fails(t, "another head with the number of the checkpoint", p.CheckWitness(t.Context(), other), event.ErrChain)
	storetest.Exec(t, url, `UPDATE event_checkpoint SET mac = ?`, other.MAC)
	fails(t, "the same with a checkpoint that says so", p.CheckWitness(t.Context(), other), event.ErrChain)
	storetest.Exec(t, url, `UPDATE event_checkpoint SET mac = ?`, heads[5].MAC)
	fails(t, "an old head again", p.CheckWitness(t.Context(), heads[0]), event.ErrHeadOld)
	p.CheckpointKey = []byte("another key")
	fails(t, "an old head with a checkpoint that nobody signed", p.CheckWitness(t.Context(), heads[0]), event.ErrChain)
}

// cutting is a log whose beginning another process removes after each look at it.
type cutting struct {
	event.Store
	then func()
}

func (c cutting) SealedEvents(ctx context.Context, after int64, limit int) ([]event.Event, error) {
	c.then()
	return c.Store.SealedEvents(ctx, after, limit)
}

// Check and the pages of a list go over what another process removes meanwhile.
func TestReadersWhileOthersRemove(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	for i := range 6 {
		p.aged(t, 2, time.Duration(60-2*i)*day)
	}
	keep := 60 * day
	reader := unstarted(t, cutting{storetest.Open(t, url), func() {
		keep -= 2 * day
		p.retained(t, max(keep, month))
	}})
	report, err := reader.Check(t.Context())
	if err != nil || report.Removed < 8 || report.From != report.Removed+1 {
		t.Errorf("Check = %+v, %v", report, err)
	}

	first, err := p.List(t.Context(), access.Command("test"), event.Filter{}, page.Request{Limit: 3})
	must(t, err)
	p.clock.move(100 * day)
	p.retained(t, month)
	rest, err := p.List(t.Context(), access.Command("test"), event.Filter{}, page.Request{Limit: 3, After: first.Next})
	if err != nil || len(rest.Items) != 0 || !rest.Next.IsZero() {
		t.Errorf("the page after the removal: %d rows, %v", len(rest.Items), err)
	}
}
