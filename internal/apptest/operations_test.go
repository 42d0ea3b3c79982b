package apptest

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
)

// callers are the columns of testdata/matrix.txt, in their order.
var callers = []string{"nobody", "user", "other", "without", "with", "super"}

// operation is a line of testdata/matrix.txt: who may do it, as the table and not the
// service says.
type operation struct {
	method, path string            // the path as the document has it
	needs        access.Permission // or everybody, or somebody
	statuses     []int             // for each of the callers
	byBody       []bool            // the status depends on what is in the body
	body         string            // a good one, with <words> to be filled in; "" for none
}

// What stands in the table for an operation that needs no session, and for one that
// needs no more.
const (
	everybody access.Permission = "nothing"
	somebody  access.Permission = "session"
)

// String names the operation.
func (o operation) String() string { return o.method + " " + o.path }

// safe reports whether the method promises to change nothing.
func (o operation) safe() bool { return o.method == http.MethodGet }

// ours reports whether it is of /api/v1 and not of the dialect or for machines.
func (o operation) ours() bool { return strings.HasPrefix(o.path, "/api/v1/") }

// ok is the status for somebody who may.
func (o operation) ok() int { return o.statuses[len(callers)-1] }

// operations are the lines of the table.
func operations(t *testing.T) []operation { t.Helper(); return operationsOf(t, "testdata/matrix.txt") }

// presetOperations are those that are there under the preset simplejwt besides.
func presetOperations(t *testing.T) []operation {
	t.Helper()
	return operationsOf(t, "testdata/matrix_simplejwt.txt")
}

func operationsOf(t *testing.T, table string) []operation {
	t.Helper()
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	var all []operation
	for n, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		o, ok := operationOf(line)
		if !ok {
			t.Fatalf("%s:%d: want METHOD PATH NEEDS, a status for each of %s, and a body or nothing: %s", table, n+1, callers, line)
		}
		all = append(all, o)
	}
	return all
}

// operationOf reads one line.
func operationOf(line string) (operation, bool) {
	columns := strings.Fields(line)
	if len(columns) < 3+len(callers) {
		return operation{}, false
	}
	o := operation{method: columns[0], path: columns[1], needs: access.Permission(columns[2]), body: strings.Join(columns[3+len(callers):], " ")}
	if o.needs != everybody && o.needs != somebody {
		o.needs = "countersign." + o.needs
		if !slices.Contains(everyPermission(), o.needs) {
			return operation{}, false
		}
	}
	for _, column := range columns[3 : 3+len(callers)] {
		code, byBody := strings.CutSuffix(column, "*")
		status, err := strconv.Atoi(code)
		if err != nil {
			return operation{}, false
		}
		o.statuses, o.byBody = append(o.statuses, status), append(o.byBody, byBody)
	}
	return o, o.body == "" || strings.HasPrefix(o.body, "{")
}

// at is the path with what its parameters stand for: {id} after /users/ is "user".
func (o operation) at(things map[string]string) string {
	segments := strings.Split(o.path, "/")
	for i, s := range segments {
		name, is := strings.CutPrefix(strings.TrimSuffix(s, "}"), "{")
		if !is {
			continue
		}
		if name == "id" {
			name = strings.TrimSuffix(segments[i-1], "s")
		}
		segments[i] = things[name]
	}
	return strings.Join(segments, "/")
}

// filled is the body with its <words> filled in; nil for none.
func (o operation) filled(things map[string]string) []byte {
	if o.body == "" {
		return nil
	}
	body := o.body
	for name, value := range things {
		body = strings.ReplaceAll(body, "<"+name+">", value)
	}
	return []byte(body)
}

// request is a good request.
func (o operation) request(things map[string]string) Request {
	r := Request{Method: o.method, Path: o.at(things), Body: o.filled(things)}
	if r.Body != nil {
		r.ContentType = "application/json"
	}
	return r
}

// members are those of the body.
func (o operation) members(t *testing.T, things map[string]string) map[string]any {
	t.Helper()
	var m map[string]any
	if body := o.filled(things); body != nil {
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatalf("testdata/matrix.txt: the body of %s: %v", o, err)
		}
	}
	return m
}
