package main

import (
	"path/filepath"
	"testing"
	"time"
)

// Every page is read, on a database that is small.
func TestMeasured(t *testing.T) {
	t.Parallel()
	f, err := measured(t.Context(), func(name string) (string, func() error, error) {
		return "sqlite:" + filepath.Join(t.TempDir(), name+".db"), func() error { return nil }, nil
	}, 2000)
	if err != nil {
		t.Fatal(err)
	}
	if f.kind != "sqlite" || len(f.pages) < 20 {
		t.Errorf("measured %s: %d pages", f.kind, len(f.pages))
	}
	for _, p := range f.pages {
		if p.median <= 0 {
			t.Errorf("%s took %v", p.name, p.median)
		}
	}
}

// What is too slow fails: beyond the budget, or beyond its share of the small one.
func TestCompare(t *testing.T) {
	t.Parallel()
	small := figures{users: 10, pages: []figure{{name: "a", median: 2 * noise}}}
	for median, fails := range map[int64]bool{int64(noise) - 1: false, int64(2 * noise): false, int64(2*noise)*factor + int64(noise): true, int64(budget) + 1: true} {
		large := figures{users: 1000, pages: []figure{{name: "a", median: time.Duration(median)}}}
		if err := compare(small, large); (err != nil) != fails {
			t.Errorf("%v: %v", time.Duration(median), err)
		}
		large.pages[0].joined = true // then the budget alone
		if err := compare(small, large); (err != nil) != (time.Duration(median) > budget) {
			t.Errorf("%v, of two filters: %v", time.Duration(median), err)
		}
	}
}
