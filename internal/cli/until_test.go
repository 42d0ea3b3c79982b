package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// The end of a role is typed as a time or as how long it lasts, and shown.
func TestRolesAssignUntil(t *testing.T) {
	t.Parallel()
	env := environ(t)
	run := func(args ...string) (status int, out, errs string) {
		var stdout, stderr bytes.Buffer
		status = Main(t.Context(), args, Env{Stdin: strings.NewReader("Str0ng-pass-42\n"), Stdout: &stdout, Stderr: &stderr, Environ: env, Terminal: isTerminal})
		return status, stdout.String(), stderr.String()
	}
	for _, args := range [][]string{
		{"users", "create", "alice", "--password-stdin"}, {"permissions", "create", "shop.read"},
		{"roles", "create", "on-call"}, {"roles", "grant", "on-call", "shop.read"},
	} {
		if status, _, errs := run(args...); status != statusDone {
			t.Fatalf("%v: %d\n%s", args, status, errs)
		}
	}
	for until, says := range map[string]string{
		"yesterday": "--until is a time as", "-1h": "--until is later than now", "0s": "--until is later than now",
		"2020-01-01T00:00:00Z": "has to be in the future", "2990-01-01T00:00:00Z": "more than 100 years away",
	} {
		if status, _, errs := run("roles", "assign", "alice", "on-call", "--until="+until); status == statusDone || !strings.Contains(errs, says) {
			t.Errorf("%s: %d %q, want %q", until, status, errs, says)
		}
	}
	if status, out, errs := run("roles", "assign", "alice", "on-call", "--until", "8h"); status != statusDone || !strings.Contains(out, "has the role on-call until 2") {
		t.Errorf("8h: %d %q %q", status, out, errs)
	}
	end := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	if status, out, _ := run("roles", "assign", "alice", "on-call", "--until", end); status != statusDone || !strings.Contains(out, "until "+end) {
		t.Errorf("%s: %d %q", end, status, out)
	}
	for _, args := range [][]string{{"users", "show", "alice"}, {"users", "permissions", "alice"}} {
		if _, out, _ := run(args...); !strings.Contains(out, "on-call (until "+end+")") {
			t.Errorf("%v: %s", args, out)
		}
		if _, out, _ := run(append(args, "--json")...); !strings.Contains(out, end) {
			t.Errorf("%v --json: %s", args, out)
		}
	}
	if _, out, _ := run("roles", "assign", "alice", "on-call"); strings.Contains(out, "until") {
		t.Errorf("for ever: %s", out)
	}
	if _, out, _ := run("users", "show", "alice"); strings.Contains(out, "until") {
		t.Errorf("for ever: %s", out)
	}
}
