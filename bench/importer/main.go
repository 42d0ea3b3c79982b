package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Budgets, for the table.
const (
	budgetRate   = 20_000 // users in a second
	budgetMemory = 100.0  // MiB
)

func main() {
	users := flag.Int("users", 1_000_000, "how many users the project has")
	flag.Parse()
	if err := bench(*users); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(users int) error {
	if users <= recorded {
		return fmt.Errorf("the project has %d users already: give --users more", recorded)
	}
	dir, err := os.MkdirTemp("", "countersign-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "django.sqlite3")
	began := time.Now()
	if err := generate(source, users); err != nil {
		return fmt.Errorf("generate the project: %w", err)
	}
	fmt.Fprintf(os.Stderr, "generated %d users in %.1f s\n", users, time.Since(began).Seconds())
	binary := filepath.Join(dir, "countersign")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/countersign")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, text)
	}
	fmt.Printf("%s/%s, %d processors, %s, %d users, SQLite to SQLite\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), users)
	fmt.Println("| run | time, s | users/s | peak memory, MiB | created | changed rows |")
	fmt.Println("|---|--:|--:|--:|--:|--:|")
	for _, name := range []string{"first", "second"} {
		r, err := run(binary, dir, source)
		if err != nil {
			return fmt.Errorf("the %s run: %w", name, err)
		}
		fmt.Printf("| %s | %.1f | %.0f | %.1f | %d | %d |\n", name, r.took.Seconds(), float64(users)/r.took.Seconds(), r.peak, r.Users.Created, r.changed())
		if name == "second" && r.changed() != 0 || r.Users.Read != int64(users) || name == "first" && r.Users.Created != int64(users) {
			return errors.New("the run did not do what it should: " + name)
		}
	}
	fmt.Printf("| budget | | %d | %.0f | | 0 |\n", budgetRate, budgetMemory)
	return nil
}

// tally is a part of what the program reports.
type tally struct{ Read, Created, Updated int64 }

// result is one run.
type result struct {
	Permissions tally
	Roles       tally
	Users       tally
	Tokens      tally `json:"revoked_tokens"`

	took time.Duration
	peak float64 // MiB
}

func (r result) changed() int64 {
	var n int64
	for _, t := range []tally{r.Permissions, r.Roles, r.Users, r.Tokens} {
		n += t.Created + t.Updated
	}
	return n
}

// run imports once.
func run(binary, dir, source string) (result, error) {
	cmd := exec.Command(binary, "import", "django", "--from", "sqlite:"+source, "--json")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "COUNTERSIGN_DATA_DIR="+filepath.Join(dir, "data"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	began := time.Now()
	err := cmd.Run()
	r := result{took: time.Since(began)}
	if err != nil {
		return r, err
	}
	r.peak = peak(cmd.ProcessState)
	return r, json.Unmarshal(out.Bytes(), &r)
}
