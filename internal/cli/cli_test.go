package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/user"
)

// terminal is a stream that the tests' Env takes for a terminal.
type terminal struct {
	io.Reader
	io.Writer
}

func isTerminal(stream any) bool {
	_, ok := stream.(terminal)
	return ok
}

// environ is an environment with a data directory of the test's own and cheap
// hashes.
func environ(t *testing.T) []string {
	return []string{
		"COUNTERSIGN_DATA_DIR=" + filepath.Join(t.TempDir(), "data"),
		"COUNTERSIGN_HASH_MEMORY_KIB=64", "COUNTERSIGN_HASH_ITERATIONS=1",
	}
}

// Case H05: the setup link is printed to a terminal, and then there is no file.
func TestServePrintsTheSetupLinkToATerminal(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	var log bytes.Buffer
	env := environ(t)
	ended := make(chan int, 1)
	go func() {
		ended <- Main(ctx, []string{"serve", "127.0.0.1:0"}, Env{
			Stdin: strings.NewReader(""), Stdout: terminal{Writer: write}, Stderr: &log, Environ: env, Terminal: isTerminal,
		})
		_ = write.Close()
	}()
	var link string
	for lines := bufio.NewScanner(read); lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "Make the first superuser within 30 minutes: "); ok {
			link = after
		}
		if strings.HasPrefix(lines.Text(), "API docs: ") {
			stop()
		}
	}
	if status := <-ended; status != statusDone {
		t.Fatalf("serve ended with %d\n%s", status, &log)
	}
	_, token, ok := strings.Cut(link, "/setup/")
	if !ok || !strings.HasPrefix(link, "http://127.0.0.1:") {
		t.Fatalf("the link is %q", link)
	}
	if strings.Contains(log.String(), token) {
		t.Error("the link is in the log")
	}
	_, dir, _ := strings.Cut(env[0], "=")
	if _, err := os.Stat(filepath.Join(dir, setupFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is in a file too: %v", err)
	}
}

func TestExplainIsOneLineForEachProblem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"a plain error":    {errors.New("a\nb"), []string{"a; b"}},
		"joined errors":    {errors.Join(errors.New("a"), errors.New("b")), []string{"a; b"}},
		"a refusal":        {fmt.Errorf("delete user 1: %w", user.ErrNotFound.Because(errors.New("no rows"))), []string{"There is no such user."}},
		"fields":           {user.ErrInvalid.WithField("email", "x", "y").WithField("a", "z"), []string{"a: z", "email: x", "email: y"}},
		"what nobody did":  {fault.New(fault.Unavailable, "c", "Away.").Because(errors.New("no\r\nroute")), []string{"Away. (no; route)"}},
		"a wrong secret":   {keyring.ErrWrongSecret, []string{keyring.ErrWrongSecret.Public}},
		"steered terminal": {errors.New("a\x1b[2Jb"), []string{"a\ufffd[2Jb"}},
	} {
		if got := explain(c.err); strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestListenAddress(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"8000": "127.0.0.1:8000", "0": "127.0.0.1:0", "0:8000": "0.0.0.0:8000", ":8000": ":8000",
		"0.0.0.0:8000": "0.0.0.0:8000", "[::1]:8000": "[::1]:8000", "": "", "localhost": "localhost",
	} {
		if got := listenAddress(arg); got != want {
			t.Errorf("listenAddress(%q) = %q, want %q", arg, got, want)
		}
	}
}

// Every command says what it is for and checks its arguments, and none takes a
// secret as a flag.
func TestEveryCommandIsWhole(t *testing.T) {
	t.Parallel()
	root := (&invocation{}).root()
	walk(root, func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") != (cmd == root) || cmd.Args == nil {
			t.Errorf("%s: wants a short text without a full stop, and a check of its arguments", cmd.CommandPath())
		}
		for _, forbidden := range []string{"password", "secret", "token"} {
			if cmd.Flags().Lookup(forbidden) != nil {
				t.Errorf("%s --%s: every process can read it", cmd.CommandPath(), forbidden)
			}
		}
	})
	// What shows or makes something does it for programs too.
	for _, cmd := range runnable(root) {
		name := cmd.Name()
		if (name == "list" || name == "show" || name == "print" || name == "create" || name == "version") && cmd.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", cmd.CommandPath())
		}
		if (name == "delete" || name == "reset") && cmd.Flags().Lookup("yes") == nil {
			t.Errorf("%s has no --yes", cmd.CommandPath())
		}
	}
}

func walk(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		walk(sub, do)
	}
}
