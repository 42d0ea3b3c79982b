package webui

import (
	"maps"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/event"
)

// The names of the filter's fields that the list of users has not (askFrom, askUntil).
const (
	askActor   = "actor"
	askAction  = "action"
	askSubject = "subject"
)

const (
	maxSubject = 171 // characters: a kind, a colon and the longest name

	msgActor  = "There is nobody with this username or id."
	msgMoment = "This is no time: write it as 2026-01-31 or 2026-01-31T08:30, in UTC."
	msgLong   = "This is too long."
)

// eventsQuery is a filter of the log, as it stands in the address.
type eventsQuery struct{ url.Values }

// eventsQueryOf keeps of an address or a form what is a filter.
func eventsQueryOf(asked url.Values) eventsQuery {
	q := eventsQuery{url.Values{}}
	for _, name := range []string{askActor, askAction, askSubject, askFrom, askUntil} {
		if value := strings.TrimSpace(asked.Get(name)); value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// path is the address of the list with this filter, after a cursor.
func (q eventsQuery) path(after string) string {
	asked := url.Values{}
	maps.Copy(asked, q.Values)
	if after != "" {
		asked.Set("after", after)
	}
	return addressOf(eventsPath, asked)
}

// eventFilter reads the query. errFilter with the fields that are not right.
func (s *Site) eventFilter(v *visit, q eventsQuery) (event.Filter, error) {
	refused := errFilter
	var f event.Filter
	actor, err := s.userAsked(v, q.Get(askActor), errFilter.WithField(askActor, msgActor))
	switch r, ok := refusalOf(err); {
	case err != nil && !ok:
		return event.Filter{}, err
	case err != nil:
		refused = refused.WithField(askActor, r.of(askActor)...)
	}
	f.Actor = actor
	if text := q.Get(askAction); text != "" {
		if f.Action, err = event.ParseAction(text); err != nil {
			refused = refused.WithField(askAction, event.ErrAction.Public)
		}
	}
	if text := q.Get(askSubject); text != "" {
		f.Subject, err = event.ParseSubject(text)
		switch {
		case err != nil:
			refused = refused.WithField(askSubject, event.ErrSubject.Public)
		case utf8.RuneCountInString(text) > maxSubject:
			refused = refused.WithField(askSubject, msgLong)
		}
	}
	for name, at := range map[string]*time.Time{askFrom: &f.From, askUntil: &f.Until} {
		var ok bool
		if *at, ok = momentAsked(q.Get(name)); !ok {
			refused = refused.WithField(name, msgMoment)
		}
	}
	if len(refused.Fields) > 0 {
		return event.Filter{}, refused
	}
	return f, nil
}

// momentLayouts are how a filter writes a time: as links do (RFC 3339), as browsers'
// fields do, and as people do.
var momentLayouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.DateOnly}

// momentAsked reads a time, UTC where it does not say; the empty text is the zero
// time. It takes years that every database keeps.
func momentAsked(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	for _, layout := range momentLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			at = at.UTC()
			return at, at.Year() >= 1 && at.Year() <= 9998
		}
	}
	return time.Time{}, false
}

// momentField is the input of a time. What is no time is shown as it was typed, which
// the browser's own field would not.
func momentField(name, label string, q eventsQuery, r refusal) field {
	f := field{Name: name, Label: label, Type: "datetime-local", Problems: r.of(name)}
	at, ok := momentAsked(q.Get(name))
	switch {
	case !ok:
		f.Type, f.Value = "text", q.Get(name)
	case !at.IsZero():
		f.Value = at.Format("2006-01-02T15:04")
		if at.Second() != 0 || at.Nanosecond() != 0 { // the field would round it
			f.Type, f.Value = "text", at.Format("2006-01-02T15:04:05.999Z07:00")
		}
	}
	return f
}

// eventsFilterView is the form above the list.
type eventsFilterView struct {
	Actor, Action, Subject, From, Until field
	Any                                 bool // something is asked for
	All                                 []hidden
}

func eventsFilterOf(q eventsQuery, r refusal) eventsFilterView {
	actions := event.Actions()
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return eventsFilterView{
		Actor:   field{Name: askActor, Label: "Who: username or id", Type: "search", Value: q.Get(askActor), MaxLength: maxAskUser, Problems: r.of(askActor)},
		Action:  field{Name: askAction, Label: "What", Type: "search", Value: q.Get(askAction), MaxLength: event.MaxAction, Problems: r.of(askAction), Offers: names},
		Subject: field{Name: askSubject, Label: "On what", Hint: "As user:42 or role:7.", Type: "search", Value: q.Get(askSubject), MaxLength: maxSubject, Problems: r.of(askSubject)},
		From:    momentField(askFrom, "From (UTC)", q, r),
		Until:   momentField(askUntil, "Before (UTC)", q, r),
		Any:     len(q.Values) > 0,
		All:     again(q.Values),
	}
}
