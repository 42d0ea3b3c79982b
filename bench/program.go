package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// program is something that is started and asked.
type program struct {
	name string
	pkg  string
	args []string
	path string // what is asked for
}

const startLimit = 20 * time.Second

// address is how both programs say where they listen, on standard output.
var address = regexp.MustCompile(`listening on (http://\S+)`)

// start runs the program on an empty directory until it answered once, and
// returns how long that took and the resident memory then, in MiB.
func (p program) start(binary string) (time.Duration, float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "countersign-bench-data-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)

	cmd := exec.CommandContext(ctx, binary, p.args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "COUNTERSIGN_DATA_DIR="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	took, rss, err := p.ask(ctx, stdout, began, cmd.Process.Pid)
	cancel() // asks it to end; Wait says how it did, which does not matter here
	_ = cmd.Wait()
	return took, rss, err
}

func (p program) ask(ctx context.Context, stdout io.Reader, began time.Time, pid int) (time.Duration, float64, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		found := address.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, found[1]+p.path, nil)
		if err != nil {
			return 0, 0, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, 0, err
		}
		took := time.Since(began)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return 0, 0, fmt.Errorf("answered %s", res.Status)
		}
		rss, err := resident(pid)
		return took, rss, err
	}
	return 0, 0, errors.Join(errors.New("ended without saying where it listens"), lines.Err())
}

// resident returns the resident memory of a process in MiB, as ps tells it.
func resident(pid int) (float64, error) {
	text, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ask ps for the memory of %d: %w", pid, err)
	}
	kib, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	return kib / 1024, err
}
