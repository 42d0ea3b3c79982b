package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every wait of a script. A test that needs it has failed.
const patience = 20 * time.Second

// cmdStatus is "status N program args...": the program exits with exactly N.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args...]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// cmdMode is "mode 0600 file": the file's permissions.
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode PERM file")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the mode %s, want %s", args[1], got, args[0])
	}
}

// cmdCapture is "capture VAR file regexp": the variable becomes the first group of
// the first match in the file.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture VAR file regexp")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s has no %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

// cmdRepeat is "repeat N text file": the file holds the text N times.
func cmdRepeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat N text file")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Repeat(args[1], n)), 0o600))
}

// cmdHTTP is "http METHOD URL STATUS [token=T] [json=TEXT] [form=TEXT]
// [has=TEXT]": the answer has the status and the text, and its body is the file
// "body" afterwards. The status "refused" is that nobody answers.
func cmdHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http METHOD URL STATUS [token=T] [json=TEXT] [form=TEXT] [has=TEXT]")
	}
	if err := ask(ts, args); err != nil {
		ts.Fatalf("%v", err)
	}
}

// cmdEventually is "eventually DURATION METHOD URL STATUS ...": http gets the
// status before the time is over.
func cmdEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: eventually DURATION METHOD URL STATUS ...")
	}
	bound, err := time.ParseDuration(args[0])
	ts.Check(err)
	end := time.After(bound)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		last := ask(ts, args[1:])
		if last == nil {
			return
		}
		select {
		case <-end:
			ts.Fatalf("after %s: %v", bound, last)
		case <-again.C:
		}
	}
}

func ask(ts *testscript.TestScript, args []string) error {
	var body, kind, token, has string
	for _, option := range args[3:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "json":
			body, kind = value, "application/json"
		case "form":
			body, kind = value, "application/x-www-form-urlencoded"
		case "token":
			token = value
		case "has":
			has = value
		default:
			ts.Fatalf("http has no option %s", name)
		}
	}
	req, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil && args[2] == "refused" {
		return nil
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	ts.Check(os.WriteFile(ts.MkAbs("body"), text, 0o600))
	if strconv.Itoa(resp.StatusCode) != args[2] {
		return fmt.Errorf("%s %s: %s, want %s\n%s", args[0], args[1], resp.Status, args[2], text)
	}
	if !strings.Contains(string(text), has) {
		return fmt.Errorf("%s %s: the answer does not have %s\n%s", args[0], args[1], has, text)
	}
	return nil
}

// cmdHang is "hang URL": a request that the server works on until the script ends.
func cmdHang(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hang URL")
	}
	u, err := url.Parse(args[0])
	ts.Check(err)
	conn, err := net.Dial("tcp", u.Host)
	ts.Check(err)
	ts.Defer(func() { _ = conn.Close() })
	ts.Check(conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n", u.Path, u.Host)
	ts.Check(err)
	// The server asks for the body when the handler reads it.
	line, err := bufio.NewReader(conn).ReadString('\n')
	ts.Check(err)
	if !strings.Contains(line, " 100 ") {
		ts.Fatalf("the server does not wait for the body: %s", line)
	}
}
