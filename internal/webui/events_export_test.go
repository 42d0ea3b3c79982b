package webui

import (
	"encoding/json"
	"time"
)

// MomentAsked reads the time of a filter.
func MomentAsked(text string) (time.Time, bool) { return momentAsked(text) }

// ReadDetail returns how many rows a page shows of a detail, and of how many
// characters all of it is.
func ReadDetail(detail json.RawMessage) (rows, characters int) {
	var e eventView
	e.read(detail)
	characters = len([]rune(e.JSON))
	for _, each := range e.Changes {
		characters += len([]rune(each.Before + each.After))
	}
	for _, each := range e.Facts {
		characters += len([]rune(each.Value))
	}
	return len(e.Changes) + len(e.Facts), characters
}
