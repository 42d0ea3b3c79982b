package event_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
)

// harm is what somebody does who has the database and not the key.
type harm struct {
	statements []string
	witness    bool // found with the head that was written down, and not without
}

// harms are those of a log whose kept rows begin after a number. There are six kept
// rows at least, and two older checkpoints in table older where the number is not 0.
func harms(cut int64) map[string]harm {
	row := func(n int64, statement string) string { return strings.ReplaceAll(statement, "ROW", fmt.Sprint(cut+n)) }
	all := map[string]harm{
		"one_changed_byte":          {statements: []string{row(3, `UPDATE events SET subject_name = 'rox' WHERE seq = ROW`)}},
		"one_changed_byte_of_a_mac": {statements: []string{row(3, `UPDATE events SET mac = (SELECT mac FROM event_head) WHERE seq = ROW`)}},
		"one_deleted_row":           {statements: []string{row(3, `DELETE FROM events WHERE seq = ROW`)}},
		"the_first_row_deleted":     {statements: []string{row(1, `DELETE FROM events WHERE seq = ROW`)}},
		"the_first_rows_deleted":    {statements: []string{row(3, `DELETE FROM events WHERE seq <= ROW`)}},
		"two_swapped_rows": {statements: []string{
			row(3, `UPDATE events SET seq = -1 WHERE seq = ROW`),
			fmt.Sprintf(`UPDATE events SET seq = %d WHERE seq = %d`, cut+3, cut+4),
			row(4, `UPDATE events SET seq = ROW WHERE seq = -1`),
		}},
		"two_swapped_rows_that_keep_their_macs": {statements: []string{
			fmt.Sprintf(`UPDATE events SET detail = '{"i":4}' WHERE seq = %d`, cut+4),
			fmt.Sprintf(`UPDATE events SET detail = '{"i":3}' WHERE seq = %d`, cut+5),
		}},
		"a_cut_tail": {statements: []string{row(4, `DELETE FROM events WHERE seq > ROW`)}},
		"a_cut_tail_and_head": {witness: true, statements: []string{
			row(4, `DELETE FROM events WHERE seq > ROW`),
			row(4, `UPDATE event_head SET seq = ROW, mac = (SELECT e.mac FROM events e WHERE e.seq = ROW)`),
		}},
		"all_rows_deleted": {statements: []string{
			`DELETE FROM events`, `UPDATE event_head SET seq = (SELECT seq FROM event_checkpoint), mac = (SELECT mac FROM event_checkpoint)`,
		}, witness: cut == 0},
		"a_row_put_before_the_first": {statements: []string{fmt.Sprintf(`UPDATE events SET seq = %d WHERE seq = %d`, cut-1, cut+2)}},
		"a_deleted_checkpoint":       {statements: []string{`DELETE FROM event_checkpoint`}},
		"a_checkpoint_moved_forward": {statements: []string{
			row(2, `UPDATE event_checkpoint SET seq = ROW, mac = (SELECT e.mac FROM events e WHERE e.seq = ROW), removed = ROW`),
			row(2, `DELETE FROM events WHERE seq <= ROW`),
		}},
		"a_checkpoint_moved_forward_signed_with_a_mac": {statements: []string{
			row(2, `UPDATE event_checkpoint SET seq = ROW, mac = (SELECT e.mac FROM events e WHERE e.seq = ROW),
				signature = (SELECT e.mac FROM events e WHERE e.seq = ROW)`),
			row(2, `DELETE FROM events WHERE seq <= ROW`),
		}},
		"a_checkpoint_with_another_number": {statements: []string{`UPDATE event_checkpoint SET seq = seq + 1`}},
		"a_checkpoint_with_another_count":  {statements: []string{`UPDATE event_checkpoint SET removed = removed + 1, signature = mac`}},
	}
	if cut == 0 {
		delete(all, "a_checkpoint_with_another_count") // says nothing of a log that is whole
		return all
	}
	all["a_checkpoint_with_another_count"] = harm{statements: []string{`UPDATE event_checkpoint SET removed = removed + 1`}}
	all["a_checkpoint_with_another_time"] = harm{statements: []string{`UPDATE event_checkpoint SET at = at + 1`}}
	all["a_checkpoint_with_another_mac"] = harm{statements: []string{`UPDATE event_checkpoint SET mac = signature`}}
	all["a_checkpoint_without_signature"] = harm{statements: []string{`UPDATE event_checkpoint SET signature = NULL`}}
	all["a_checkpoint_taken_back_to_the_start"] = harm{statements: []string{
		`UPDATE event_checkpoint SET seq = 0, mac = NULL, at = 0, removed = 0, signature = NULL`,
	}}
	all["an_older_checkpoint_put_back"] = harm{statements: []string{
		`DELETE FROM event_checkpoint`, `INSERT INTO event_checkpoint SELECT * FROM older`,
	}}
	return all
}

// Case M12: whatever is done to the table is found, on every database, before and
// after old events were removed at a checkpoint; a tail that was cut off together
// with the head is found with the head that was written down.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := start(t, url)
		p.aged(t, 6, 10*day)
		t.Run("of_the_whole_log", func(t *testing.T) { tamper(t, p, url, 0) })
		p.clock.move(40 * day)
		p.aged(t, 5, 0)
		if n := p.retained(t, 45*day); n != 6 {
			t.Fatalf("%d events were removed first, want 6", n)
		}
		storetest.Exec(t, url, `CREATE TABLE older AS SELECT * FROM event_checkpoint`)
		p.aged(t, 6, -39*day)
		if n := p.retained(t, 30*day); n != 5 {
			t.Fatalf("%d events were removed then, want 5", n)
		}
		t.Run("after_a_checkpoint", func(t *testing.T) { tamper(t, p, url, 11) })
	})
}

func tamper(t *testing.T, p *process, url string, cut int64) {
	head, err := p.db.LogHead(t.Context())
	must(t, err)
	kept := []string{"events", "event_head", "event_checkpoint"}
	for _, table := range kept {
		storetest.Exec(t, url, fmt.Sprintf(`CREATE TABLE kept_%d_%s AS SELECT * FROM %s`, cut, table, table))
	}
	verify := func() (event.Report, error) {
		report, err := p.Check(t.Context())
		return report, errors.Join(err, p.CheckWitness(t.Context(), head))
	}
	for _, name := range slices.Sorted(maps.Keys(harms(cut))) {
		h := harms(cut)[name]
		if report, err := verify(); err != nil || report.From != cut+1 || report.Checked != head.Seq-cut || report.Removed != cut {
			t.Fatalf("before %s: %+v, %v", name, report, err)
		}
		for _, s := range h.statements {
			storetest.Exec(t, url, s)
		}
		_, err := verify()
		fails(t, name, err, event.ErrChain)
		if _, err := p.Check(t.Context()); h.witness != (err == nil) {
			t.Errorf("%s, without the head that was written down: %v", name, err)
		}
		for _, table := range kept {
			storetest.Exec(t, url, `DELETE FROM `+table)
			storetest.Exec(t, url, fmt.Sprintf(`INSERT INTO %s SELECT * FROM kept_%d_%s`, table, cut, table))
		}
	}
}
