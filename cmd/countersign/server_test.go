package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serversKey is where a script keeps the servers that it started.
type serversKey struct{}

// server is one `countersign serve` of a script.
type server struct {
	process *exec.Cmd
	exited  chan struct{} // closed when the process has ended and its output is read
	waitErr error         // of the process; read it after exited
}

// cmdServe is "serve NAME [args...]": it runs countersign serve and returns when
// the server says where it listens, which is $URL then. The files NAME.stdout and
// NAME.stderr have what it writes.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: serve NAME [args...]")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "countersign", append([]string{"serve"}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	stderr, err := os.Create(ts.MkAbs(args[0] + ".stderr"))
	ts.Check(err)
	stdout, err := os.Create(ts.MkAbs(args[0] + ".stdout"))
	ts.Check(err)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())

	s := &server{process: cmd, exited: make(chan struct{})}
	where := make(chan string, 1)
	go func() {
		defer close(s.exited)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_, _ = stdout.WriteString(lines.Text() + "\n")
			if after, ok := strings.CutPrefix(lines.Text(), "API docs: "); ok {
				where <- strings.TrimSuffix(after, "/api/docs")
			}
		}
		s.waitErr = errors.Join(cmd.Wait(), stdout.Close(), stderr.Close())
	}()
	ts.Defer(func() { cancel(); <-s.exited })
	servers(ts)[args[0]] = s
	select {
	case url := <-where:
		ts.Setenv("URL", url)
	case <-s.exited:
		ts.Fatalf("the server ended: %v\n%s", s.waitErr, ts.ReadFile(args[0]+".stderr"))
	case <-time.After(patience):
		ts.Fatalf("the server does not listen")
	}
}

// cmdSignal is "signal NAME TERM|INT".
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME TERM|INT")
	}
	sig := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt}[args[1]]
	ts.Check(servers(ts)[args[0]].process.Process.Signal(sig))
}

// cmdEnded is "ended NAME STATUS": the server ends with the status.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ended NAME STATUS")
	}
	s := servers(ts)[args[0]]
	select {
	case <-s.exited:
	case <-time.After(patience):
		ts.Fatalf("%s still runs", args[0])
	}
	if got := s.process.ProcessState.ExitCode(); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s exited with %d, want %s\n%s", args[0], got, args[1], ts.ReadFile(args[0]+".stderr"))
	}
}

func servers(ts *testscript.TestScript) map[string]*server {
	return ts.Value(serversKey{}).(map[string]*server)
}

// environ is what a server of the script sees: these variables and no others.
func environ(ts *testscript.TestScript) []string {
	var all []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "SystemRoot", "COUNTERSIGN_DATA_DIR", "COUNTERSIGN_HASH_MEMORY_KIB", "COUNTERSIGN_HASH_ITERATIONS",
		"COUNTERSIGN_DATABASE_URL", "COUNTERSIGN_SECRET",
	} {
		if value := ts.Getenv(name); value != "" {
			all = append(all, name+"="+value)
		}
	}
	return all
}
