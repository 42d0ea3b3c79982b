package apptest

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// found is a page of events.
type found struct {
	Items []struct {
		ID      string
		Action  string
		Actor   struct{ ID, Kind string }
		Subject struct{ ID, Kind, Name string }
	}
	Next *string `json:"next_cursor"`
}

// actions are what happened.
func (f found) actions() []string {
	all := []string{}
	for _, item := range f.Items {
		all = append(all, item.Action)
	}
	return all
}

// Who holds the permission reads what was done, filtered and in pages, and each
// change with what was before it and after it.
func TestEvents(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		auditor, admin, target := s.Holder(t, access.ViewEvent), s.Superuser(t), s.Someone(t)
		began := s.Events(t, event.Filter{})[0].At
		s.Advance(t, time.Minute)
		admin.Tokens = s.SignIn(t, admin)
		auditor.Tokens = s.SignIn(t, auditor)
		s.Advance(t, time.Minute)
		ask("PATCH", "/api/v1/users/"+target.ID, admin, fields("first_name", "<b>Ann"))(t, s)
		ask("POST", "/api/v1/users/"+target.ID+"/disable", admin, nil)(t, s)
		ask("POST", "/api/v1/users/"+target.ID+"/enable", admin, nil)(t, s)
		read := func(query url.Values) (f found) {
			t.Helper()
			s.Do(t, Request{Path: "/api/v1/events?" + query.Encode(), As: auditor.Access}).Must(t, 200).Decode(t, &f)
			return f
		}
		subject := "user:" + target.ID
		for what, c := range map[string]struct {
			query url.Values
			want  []string
		}{
			"actor":   {url.Values{"actor": {admin.ID}, "from": {began.Add(90 * time.Second).Format(time.RFC3339Nano)}}, []string{"user.enabled", "user.disabled", "user.updated"}},
			"action":  {url.Values{"action": {"user.disabled"}}, []string{"user.disabled"}},
			"subject": {url.Values{"subject": {subject}, "actor": {admin.ID}}, []string{"user.enabled", "user.disabled", "user.updated"}},
			"until":   {url.Values{"subject": {subject}, "until": {began.Add(time.Second).Format(time.RFC3339Nano)}}, []string{"user.registered"}},
			"nobody":  {url.Values{"actor": {"nobody"}}, []string{}},
		} {
			if got := read(c.query).actions(); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", what, got, c.want)
			}
		}
		var walked []string
		query := url.Values{"subject": {subject}, "limit": {"1"}}
		for {
			f := read(query)
			walked = append(walked, f.actions()...)
			if f.Next == nil {
				break
			}
			query.Set("cursor", *f.Next)
		}
		if !slices.Equal(walked, []string{"user.enabled", "user.disabled", "user.updated", "user.registered"}) {
			t.Errorf("pages: %v", walked)
		}
		changed := read(url.Values{"action": {"user.updated"}}).Items[0].ID
		var one struct {
			Detail struct{ Before, After map[string]any }
		}
		s.Do(t, Request{Path: "/api/v1/events/" + changed, As: auditor.Access}).Must(t, 200).Decode(t, &one)
		if one.Detail.Before["first_name"] != "" || one.Detail.After["first_name"] != "<b>Ann" {
			t.Errorf("detail: %+v", one.Detail)
		}
	})
}

// Cases J01 to J06 and L16: what is forged is refused, and what is in the log is
// data.
func TestEvents_refusals(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	auditor := s.Holder(t, access.ViewEvent)
	var scenarios []Scenario
	for _, query := range []string{
		"cursor=AAAAAAAA", "limit=0", "limit=201", "actor=%27%20OR%201%3D1--", "action=user", "action=%25", "subject=user", "subject=:1", "subject=",
		"from=yesterday", "until=2026-13-01T00:00:00Z", "from=2026-01-01", "unknown=1", "actor=a&actor=b", "action=user.created%00",
	} {
		want, code := 400, ""
		if query == "subject=" {
			want = 200 // which is none
		}
		scenarios = append(scenarios, Scenario{Name: query, Request: Request{Path: "/api/v1/events?" + query, As: auditor.Access}, Status: want, Code: code})
	}
	s.Run(t, append(scenarios,
		Scenario{Name: "unknown_format", Request: Request{Path: "/api/v1/events/export?format=xml", As: auditor.Access}, Status: 400, Code: "request_invalid"},
		Scenario{Name: "nobodys_event", Request: Request{Path: "/api/v1/events/none", As: auditor.Access}, Status: 404, Code: "event_not_found"},
		Scenario{Name: "another_method", Request: Request{Method: "DELETE", Path: "/api/v1/events/none", As: auditor.Access}, Status: 405, Code: "method_not_allowed"},
		Scenario{Name: "another_lists_cursor", Request: Request{Path: "/api/v1/events?cursor=" + cursorOfUsers(t, s), As: auditor.Access}, Status: 400, Code: "cursor_invalid"},
	))
}

func cursorOfUsers(t *testing.T, s *Service) string {
	t.Helper()
	p := s.Holder(t, access.ViewUser)
	return s.Do(t, Request{Path: "/api/v1/users?limit=1", As: p.Access}).Must(t, 200).Text("next_cursor")
}

// Cases J01 to J06: an export is a file that a browser saves, in which nothing is a
// formula; and it is recorded.
func TestEvents_export(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	auditor := s.Holder(t, access.ViewEvent)
	ctx := context.Background()
	made, err := s.App.Roles.Create(ctx, operator, role.Draft{Name: `=HYPERLINK("http://evil.example","a")`})
	if err != nil {
		t.Fatal(err)
	}
	subject := url.QueryEscape("role:" + string(made.ID))
	a := s.Do(t, Request{Path: "/api/v1/events/export?format=csv&subject=" + subject, As: auditor.Access}).Must(t, 200)
	if a.Header.Get("Content-Type") != "text/csv; charset=utf-8" || a.Header.Get("Content-Disposition") != `attachment; filename="events.csv"` ||
		a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", a.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][slices.Index(rows[0], "subject_name")] != `'=HYPERLINK("http://evil.example","a")` {
		t.Errorf("rows: %q, %v", rows, err)
	}
	a = s.Do(t, Request{Path: "/api/v1/events/export?action=role.created", As: auditor.Access}).Must(t, 200)
	if lines := strings.Split(strings.TrimSpace(string(a.Body)), "\n"); len(lines) != 1 || !json.Valid([]byte(lines[0])) {
		t.Errorf("lines: %q", lines)
	}
	recorded := s.Events(t, event.Filter{Actor: ident.UserID(auditor.ID), Action: event.ExportStarted})
	if len(recorded) != 2 || recorded[0].Origin.IP == "" {
		t.Errorf("recorded: %+v", recorded)
	}
}

// An export that cannot be finished does not look as if it were whole.
func TestEvents_export_is_whole_or_cut(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{AllowErrors: true})
	auditor := s.Holder(t, access.ViewEvent)
	ctx := context.Background()
	const rows = 600
	for i := range rows {
		e := event.New(operator, time.UnixMilli(int64(i)), event.UserUpdated, event.User("many", "many")).
			With(map[string]any{"before": strings.Repeat("b", 32<<10)})
		if err := s.App.Events.Store.AppendEvent(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	start := func() *bufio.Reader {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/events/export?subject=user:many", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+auditor.Access)
		answer, err := s.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("status %d", answer.StatusCode)
		}
		return bufio.NewReaderSize(answer.Body, 64<<10)
	}
	whole := start()
	count := func(r *bufio.Reader) (n int, err error) {
		for err == nil {
			if _, err = r.ReadString('\n'); err == nil {
				n++
			}
		}
		return n, err
	}
	if n, err := count(whole); n != rows || !errors.Is(err, io.EOF) {
		t.Errorf("%d rows, %v", n, err)
	}
	cut := start()
	if _, err := cut.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	damage(t, s, `ALTER TABLE events RENAME TO hidden`)
	if n, err := count(cut); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d rows, then %v: a part looks like the whole", n, err)
	}
	damage(t, s, `ALTER TABLE hidden RENAME TO events`)
}
