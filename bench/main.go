package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Budgets of the service, for the table.
const (
	budgetStart  = 300.0 // ms
	budgetMemory = 40.0  // MiB
	budgetBinary = 30.0  // MiB
)

// figures are the medians of one program.
type figures struct {
	Name      string  `json:"name"`
	StartMS   float64 `json:"start_ms"`   // from exec to the first answer
	MemoryMiB float64 `json:"memory_mib"` // resident, after it
	BinaryMiB float64 `json:"binary_mib"`
}

// report is what a run prints.
type report struct {
	Date    string    `json:"date"`
	Machine string    `json:"machine"`
	Commit  string    `json:"commit"`
	Rounds  int       `json:"rounds"`
	Figures []figures `json:"figures"`
}

func main() {
	rounds := flag.Int("rounds", 5, "how often each program is started")
	out := flag.String("json", "", "a `file` for the figures as JSON")
	flag.Parse()
	if err := run(*rounds, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds int, out string) error {
	if rounds < 1 {
		return errors.New("start each program at least once: --rounds 1")
	}
	dir, err := os.MkdirTemp("", "countersign-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	r := report{
		Date: time.Now().UTC().Format(time.DateOnly), Rounds: rounds, Commit: commit(),
		Machine: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()),
	}
	for _, p := range []program{
		{name: "countersign", pkg: "./cmd/countersign", args: []string{"serve", "--listen", "127.0.0.1:0"}, path: "/healthz"},
		{name: "bare net/http", pkg: "./bench/bare", path: "/"},
	} {
		f, err := measure(p, dir, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		r.Figures = append(r.Figures, f)
	}
	fmt.Print(r.table())
	if out == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

// measure builds a program and starts it a number of times.
func measure(p program, dir string, rounds int) (figures, error) {
	binary := filepath.Join(dir, strings.ReplaceAll(p.name, "/", "-"))
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, p.pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return figures{}, fmt.Errorf("build: %w\n%s", err, text)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return figures{}, err
	}
	var starts, memory []float64
	for range rounds {
		took, rss, err := p.start(binary)
		if err != nil {
			return figures{}, err
		}
		starts, memory = append(starts, float64(took.Microseconds())/1000), append(memory, rss)
	}
	return figures{Name: p.name, StartMS: median(starts), MemoryMiB: median(memory), BinaryMiB: float64(info.Size()) / (1 << 20)}, nil
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// table is the report in Markdown.
func (r report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, commit %s; medians of %d starts\n\n", r.Date, r.Machine, r.Commit, r.Rounds)
	fmt.Fprintf(&b, "| | first answer after a start on an empty directory, ms | resident memory after it, MiB | binary, MiB |\n|---|--:|--:|--:|\n")
	for _, f := range r.Figures {
		fmt.Fprintf(&b, "| %s | %.0f | %.1f | %.1f |\n", f.Name, f.StartMS, f.MemoryMiB, f.BinaryMiB)
	}
	fmt.Fprintf(&b, "| budget of countersign | %.0f | %.0f | %.0f |\n", budgetStart, budgetMemory, budgetBinary)
	return b.String()
}

func commit() string {
	text, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
