package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

const (
	eventsList = "events"
	tagEvents  = "Event log"
)

func eventRoutes() []route {
	return []route{
		{method: get, path: "/events", access: holder(access.ViewEvent), id: "listEvents", tag: tagEvents, register: bind((*API).listEvents),
			summary: "List and filter events", about: "Newest first, without their details."},
		{method: get, path: "/events/export", access: holder(access.ViewEvent), id: "exportEvents", tag: tagEvents, register: bind((*API).exportEvents),
			produces: sheetTypes(), summary: "Take events out as a file",
			about: "Sealed events alone, newest first, each with its detail. " + aboutSheets + " The export is itself an event."},
		{method: get, path: "/events/{id}", access: holder(access.ViewEvent), id: "getEvent", tag: tagEvents, register: bind((*API).getEvent),
			summary: "Read an event with its detail"},
	}
}

// Event is one row of the log. It is exported because the framework skips embedded
// types that are not.
type Event struct {
	ID        string       `json:"id" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a21"`
	Seq       *int64       `json:"seq" doc:"Its number in the sealed chain; null for a moment, until it is sealed." example:"1042"`
	At        time.Time    `json:"at" example:"2026-02-01T08:30:00Z"`
	Action    string       `json:"action" doc:"What happened." example:"user.disabled"`
	Actor     eventActor   `json:"actor" doc:"Who did it."`
	Subject   eventSubject `json:"subject" doc:"What it was done to."`
	IP        string       `json:"ip" doc:"Where the request came from; empty for the command line." example:"192.0.2.7"`
	UserAgent string       `json:"user_agent" example:"curl/8.5.0"`
	RequestID string       `json:"request_id" doc:"Finds the request in the server's log." example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
}

type eventActor struct {
	Kind string `json:"kind" doc:"user, operator (the command line, or the service itself) or anonymous." example:"user"`
	ID   string `json:"id" doc:"Of a user; empty otherwise." example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	Name string `json:"name" doc:"As it was then." example:"alice"`
}

type eventSubject struct {
	Kind string `json:"kind" example:"user"`
	ID   string `json:"id" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a12"`
	Name string `json:"name" doc:"As it was then." example:"bob"`
}

// eventDetail is an object whose members depend on the action.
type eventDetail json.RawMessage

// Schema implements huma.SchemaProvider.
func (eventDetail) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "What changed. Its members depend on the action: before and after, for one. Never a secret.",
		Examples:    []any{map[string]any{"before": map[string]any{"staff": false}, "after": map[string]any{"staff": true}}},
	}
}

// MarshalJSON implements json.Marshaler.
func (d eventDetail) MarshalJSON() ([]byte, error) { return d, nil }

// detailedEventResponse is an event with what changed.
type detailedEventResponse struct {
	Event
	Detail eventDetail `json:"detail"`
}

func eventOf(e event.Event) Event {
	out := Event{
		ID: e.ID, At: moment(e.At), Action: string(e.Action),
		Actor:   eventActor{Kind: string(e.Actor.Kind), ID: string(e.Actor.ID), Name: e.Actor.Name},
		Subject: eventSubject(e.Subject), IP: e.Origin.IP, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID,
	}
	if e.Seq > 0 {
		out.Seq = new(e.Seq)
	}
	return out
}

// EventFilter chooses events. It is exported because it is embedded.
type EventFilter struct {
	Actor   string    `query:"actor" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" doc:"Only what the user with this id did."`
	Action  string    `query:"action" maxLength:"60" pattern:"^[a-z_]+\\.[a-z_]+$" patternDescription:"noun.verbed" doc:"Only this, such as user.disabled."`
	Subject string    `query:"subject" maxLength:"171" doc:"Only what was done to this: KIND:ID, such as user:42."`
	From    time.Time `query:"from" doc:"Not before this time (RFC 3339)."`
	Until   time.Time `query:"until" doc:"Before this time (RFC 3339)."`
}

// filter refuses a subject that is none.
func (in EventFilter) filter() (event.Filter, error) {
	f := event.Filter{Actor: ident.UserID(in.Actor), Action: event.Action(in.Action), From: in.From, Until: in.Until}
	if in.Subject == "" {
		return f, nil
	}
	subject, err := event.ParseSubject(in.Subject)
	if err != nil {
		return event.Filter{}, badParameter("query", "subject", event.ErrSubject)
	}
	f.Subject = subject
	return f, nil
}

type listEventsInput struct {
	Paging
	EventFilter
}

func (a *API) listEvents(ctx context.Context, who access.Caller, in *listEventsInput) (*body[list[Event]], error) {
	r, err := a.request(eventsList, in.Paging)
	if err != nil {
		return nil, err
	}
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := a.Events.List(ctx, who, f, r)
	if err != nil {
		return nil, err
	}
	return listOf(a, eventsList, found, eventOf), nil
}

func (a *API) getEvent(ctx context.Context, who access.Caller, in *ByID) (*body[detailedEventResponse], error) {
	e, err := a.Events.Event(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[detailedEventResponse]{Body: detailedEventResponse{Event: eventOf(e), Detail: eventDetail(e.DetailJSON())}}, nil
}

type exportEventsInput struct {
	Sheet
	EventFilter
}

func (a *API) exportEvents(ctx context.Context, who access.Caller, in *exportEventsInput) (*download, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	return in.download(ctx, "events", func(ctx context.Context, to io.Writer) error {
		_, err := a.Events.Export(ctx, who, to, in.format(), f)
		return err
	}), nil
}
