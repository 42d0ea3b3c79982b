package webui

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/event"
)

// Bounds of what a page shows of a detail. What is more stands in an export.
const (
	maxDetailRows  = 200
	maxDetailDepth = 6
	maxDetailValue = 500  // characters of one value
	maxDetailText  = 8000 // characters of the whole as JSON
)

// eventView is one event.
type eventView struct {
	event.Event
	Who, On party
	Hash    string // of the sealed row, in hex; "" until then

	Changes []detailChange // what was before and after
	Facts   []detailFact   // what else is known
	Cut     bool           // there is more than is shown
	JSON    string

	SameActor, SameSubject, SameAction string // the list with the same
}

// detailFact is one value of a detail.
type detailFact struct{ Name, Value string }

// detailChange is one value before and after. Of an absent one the flag is false.
type detailChange struct {
	Name, Before, After  string
	HadBefore, HasAfter  bool
	Added, Removed, Same bool
}

func (s *Site) showEvent(v *visit) (answer, error) {
	e, err := s.Events.Event(v.Context(), v.Who, v.PathValue("id"))
	if err != nil {
		return nil, err
	}
	view := eventView{Event: e, Who: actorOf(v, e), On: subjectOf(v, e), Hash: hex.EncodeToString(e.MAC)}
	view.read(e.DetailJSON())
	same := func(name, value string) string {
		if value == "" {
			return ""
		}
		return eventsQuery{map[string][]string{name: {value}}}.path("")
	}
	view.SameActor, view.SameAction = same(askActor, string(e.Actor.ID)), same(askAction, string(e.Action))
	if e.Subject.Kind != "" && e.Subject.ID != "" {
		view.SameSubject = same(askSubject, e.Subject.String())
	}
	return shown{name: "event", title: string(e.Action), body: view}, nil
}

// read takes a detail apart: what was before and after beside each other, and the
// rest. One that is no object is shown as it is.
func (e *eventView) read(detail json.RawMessage) {
	var indented bytes.Buffer
	if json.Indent(&indented, detail, "", "  ") != nil {
		indented.Reset()
		indented.Write(detail)
	}
	e.JSON, e.Cut = shortened(indented.String(), maxDetailText)
	all, ok := decoded(detail).(map[string]any)
	if !ok {
		return
	}
	before, hadBefore := all["before"]
	after, hasAfter := all["after"]
	if hadBefore || hasAfter {
		e.compare(flat(before, hadBefore), flat(after, hasAfter))
		delete(all, "before")
		delete(all, "after")
	}
	rest := flat(all, len(all) > 0)
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		if len(e.Facts) == maxDetailRows {
			e.Cut = true
			break
		}
		e.Facts = append(e.Facts, detailFact{Name: name, Value: e.short(rest[name])})
	}
}

func (e *eventView) compare(before, after map[string]string) {
	all := maps.Clone(before)
	maps.Copy(all, after)
	same := func(name string) bool {
		was, hadBefore := before[name]
		is, hasAfter := after[name]
		return hadBefore && hasAfter && was == is
	}
	names := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(names, func(a, b string) int { // what changed first
		switch {
		case same(a) == same(b):
			return 0
		case same(b):
			return -1
		}
		return 1
	})
	for _, name := range names {
		if len(e.Changes) == maxDetailRows {
			e.Cut = true
			return
		}
		was, hadBefore := before[name]
		is, hasAfter := after[name]
		e.Changes = append(e.Changes, detailChange{
			Name: name, Before: e.short(was), After: e.short(is), HadBefore: hadBefore, HasAfter: hasAfter,
			Added: hasAfter && (!hadBefore || was != is), Removed: hadBefore && (!hasAfter || was != is),
			Same: same(name),
		})
	}
}

// short is a value as the page shows it.
func (e *eventView) short(value string) string {
	text, cut := shortened(value, maxDetailValue)
	e.Cut = e.Cut || cut
	return text
}

// shortened returns the beginning of a text, and whether that is less than the text.
func shortened(text string, characters int) (string, bool) {
	if utf8.RuneCountInString(text) <= characters {
		return text, false
	}
	n := 0
	for i := range text {
		if n == characters {
			return text[:i] + "…", true
		}
		n++
	}
	return text, false
}

// decoded returns a JSON value with its numbers as they are written.
func decoded(raw json.RawMessage) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil
	}
	return value
}

// flat returns the values of an object by their paths, as "user.email". A value that
// is no object has the path "value"; what is not there has none.
func flat(value any, there bool) map[string]string {
	all := map[string]string{}
	if !there {
		return all
	}
	if object, ok := value.(map[string]any); ok {
		flatten(all, "", object, maxDetailDepth)
		return all
	}
	all["value"] = written(value)
	return all
}

func flatten(all map[string]string, prefix string, object map[string]any, depth int) {
	for name, value := range object {
		inner, ok := value.(map[string]any)
		if ok && len(inner) > 0 && depth > 1 {
			flatten(all, prefix+name+".", inner, depth-1)
			continue
		}
		all[prefix+name] = written(value)
	}
}

// written is a value as people read it: a text without quotes, a list of those with
// commas, anything else as JSON.
func written(value any) string {
	switch value := value.(type) {
	case nil:
		return "none"
	case string:
		return value
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case json.Number:
		return value.String()
	case []any:
		parts := make([]string, len(value))
		for i, each := range value {
			parts[i] = written(each)
		}
		return strings.Join(parts, ", ")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value) // what was JSON is JSON
	}
	return string(text)
}
