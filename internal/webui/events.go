package webui

import (
	"cmp"
	"context"
	"io"
	"net/url"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/web"
)

const (
	eventsPath = "/admin/events"
	siteEvents = "site events" // the list that cursors are made for
	askFormat  = "format"      // of an export
)

func (s *Site) eventRoutes() []route {
	return []route{
		{pattern: "GET " + eventsPath, area: adminArea, entry: staff, needs: access.ViewEvent, page: "events", handle: s.showEvents},
		{pattern: "GET " + eventsPath + "/{id}", area: adminArea, entry: staff, needs: access.ViewEvent, page: "event", handle: s.showEvent},
		{pattern: "POST " + eventsPath + "/export", area: adminArea, entry: staff, needs: access.ViewEvent, recent: true,
			back: eventsPath, page: "events", handle: s.exportEvents},
	}
}

// eventsView is the log, the newest first.
type eventsView struct {
	Filter  eventsFilterView
	Problem string
	Events  []eventRow
	More    string // the address of the next part of the list, "" at its end
}

// eventRow is one event in the list.
type eventRow struct {
	event.Event
	Who, On party
}

// party is who did something, or what it was done to.
type party struct {
	Kind string // what stands before the name
	Name string
	Path string // the address of their page, "" for none
}

func (s *Site) showEvents(v *visit) (answer, error) {
	q := eventsQueryOf(v.URL.Query())
	f, err := s.eventFilter(v, q)
	if err != nil {
		return s.refusedEvents(v, q, err)
	}
	after, err := s.Cursors.Decode(siteEvents, v.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	found, err := s.Events.List(v.Context(), v.Who, f, page.Request{After: after, Limit: logPage})
	if err != nil {
		return nil, err
	}
	view := eventsView{Filter: eventsFilterOf(q, refusal{})}
	for _, e := range found.Items {
		view.Events = append(view.Events, eventRow{Event: e, Who: actorOf(v, e), On: subjectOf(v, e)})
	}
	if next := s.Cursors.Encode(siteEvents, found.Next); next != "" {
		view.More = q.path(next)
	}
	return shown{name: "events", title: "Event log", body: view}, nil
}

// refusedEvents is the page with a filter that is none: filled in, and without a list.
func (s *Site) refusedEvents(v *visit, q eventsQuery, err error) (answer, error) {
	refused, ok := refusalOf(err)
	if !ok {
		return nil, err
	}
	web.Note(v.Context()).SetError(err)
	problem := refused.General
	if problem == "" {
		problem = errFilter.Public
	}
	view := eventsView{Filter: eventsFilterOf(q, refused), Problem: problem}
	return shown{name: "events", title: "Event log", body: view, status: refused.Status}, nil
}

// actorOf is who did it.
func actorOf(v *visit, e event.Event) party {
	switch e.Actor.Kind {
	case access.Person:
		return party{Kind: "by", Name: cmp.Or(e.Actor.Name, tail(string(e.Actor.ID))), Path: personPath(v, e.Actor.ID)}
	case access.Operator:
		return party{Kind: "at the command line, by", Name: e.Actor.Name}
	}
	return party{Kind: "by somebody not signed in", Name: e.Actor.Name}
}

// subjectOf is what it was done to.
func subjectOf(v *visit, e event.Event) party {
	p := party{Kind: e.Subject.Kind, Name: cmp.Or(e.Subject.Name, tail(e.Subject.ID))}
	switch {
	case !ident.Valid(e.Subject.ID):
	case e.Subject.Kind == "user" && e.Action != event.UserDeleted:
		p.Path = personPath(v, ident.UserID(e.Subject.ID))
	case e.Subject.Kind == "role" && e.Action != event.RoleDeleted && v.Who.Rights.Holds(access.ViewRole):
		p.Path = "/admin/roles/" + e.Subject.ID
	case e.Subject.Kind == "key" && v.Who.Rights.Holds(access.ViewKey):
		p.Path = keysPath
	case e.Subject.Kind == "session":
		p.Path = eventsQuery{url.Values{askSubject: {e.Subject.String()}}}.path("")
	}
	return p
}

// tail is the end of a long id, by which people tell those of one day apart.
func tail(id string) string {
	const whole, end = 20, 8
	if len(id) <= whole || !ident.Valid(id) {
		return id
	}
	return "…" + id[len(id)-end:]
}

// personPath is the page of an account, "" for who may not see it.
func personPath(v *visit, id ident.UserID) string {
	if !ident.Valid(string(id)) || !v.Who.Rights.Holds(access.ViewUser) {
		return ""
	}
	return userAt(id)
}

// exportEvents sends what a filter chooses as a file.
func (s *Site) exportEvents(v *visit) (answer, error) {
	q := eventsQueryOf(v.PostForm)
	format, err := sheet.ParseFormat(v.PostForm.Get(askFormat))
	if err != nil {
		return s.refusedEvents(v, q, err)
	}
	f, err := s.eventFilter(v, q)
	if err != nil {
		return s.refusedEvents(v, q, err)
	}
	return sent{file: web.Download{Name: "events", Format: format}, rows: func(ctx context.Context, to io.Writer) error {
		_, err := s.Events.Export(ctx, v.Who, to, format, f)
		return err
	}}, nil
}
