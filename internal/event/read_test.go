package event_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/store/storetest"
)

// auditor may read the log and nothing else.
var auditor = access.Caller{Kind: access.Person, UserID: "a-1", Name: "auditor", Rights: access.Rights{Permissions: []access.Permission{access.ViewEvent}}}

// Reading the log needs its permission, whoever one is otherwise.
func TestReading_needs_the_permission(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	e := something("row")
	p.append(t, e)
	staff := access.Caller{Kind: access.Person, UserID: "s-1", Rights: access.Rights{Staff: true, Permissions: []access.Permission{access.ViewKey, access.ViewUser}}}
	for who, want := range map[*access.Caller]error{{}: access.ErrAnonymous, &staff: access.ErrForbidden, &auditor: nil} {
		_, err := p.List(t.Context(), *who, event.Filter{}, page.Request{})
		fails(t, "List", err, want)
		_, err = p.Event(t.Context(), *who, e.ID)
		fails(t, "Event", err, want)
		var out bytes.Buffer
		_, err = p.Export(t.Context(), *who, &out, sheet.JSONLines, event.Filter{})
		fails(t, "Export", err, want)
		if (want == nil) != (out.Len() > 0) {
			t.Errorf("as %+v: %q was written", who, out.String())
		}
	}
	_, err := p.Event(t.Context(), auditor, "missing")
	fails(t, "Event", err, event.ErrNotFound)
}

// A file has what was sealed when it began, each row once and newest first, more
// than a page of them; who took it out is recorded before the first row.
func TestExport(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	const rows = 450
	for i := range rows {
		p.append(t, something(fmt.Sprint("row", i)).With(map[string]any{"i": i}))
	}
	var out bytes.Buffer
	n, err := p.Export(t.Context(), auditor, &out, sheet.JSONLines, event.Filter{})
	must(t, err)
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if n != rows || len(lines) != rows {
		t.Fatalf("Export wrote %d rows in %d lines, want %d", n, len(lines), rows)
	}
	seen := map[int64]bool{}
	for _, line := range lines {
		var row struct {
			Seq    int64
			Action string
			Detail map[string]any
		}
		must(t, json.Unmarshal([]byte(line), &row))
		if seen[row.Seq] || row.Seq < 1 || row.Seq > rows || row.Detail["i"] == nil {
			t.Errorf("row %+v", row)
		}
		seen[row.Seq] = true
	}
	found, err := p.List(t.Context(), auditor, event.Filter{Action: event.ExportStarted}, page.Request{})
	must(t, err)
	if len(found.Items) != 1 || found.Items[0].Actor.ID != auditor.UserID || found.Items[0].Detail != `{"filter":{},"format":"jsonl"}` {
		t.Errorf("recorded: %+v", found.Items)
	}
}

// Cases J01 to J06: whatever somebody is called, a spreadsheet does not compute it.
func TestExport_of_formulas(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	e := event.New(access.Caller{Kind: access.Person, UserID: "u-1", Name: "=1+1", Origin: access.Origin{UserAgent: "@SUM(A1)"}},
		begin, event.UserUpdated, event.User("u-2", "+a\"b")).With(map[string]any{"before": "-1"})
	p.append(t, e)
	var out bytes.Buffer
	f := event.Filter{Actor: "u-1", Action: event.UserUpdated, Subject: event.Subject{Kind: "user", ID: "u-2"}, From: begin, Until: begin.Add(time.Second)}
	_, err := p.Export(t.Context(), auditor, &out, sheet.CSV, f)
	must(t, err)
	want := `"seq","id","at","action","actor_kind","actor_id","actor_name","subject_kind","subject_id","subject_name","ip","user_agent","request_id","detail"` + "\r\n" +
		`"1","` + e.ID + `","2027-01-15T08:00:00Z","user.updated","user","u-1","'=1+1","user","u-2","'+a""b","","'@SUM(A1)","","{""before"":""-1""}"` + "\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	found, err := p.List(t.Context(), auditor, event.Filter{Action: event.ExportStarted}, page.Request{})
	must(t, err)
	recorded := `{"filter":{"action":"user.updated","actor":"u-1","from":"2027-01-15T08:00:00Z","subject":"user:u-2","until":"2027-01-15T08:00:01Z"},"format":"csv"}`
	if len(found.Items) != 1 || found.Items[0].Detail != recorded {
		t.Errorf("recorded: %+v", found.Items)
	}
}

// A row that somebody damaged in the database can still be read and taken out.
func TestExport_of_a_damaged_row(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	p := start(t, url)
	p.append(t, something("row"))
	must(t, p.Sync(t.Context()))
	storetest.Exec(t, url, `UPDATE events SET detail = 'not JSON'`)
	var out bytes.Buffer
	_, err := p.Export(t.Context(), auditor, &out, sheet.JSONLines, event.Filter{})
	must(t, err)
	if !strings.HasSuffix(out.String(), `"detail":"not JSON"}`+"\n") {
		t.Errorf("exported: %s", out.String())
	}
}

// An export that cannot be written is an error and not a short file, and is
// recorded all the same.
func TestExport_fails_with_the_file(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"))
	p.append(t, something("row"))
	_, err := p.Export(t.Context(), auditor, full{}, sheet.CSV, event.Filter{})
	fails(t, "Export", err, errFull)
	found, err := p.List(t.Context(), auditor, event.Filter{Action: event.ExportStarted}, page.Request{})
	must(t, err)
	if len(found.Items) != 1 {
		t.Errorf("recorded: %+v", found.Items)
	}
}

// full is a disk.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestParseSubject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]event.Subject{
		"user:42": {Kind: "user", ID: "42"}, "import:a:b": {Kind: "import", ID: "a:b"},
		"": {}, "user": {}, "user:": {}, ":42": {}, ":": {},
	} {
		got, err := event.ParseSubject(text)
		if got != want || (err == nil) != (want != event.Subject{}) {
			t.Errorf("ParseSubject(%q) = %+v, %v", text, got, err)
		}
	}
}

func FuzzParseSubject(f *testing.F) {
	f.Add("user:42")
	f.Add("::")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := event.ParseSubject(text); err == nil && s.String() != text {
			t.Errorf("%q is read as %+v", text, s)
		}
	})
}
