package event

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/page"
)

// The faults of reading the log.
var (
	ErrNotFound = fault.New(fault.NotFound, "event_not_found", "There is no such event.")
	ErrSubject  = fault.New(fault.Invalid, "event_subject_invalid", "A subject is KIND:ID, as user:42.")
)

// ParseSubject reads "KIND:ID", or returns ErrSubject. What is after the first
// colon is the ID, whatever it is.
func ParseSubject(text string) (Subject, error) {
	kind, id, found := strings.Cut(text, ":")
	if !found || kind == "" || id == "" {
		return Subject{}, ErrSubject
	}
	return Subject{Kind: kind, ID: id}, nil
}

// String returns what ParseSubject reads.
func (s Subject) String() string { return s.Kind + ":" + s.ID }

// DetailJSON returns the detail as JSON. One that somebody changed in the database
// and that is none any more is a string, so that such a row can still be read.
func (e Event) DetailJSON() json.RawMessage {
	if json.Valid([]byte(e.Detail)) {
		return json.RawMessage(e.Detail)
	}
	text, err := json.Marshal(e.Detail)
	if err != nil {
		return json.RawMessage("null") // every string is JSON
	}
	return text
}

// List is a page of the log, newest first. Rows that wait for their seal are in
// it, so that whoever did something sees it at once. It needs access.ViewEvent.
func (l *Log) List(ctx context.Context, who access.Caller, f Filter, r page.Request) (page.Page[Event], error) {
	if err := who.Require(access.ViewEvent); err != nil {
		return page.Page[Event]{}, err
	}
	return l.Store.Events(ctx, f, r)
}

// Event returns one event, or ErrNotFound. It needs access.ViewEvent.
func (l *Log) Event(ctx context.Context, who access.Caller, id string) (Event, error) {
	if err := who.Require(access.ViewEvent); err != nil {
		return Event{}, err
	}
	return l.Store.Event(ctx, id)
}
