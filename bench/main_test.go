package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, of := range map[float64][]float64{7: {7}, 2: {3, 1, 2}, 5: {9, 1, 5, 100, 0}} {
		if got := median(of); got != want {
			t.Errorf("median is %v, want %v", got, want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	r := report{Date: "2026-11-01", Machine: "m", Commit: "abc", Rounds: 5, Figures: []figures{
		{Name: "countersign", StartMS: 123.4, MemoryMiB: 30.04, BinaryMiB: 19.96}, {Name: "bare net/http", StartMS: 5, MemoryMiB: 8, BinaryMiB: 5},
	}}
	for _, line := range []string{
		"2026-11-01, m, commit abc; medians of 5 starts\n", "| countersign | 123 | 30.0 | 20.0 |\n",
		"| bare net/http | 5 | 8.0 | 5.0 |\n", "| budget of countersign | 300 | 40 | 30 |\n",
	} {
		if !strings.Contains(r.table(), line) {
			t.Errorf("the table has no line %q:\n%s", line, r.table())
		}
	}
}

func TestRun_refuses_no_rounds(t *testing.T) {
	t.Parallel()
	for _, rounds := range []int{0, -1} {
		if err := run(rounds, ""); err == nil || !strings.Contains(err.Error(), "--rounds") {
			t.Errorf("%d rounds: %v", rounds, err)
		}
	}
}

// A program is asked where it says that it listens; this process stands for it.
func TestAsk(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	for name, c := range map[string]struct {
		path, said, fails string
	}{
		"served":  {"/healthz", "starting\nlistening on " + s.URL + "\n", ""},
		"refused": {"/other", "listening on " + s.URL + "\n", "404"},
		"silent":  {"/healthz", "nothing\n", "without saying where"},
	} {
		var said io.Reader = strings.NewReader(c.said)
		took, rss, err := program{path: c.path}.ask(context.Background(), said, time.Now(), os.Getpid())
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || took <= 0 || took > time.Minute || rss < 1 || rss > 4096 {
			t.Errorf("%s: %v, %v MiB, %v", name, took, rss, err)
		}
	}
}
