package event_test

import (
	"bytes"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Case M12: a tail that was cut off together with the head row leaves a good
// chain, and is found by the head that was written down outside the database.
func TestWitness(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statements []string
		found      bool
	}{
		"nothing_happened": {nil, false},
		"the_tail_cut_with_the_head": {[]string{
			`UPDATE event_head SET seq = 4, mac = (SELECT mac FROM events WHERE seq = 4)`, `DELETE FROM events WHERE seq > 4`,
		}, true},
		"the_tail_replaced": {[]string{`UPDATE events SET mac = zeroblob(32) WHERE seq = 6`}, true},
		"all_removed": {[]string{
			`UPDATE event_head SET seq = 0, mac = NULL`, `DELETE FROM events`,
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, "sqlite")
			p := start(t, url)
			for i := range 6 {
				p.append(t, something("row").With(map[string]any{"i": i}))
			}
			must(t, p.Sync(t.Context()))
			head, err := p.db.LogHead(t.Context())
			must(t, err)
			once, err := event.ParseHead(head.String() + "\n")
			must(t, err)
			for i := range 2 { // the log goes on after the head was written down
				p.append(t, something("later").With(map[string]any{"i": i}))
			}
			must(t, p.Sync(t.Context()))
			for _, s := range c.statements {
				storetest.Exec(t, url, s)
			}
			err = p.CheckWitness(t.Context(), once)
			if c.found {
				fails(t, "CheckWitness", err, event.ErrChain)
			} else {
				must(t, err)
			}
		})
	}
	must(t, start(t, storetest.URL(t, "sqlite")).CheckWitness(t.Context(), event.Head{}))
}

func TestParseHead(t *testing.T) {
	t.Parallel()
	want := event.Head{Seq: 42, MAC: bytes.Repeat([]byte{9}, 32)}
	if got, err := event.ParseHead(want.String()); err != nil || got.Seq != 42 || !bytes.Equal(got.MAC, want.MAC) {
		t.Errorf("ParseHead = %v, %v", got, err)
	}
	for _, bad := range []string{"", "x", "-1 00", "1 zz", "1 0", "99999999999999999999 00"} {
		if got, err := event.ParseHead(bad); err == nil {
			t.Errorf("ParseHead(%q) = %v", bad, got)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("42 0909")
	f.Add("0 ")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := event.ParseHead(text)
		if err != nil {
			return
		}
		if again, err := event.ParseHead(head.String()); err != nil || again.Seq != head.Seq || !bytes.Equal(again.MAC, head.MAC) {
			t.Errorf("%q: %v, then %v, %v", text, head, again, err)
		}
	})
}
