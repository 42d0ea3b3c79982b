package webui_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// eventLinks are the details that a list leads to.
var eventLinks = regexp.MustCompile(`href="/admin/events/([A-Za-z0-9-]+)"`)

// eventsOn are the ids of the events on a page.
func eventsOn(a got) []string {
	var all []string
	for _, m := range eventLinks.FindAllStringSubmatch(a.body, -1) {
		all = append(all, m[1])
	}
	return all
}

// The log is filtered by each of its fields, and an event is shown with what changed.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann, root := s.Someone(t), s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", root)
	must(t, s.App.Accounts.Disable(t.Context(), access.Command("night watch"), ident.UserID(ann.ID)))
	made, err := s.App.Roles.Create(t.Context(), access.Command("night watch"), role.Draft{Name: "editor"})
	must(t, err)
	v.says("the log", v.get("/admin/events"), 200, "user.disabled", `href="/admin/users/`+ann.ID+`"`, `href="/admin/roles/`+string(made.ID)+`"`,
		"night watch", "command line", "session.started", "127.0.0.1")
	for query, want := range map[string]int{
		"action=user.disabled": 1, "action=user.nothing": 0, "actor=" + ann.ID: len(s.Events(t, event.Filter{Actor: ident.UserID(ann.ID)})),
		"actor=" + strings.ToUpper(ann.Username):           len(s.Events(t, event.Filter{Actor: ident.UserID(ann.ID)})),
		"subject=user:" + ann.ID + "&action=user.disabled": 1, "subject=role:" + string(made.ID): 1, "actor=" + ident.New(): 0,
		"from=2999-01-01": 0, "until=1999-01-01T08:30": 0, "until=2999-01-01T00:00:00Z&action=role.created": 1,
		"from=1999-01-01T00:00:00.5%2B01:00&action=role.created": 1,
	} {
		if a := v.get("/admin/events?" + query); a.status != 200 || len(eventsOn(a)) != want {
			t.Errorf("%s: %d with %d events, want %d", query, a.status, len(eventsOn(a)), want)
		}
	}
	v.says("nothing fits", v.get("/admin/events?action=user.nothing"), 200, "No event fits this filter.", `value="user.nothing"`)
	must(t, s.App.Events.Sync(t.Context()))
	one := s.Events(t, event.Filter{Action: event.UserDisabled})[0]
	v.says("the detail", v.get("/admin/events/"+one.ID), 200, "user.disabled", fmt.Sprintf("%x", one.MAC), fmt.Sprint(one.Seq), "in the sealed log",
		"night watch", "/admin/events?subject=user%3A"+ann.ID, "As JSON")
	for _, id := range []string{ident.New(), "x", "%00", "..%2fkeys", strings.Repeat("x", 300)} {
		v.says("the event "+id, v.get("/admin/events/"+id), 404, "There is no such event.")
	}
}

// What was before and after stand beside each other.
func TestEvents_diff(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	shown := func(detail map[string]any) got {
		t.Helper()
		e := event.New(access.Command("test"), s.Now(), event.UserUpdated, event.User("1", "ann")).With(detail)
		must(t, s.App.Events.Store.AppendEvent(t.Context(), e))
		return v.get("/admin/events/" + e.ID)
	}
	v.says("a change", shown(map[string]any{
		"before": map[string]any{"email": "old@example.org", "staff": false, "kept": 1.5, "gone": "x", "deep": map[string]any{"er": []int{1, 2}}},
		"after":  map[string]any{"email": "new@example.org", "staff": true, "kept": 1.5, "come": nil},
		"reason": "asked for",
	}), 200, "<del><bdi>old@example.org</bdi></del>", "<ins><bdi>new@example.org</bdi></ins>", "<del><bdi>no</bdi></del>", "<ins><bdi>yes</bdi></ins>",
		"<td><bdi>1.5</bdi></td>", "deep.er", "<del><bdi>1, 2</bdi></del>", "<ins><bdi>none</bdi></ins>", "reason", "asked for")
	long := map[string]any{}
	for i := range 5000 {
		long[fmt.Sprintf("f%d", i)] = strings.Repeat("w", 1000)
	}
	a := shown(map[string]any{"before": nil, "after": long, "list": long})
	v.says("a long one", a, 200, "This is the beginning")
	if len(a.body) > 300_000 {
		t.Errorf("the page has %d bytes", len(a.body))
	}
	deep := any("x")
	for range 900 {
		deep = map[string]any{"d": deep}
	}
	v.says("a deep one", shown(map[string]any{"after": deep}), 200, "d.d.d.d.d.d")
	v.says("values that are no objects", shown(map[string]any{"before": "a", "after": []string{"b", "c"}}), 200, "<del><bdi>a</bdi></del>", "<ins><bdi>b, c</bdi></ins>")
	v.says("nothing", shown(nil), 200, "Nothing more is recorded of it.")
}

// A filter that is none is refused, and the form stays filled in; forged cursors are
// refused too (L16).
func TestEvents_forged(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for query, says := range map[string]string{
		"actor=no+body": "There is nobody with this username or id.", "action=user": event.ErrAction.Public, "action=%27+OR+1%3D1--": event.ErrAction.Public,
		"subject=user": event.ErrSubject.Public, "subject=a:" + strings.Repeat("x", 200): "This is too long.", "from=yesterday": "This is no time",
		"until=2026-13-01": "This is no time", "from=99999-01-01": "This is no time", "until=0000-01-01": "This is no time", "from=9999-12-31": "This is no time",
	} {
		name, raw, _ := strings.Cut(query, "=")
		value, err := url.QueryUnescape(raw)
		must(t, err)
		good := "&subject=user:42"
		if name == "subject" {
			good = "&action=user.disabled"
		}
		a := v.get("/admin/events?" + query + good)
		v.says(query, a, 400, says, "This filter cannot be used.", `value="`+value+`"`, strings.SplitN(good, "=", 2)[1])
		form, err := url.ParseQuery(query + "&format=csv")
		must(t, err)
		if a = v.post("/admin/events/export", form); a.status != 400 || a.header.Get("Content-Disposition") != "" || !strings.Contains(a.body, `value="`) {
			t.Errorf("an export with %s: %d %v", query, a.status, a.header)
		}
	}
	for range 60 {
		must(t, s.App.Events.Store.AppendEvent(t.Context(), event.New(access.Command("test"), s.Now(), event.UserUpdated, event.User("1", "ann"))))
	}
	first := v.get("/admin/events?action=user.updated")
	more := regexp.MustCompile(`href="(/admin/events\?action=user.updated&amp;after=[^"]+)"`).FindStringSubmatch(first.body)
	if more == nil || len(eventsOn(first)) != 50 {
		t.Fatalf("%d events and no more: %s", len(eventsOn(first)), first.body)
	}
	if rest := eventsOn(v.get(strings.ReplaceAll(more[1], "&amp;", "&"))); len(rest) != 10 {
		t.Errorf("%d events on the second page, want 10", len(rest))
	}
	for _, forged := range []string{"x", "AAAA", url.QueryEscape("' OR 1=1--")} {
		v.says("the cursor "+forged, v.get("/admin/events?after="+forged), 400, "does not belong to a list")
	}
	v.says("no format", v.post("/admin/events/export", url.Values{"format": {"xls"}}), 400, "The format is jsonl or csv.")
}

// An export wants a fresh password, is the filter's rows as a file, is recorded, and
// no cell of it is a formula (J01 to J06).
func TestEvents_export(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	for _, text := range hostile {
		who := access.Command(text)
		who.Origin = access.Origin{IP: "192.0.2.1", UserAgent: text}
		must(t, s.App.Events.Store.AppendEvent(t.Context(), event.New(who, s.Now(), event.UserUpdated, event.User("1", text)).With(map[string]any{"x": text})))
	}
	s.Advance(t, 6*time.Minute)
	form := url.Values{"format": {"csv"}, "action": {"user.updated"}, "subject": {"user:1"}}
	v.says("six minutes after the sign-in", v.post("/admin/events/export", form), 403, "Confirm that it is you", `name="action" value="user.updated"`,
		`href="/admin/events"`, "this page stays")
	form.Set("confirm_password", p.Password)
	a := v.post("/admin/events/export", form)
	if a.status != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" || a.header.Get("Content-Disposition") != `attachment; filename="events.csv"` ||
		a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	if len(rows) != 1+len(hostile) {
		t.Errorf("%d rows, want %d", len(rows), 1+len(hostile))
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.IndexAny(cell, "=+-@\t\r\n") == 0 {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	lines := v.post("/admin/events/export", url.Values{"format": {"jsonl"}, "action": {"user.updated"}})
	var last map[string]any
	for line := range strings.Lines(lines.body) {
		must(t, json.Unmarshal([]byte(line), &last))
	}
	if n := strings.Count(lines.body, "\n"); n != len(hostile) || lines.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d lines of %s", n, lines.header.Get("Content-Type"))
	}
	recorded := s.Events(t, event.Filter{Action: event.ExportStarted})
	if len(recorded) != 2 || recorded[0].Actor.ID != ident.UserID(p.ID) || !strings.Contains(recorded[1].Detail, `"subject":"user:1"`) {
		t.Errorf("the exports are recorded as %+v", recorded)
	}
}

// Cases J01 to J06 on the pages of operations: whatever a name or an agent is, it is
// shown as text.
func TestEvents_hostile(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for _, text := range hostile {
		id := text
		if len(id) > ident.MaxLen {
			id = id[:ident.MaxLen]
		}
		id = strings.ToValidUTF8(id, "")
		who := access.Caller{Kind: access.Person, UserID: ident.UserID(id), Name: text, Origin: access.Origin{IP: text, UserAgent: text, RequestID: text}}
		e := event.New(who, s.Now(), event.Action(text), event.Subject{Kind: "user", ID: text, Name: text}).
			With(map[string]any{"before": map[string]any{text: text}, "after": map[string]any{text: text + "x"}, text: text})
		must(t, s.App.Events.Store.AppendEvent(t.Context(), e))
		detail := v.get("/admin/events/" + e.ID)
		v.says("the detail", detail, 200, text)
		harmless(t, text, detail.body)
		harmless(t, text, v.get("/admin/events").body)
		for _, name := range []string{"actor", "action", "subject", "from", "until", "after"} {
			harmless(t, text, v.get("/admin/events?"+name+"="+url.QueryEscape(text)).body)
		}
		harmless(t, text, v.get("/admin/sessions?user="+url.QueryEscape(text)).body)
		harmless(t, text, v.post("/admin/events/export", url.Values{"format": {text}, "subject": {text}}).body)
	}
	ann := s.Someone(t)
	for _, text := range hostile {
		s.Do(t, apptest.Request{Method: "POST", Path: "/api/token/", JSON: map[string]string{"username": ann.Username, "password": ann.Password},
			Header: map[string]string{"User-Agent": text}}).Must(t, 200)
	}
	harmless(t, "", v.get("/admin/sessions").body)
	harmless(t, "", v.get("/admin/events").body)
}
