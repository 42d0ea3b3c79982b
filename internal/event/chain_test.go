package event_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Two processes append from many goroutines and seal at the same time: every
// event gets one number, and no number is left out.
func TestNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 12
	storetest.EachURL(t, func(t *testing.T, url string) {
		processes := []*process{start(t, url), start(t, url)}
		errs := make([]error, writers)
		var wg sync.WaitGroup
		for w := range writers {
			p := processes[w%2]
			wg.Go(func() {
				for i := range each {
					e := something(fmt.Sprint(w, " ", i))
					if i%3 == 0 {
						e = ending(fmt.Sprint("s-", w, "-", i)) // seals before it returns
					}
					errs[w] = errors.Join(errs[w], p.db.AppendEvent(t.Context(), e), p.Sync(t.Context()))
				}
			})
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		ids := make(map[string]bool)
		rows := sealed(t, processes[0].db)
		for i, e := range rows {
			if e.Seq != int64(i+1) {
				t.Fatalf("row %d has the number %d", i+1, e.Seq)
			}
			ids[e.ID] = true
		}
		if len(rows) != writers*each || len(ids) != writers*each {
			t.Errorf("%d rows of %d events are sealed, want %d", len(rows), len(ids), writers*each)
		}
		for i, p := range processes {
			report, err := p.Check(t.Context())
			if err != nil || report != (event.Report{From: 1, Checked: writers * each}) {
				t.Errorf("Check in process %d = %+v, %v", i, report, err)
			}
		}
	})
}

// More rows than are read and sealed at a time.
func TestManyRowsAreSealedAndChecked(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	const rows = 2*256 + 3
	var wg sync.WaitGroup
	for range rows {
		wg.Go(func() { _ = p.db.AppendEvent(t.Context(), something("many")) })
	}
	wg.Wait()
	must(t, p.Sync(t.Context()))
	if report, err := p.Check(t.Context()); err != nil || report.Checked != rows {
		t.Errorf("Check = %+v, %v, want %d rows", report, err, rows)
	}
}

// Check does not mistake what is sealed while it reads for a wrong row.
func TestCheckWhileOthersSeal(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	writer, reader := start(t, url), start(t, url)
	writer.append(t, ending("first"))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = writer.db.AppendEvent(t.Context(), ending(fmt.Sprint("s-", i)))
			}
		}
	})
	for range 25 {
		if report, err := reader.Check(t.Context()); err != nil {
			t.Errorf("Check = %+v, %v", report, err)
			break
		}
	}
	close(stop)
	wg.Wait()
}

// sealing is a log in which another process seals after each look at it.
type sealing struct {
	event.Store
	then func()
}

func (s sealing) LogHead(ctx context.Context) (event.Head, error) {
	head, err := s.Store.LogHead(ctx)
	s.then()
	return head, err
}

func (s sealing) SealedEvents(ctx context.Context, after int64, limit int) ([]event.Event, error) {
	rows, err := s.Store.SealedEvents(ctx, after, limit)
	s.then()
	return rows, err
}

func TestCheckBetweenSeals(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	writer := start(t, url)
	reader := unstarted(t, sealing{storetest.Open(t, url), func() { writer.append(t, ending("more")) }})
	if report, err := reader.Check(t.Context()); err != nil || report.Checked == 0 {
		t.Errorf("Check = %+v, %v", report, err)
	}
}

// Case M12: whoever writes into the database is found out.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	const insert = `INSERT INTO events (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name,
		ip, user_agent, request_id, detail, seq, mac) VALUES ('forged', 0, '', '', '', 'user.updated', '', '', '', '', '', '', '{}', `
	for name, c := range map[string]struct {
		statements []string
		wrong      int64 // the first number that is wrong; 0: the head
	}{
		"an_edited_time":           {[]string{`UPDATE events SET at = at + 1 WHERE seq = 3`}, 3},
		"an_edited_actor":          {[]string{`UPDATE events SET actor_name = 'somebody else' WHERE seq = 3`}, 3},
		"an_edited_actor_kind":     {[]string{`UPDATE events SET actor_kind = 'user' WHERE seq = 3`}, 3},
		"an_edited_action":         {[]string{`UPDATE events SET action = 'user.created' WHERE seq = 3`}, 3},
		"an_edited_subject":        {[]string{`UPDATE events SET subject_id = 'u-2' WHERE seq = 3`}, 3},
		"an_edited_name":           {[]string{`UPDATE events SET subject_name = 'else' WHERE seq = 3`}, 3},
		"an_edited_address":        {[]string{`UPDATE events SET ip = '192.0.2.9' WHERE seq = 3`}, 3},
		"an_edited_detail":         {[]string{`UPDATE events SET detail = '{"a":1}' WHERE seq = 1`}, 1},
		"bytes_moved_to_the_next":  {[]string{`UPDATE events SET subject_kind = 'use', subject_id = 'ru-1' WHERE seq = 2`}, 2},
		"an_edited_mac":            {[]string{`UPDATE events SET mac = zeroblob(32) WHERE seq = 3`}, 3},
		"the_last_row_edited":      {[]string{`UPDATE events SET detail = '{"a":1}' WHERE seq = 6`}, 6},
		"another_id":               {[]string{`UPDATE events SET id = 'other' WHERE seq = 3`}, 3},
		"a_row_removed":            {[]string{`DELETE FROM events WHERE seq = 3`}, 4},
		"the_first_row_removed":    {[]string{`DELETE FROM events WHERE seq = 1`}, 2},
		"a_row_removed_and_closed": {[]string{`DELETE FROM events WHERE seq = 3`, `UPDATE events SET seq = seq - 1 WHERE seq = 4`}, 3},
		"the_tail_cut":             {[]string{`DELETE FROM events WHERE seq > 4`}, 0},
		"all_removed":              {[]string{`DELETE FROM events`}, 0},
		"the_head_moved_back":      {[]string{`UPDATE event_head SET seq = 4, mac = (SELECT mac FROM events WHERE seq = 4)`}, 0},
		"the_head_taken_away":      {[]string{`UPDATE event_head SET seq = 0, mac = NULL`}, 0},
		"the_heads_mac":            {[]string{`UPDATE event_head SET mac = zeroblob(32)`}, 0},
		"two_rows_swapped": {[]string{
			`UPDATE events SET seq = -1 WHERE seq = 3`, `UPDATE events SET seq = 3 WHERE seq = 4`, `UPDATE events SET seq = 4 WHERE seq = -1`,
		}, 3},
		"two_rows_swapped_but_their_macs": {[]string{
			`UPDATE events SET detail = (SELECT detail FROM events WHERE seq = 4) WHERE seq = 3`,
		}, 3},
		"a_row_added_at_the_end": {[]string{
			insert + `7, zeroblob(32))`, `UPDATE event_head SET seq = 7, mac = zeroblob(32)`,
		}, 7},
		"a_row_added_with_the_head_as_it_was": {[]string{insert + `7, zeroblob(32))`}, 7},
		"a_row_added_between": {[]string{
			`UPDATE events SET seq = -seq - 1 WHERE seq > 3`, `UPDATE events SET seq = -seq WHERE seq < 0`,
			insert + `4, zeroblob(32))`, `UPDATE event_head SET seq = 7`,
		}, 4},
		"a_row_added_before_the_first": {[]string{insert + `0, zeroblob(32))`}, -1},
		"a_row_added_far_below":        {[]string{insert + `-7, zeroblob(32))`}, -7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, "sqlite")
			p := start(t, url)
			for i := range 6 {
				p.append(t, something("row").With(map[string]any{"i": i}))
			}
			must(t, p.Sync(t.Context()))
			if report, err := p.Check(t.Context()); err != nil || report.Checked != 6 {
				t.Fatalf("Check before = %+v, %v", report, err)
			}
			for _, s := range c.statements {
				storetest.Exec(t, url, s)
			}
			_, err := p.Check(t.Context())
			fails(t, "Check", err, event.ErrChain)
			if want := fmt.Sprintf("row %d ", c.wrong); c.wrong > 0 && !bytes.Contains(fmt.Append(nil, err), []byte(want)) {
				t.Errorf("Check = %v, want it to name %q", err, want)
			}
		})
	}
}

// Case M12: the chain is worth nothing to whoever has the database alone.
func TestCheckWithAnotherKey(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.append(t, something("one"))
	must(t, p.Sync(t.Context()))
	p.Key = bytes.Repeat([]byte{8}, 32)
	_, err := p.Check(t.Context())
	fails(t, "Check", err, event.ErrChain)
}

// After a lost secret the chain begins anew at the event that records it, and a
// change after that is found as before.
func TestCheckBeginsAnewAtTheLoss(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	for range 3 {
		p.append(t, something("before"))
	}
	must(t, p.Sync(t.Context()))
	p.Key = bytes.Repeat([]byte{8}, 32)
	reset := something("reset")
	reset.Action = event.KeysReset
	p.append(t, reset)
	p.append(t, something("after"))
	must(t, p.Sync(t.Context()))
	if report, err := p.Check(t.Context()); err != nil || report != (event.Report{From: 4, Checked: 2}) {
		t.Errorf("Check = %+v, %v, want from 4, two rows", report, err)
	}
	storetest.Exec(t, url, `UPDATE events SET action = 'key.all_reset' WHERE seq = 2`) // nobody else can record one
	if report, err := p.Check(t.Context()); err != nil || report.From != 4 {
		t.Errorf("Check with a forged loss = %+v, %v", report, err)
	}
	storetest.Exec(t, url, `UPDATE events SET detail = '{"a":1}' WHERE seq = 5`)
	_, err := p.Check(t.Context())
	fails(t, "Check", err, event.ErrChain)
}

// What is hostile to a terminal or a log is kept byte for byte, or the chain
// would break at it.
func TestHostileTextKeepsItsMAC(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := start(t, url)
		texts := []string{
			"line\r\nFake: entry", "\t\x01\x1b[31m\x7f", "𝕬😀\U0010fffd", "e\u0301 é \u202e\u200b", `\ \0 \' " '; DROP TABLE events; --`,
			" trailing ", "\u00a0", "ß ẞ ı I", "%s%n", "\ufeffbom", "",
		}
		for _, text := range texts {
			e := something(text)
			e.Actor.Name, e.Origin.UserAgent, e.Origin.RequestID, e.Origin.IP = text, text, text, text
			e = e.With(map[string]any{text: text})
			p.append(t, e)
		}
		must(t, p.Sync(t.Context()))
		if report, err := p.Check(t.Context()); err != nil || report.Checked != int64(len(texts)) {
			t.Errorf("Check = %+v, %v", report, err)
		}
		for i, e := range sealed(t, p.db) {
			if e.Subject.Name != texts[i] || e.Actor.Name != texts[i] || e.Origin.UserAgent != texts[i] {
				t.Errorf("row %d says %q, want %q", e.Seq, e.Subject.Name, texts[i])
			}
		}
	})
}

// Times are kept in milliseconds and come back the same, so that the chain holds
// whatever the clock gave.
func TestTimesKeepTheirMAC(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := start(t, url)
		for _, at := range []time.Time{begin.Add(999_999), begin.Local(), time.UnixMilli(-1), {}} {
			e := something("time")
			e.At = at
			p.append(t, e)
		}
		must(t, p.Sync(t.Context()))
		if report, err := p.Check(t.Context()); err != nil || report.Checked != 4 {
			t.Errorf("Check = %+v, %v", report, err)
		}
	})
}
