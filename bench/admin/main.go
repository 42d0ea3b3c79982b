package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/store"
)

// Budgets, for the table.
const (
	budget  = 100 * time.Millisecond
	factor  = 3
	noise   = 5 * time.Millisecond // the ratio of pages this fast is said and not judged
	repeats = 21
)

func main() {
	users := flag.Int("users", 1_000_000, "how many users the large database has")
	flag.Parse()
	if err := bench(context.Background(), *users); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, users int) error {
	dir, err := os.MkdirTemp("", "countersign-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s/%s, %d processors, %s, medians of %d\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), repeats)
	open := []func(name string) (url string, drop func() error, err error){
		func(name string) (string, func() error, error) {
			return "sqlite:" + filepath.Join(dir, name+".db"), func() error { return nil }, nil
		},
	}
	if server := os.Getenv("COUNTERSIGN_TEST_POSTGRES"); server != "" {
		open = append(open, func(name string) (string, func() error, error) { return postgres(ctx, server, name) })
	}
	var slow error
	for _, make := range open {
		small, err := measured(ctx, make, smallUsers)
		if err != nil {
			return err
		}
		large, err := measured(ctx, make, users)
		if err != nil {
			return err
		}
		slow = errors.Join(slow, compare(small, large))
	}
	return slow
}

// smallUsers is what the large database is compared with.
const smallUsers = 10_000

// figures are the medians of a database.
type figures struct {
	kind  string
	users int
	pages []figure
}

type figure struct {
	name   string
	median time.Duration
	joined bool // see asked
}

func measured(ctx context.Context, make func(string) (string, func() error, error), users int) (f figures, err error) {
	url, drop, err := make(fmt.Sprintf("countersign_bench_%d_%d", os.Getpid(), users))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Migrate(ctx); err != nil {
		return f, err
	}
	began := time.Now()
	made, err := generate(ctx, db, users)
	if err != nil {
		return f, err
	}
	if err := settle(ctx, db.Kind(), url); err != nil {
		return f, err
	}
	fmt.Fprintf(os.Stderr, "%s: %d users made in %.1f s\n", db.Kind(), users, time.Since(began).Seconds())
	f = figures{kind: db.Kind(), users: users}
	for _, p := range pages(db, made) {
		var took []time.Duration
		for range repeats {
			began := time.Now()
			if err := p.read(ctx); err != nil {
				return f, fmt.Errorf("%s: %w", p.name, err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		f.pages = append(f.pages, figure{p.name, took[len(took)/2], p.joined})
	}
	return f, nil
}

// compare prints two databases beside each other and returns what is too slow. The
// ratio of a page that takes no longer than noise says little: a page with rows beside
// one without, or a tree with one more level. It is printed, and said not to count.
func compare(small, large figures) error {
	fmt.Printf("\n| %s | %d users, ms | %d users, ms | ratio | |\n|---|--:|--:|--:|---|\n", large.kind, small.users, large.users)
	var slow error
	for i, p := range large.pages {
		than := small.pages[i].median
		ratio := float64(p.median) / float64(than)
		verdict := ""
		switch {
		case p.median > budget || p.median > noise && ratio > factor && !p.joined:
			verdict = "TOO SLOW"
			slow = errors.Join(slow, fmt.Errorf("%s: %s takes %.1f ms, %.1f times as long as with %d users", large.kind, p.name, ms(p.median), ratio, small.users))
		case ratio > factor && p.joined:
			verdict = "two filters: within the budget"
		case ratio > factor:
			verdict = fmt.Sprintf("not judged: under %.0f ms", ms(noise))
		}
		fmt.Printf("| %s | %.2f | %.2f | %.1f | %s |\n", p.name, ms(than), ms(p.median), ratio, verdict)
	}
	fmt.Printf("| budget | | %.0f | %d | |\n", ms(budget), factor)
	return slow
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
