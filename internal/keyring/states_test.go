package keyring

import (
	"slices"
	"testing"
	"time"
)

func TestStates(t *testing.T) {
	t.Parallel()
	const overlap = 10 * time.Second
	at := func(s int) time.Time { return time.Unix(1_800_000_000+int64(s), 0) }
	record := func(id string, created, activates int) Record {
		return Record{ID: id, Algorithm: "ES256", CreatedAt: at(created), ActivatesAt: at(activates)}
	}
	three := []Record{record("a", 0, 0), record("b", 50, 100), record("c", 150, 200)}
	for name, c := range map[string]struct {
		records []Record
		now     int
		want    []State
		next    int // when they change; -1: never
	}{
		"none":                            {nil, 0, nil, -1},
		"the_first_at_once":               {three[:1], 0, []State{Active}, -1},
		"the_first_by_a_clock_behind":     {three[:1], -5, []State{Active}, 0},
		"the_first_of_two_behind":         {three[:2], -5, []State{Active, Pending}, 0},
		"a_second_waits":                  {three[:2], 99, []State{Active, Pending}, 100},
		"a_second_begins":                 {three[:2], 100, []State{Retiring, Active}, 110},
		"a_second_signs":                  {three[:2], 109, []State{Retiring, Active}, 110},
		"the_first_is_over":               {three[:2], 110, []State{Retired, Active}, -1},
		"a_third_waits":                   {three, 150, []State{Retired, Active, Pending}, 200},
		"a_third_begins":                  {three, 200, []State{Retired, Retiring, Active}, 210},
		"a_third_alone":                   {three, 9999, []State{Retired, Retired, Active}, -1},
		"two_wait":                        {three, 10, []State{Active, Pending, Pending}, 100},
		"in_another_order":                {[]Record{three[2], three[0], three[1]}, 200, []State{Retired, Retiring, Active}, 210},
		"same_activation_the_later_signs": {[]Record{record("b", 2, 100), record("a", 1, 100)}, 100, []State{Retiring, Active}, 110},
		"same_activation_both_wait":       {append(slices.Clone(three[:1]), record("b", 2, 100), record("c", 3, 100)), 99, []State{Active, Pending, Pending}, 100},
		"same_activation_one_signs":       {append(slices.Clone(three[:1]), record("b", 2, 100), record("c", 3, 100)), 100, []State{Retiring, Retiring, Active}, 110},
		"same_activation_same_age":        {[]Record{record("a", 1, 100), record("b", 1, 100)}, 110, []State{Retired, Active}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := slices.Clone(c.records)
			keys := states(c.records, at(c.now), overlap)
			var got []State
			for i, k := range keys {
				got = append(got, k.State)
				if i > 0 && k.ActivatesAt.Before(keys[i-1].ActivatesAt) {
					t.Error("the keys are not in the order of their activation")
				}
				if last := i+1 == len(keys); last != k.RetiresAt.IsZero() {
					t.Errorf("key %s retires at %v", k.ID, k.RetiresAt)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("states = %v, want %v", got, c.want)
			}
			next := nextChange(keys, at(c.now))
			if c.next < 0 && !next.IsZero() || c.next >= 0 && !next.Equal(at(c.next)) {
				t.Errorf("nextChange = %v, want after %d s", next, c.next)
			}
			if !slices.EqualFunc(given, c.records, func(a, b Record) bool { return a.ID == b.ID }) {
				t.Error("the records that were given are in another order")
			}
		})
	}
}
