package httpapi

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign/countersign/internal/page"
)

// The parameters that several operations share. They are embedded, and exported
// because the framework skips what is not.

// Paging asks for a part of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"2600" doc:"The next_cursor of the page before; leave it out for the first page."`
}

// ByID names one thing.
type ByID struct {
	ID string `path:"id" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
}

// request is what a page is asked for with. A cursor that belongs to another list,
// or to none, is refused.
func (a *API) request(list string, q Paging) (page.Request, error) {
	after, err := a.Cursors.Decode(list, q.Cursor)
	if err != nil {
		return page.Request{}, badParameter("query", "cursor", page.ErrCursor)
	}
	return page.Request{After: after, Limit: q.Limit}, nil
}

// list is a page as the client sees it.
type list[T any] struct {
	Items      []T     `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor" doc:"Give it as cursor for the next page; null on the last one."`
}

// body is an answer that is a body and nothing else.
type body[T any] struct {
	Body T
}

// created is the answer to what makes a thing.
type created[T any] struct {
	Location string `header:"Location" doc:"Where the new thing is."`
	Body     T
}

// done is the answer to what has nothing to say: 204.
type done struct{}

// listOf makes the answer of a page.
func listOf[S, T any](a *API, name string, p page.Page[S], each func(S) T) *body[list[T]] {
	out := whole(p.Items, each)
	if cursor := a.Cursors.Encode(name, p.Next); cursor != "" {
		out.Body.NextCursor = &cursor
	}
	return out
}

// whole makes the answer of a list that has one page only.
func whole[S, T any](items []S, of func(S) T) *body[list[T]] {
	return &body[list[T]]{Body: list[T]{Items: each(items, of)}}
}

// each makes a list, which is never null, of a list.
func each[S, T any](items []S, of func(S) T) []T {
	out := make([]T, 0, len(items))
	for _, item := range items {
		out = append(out, of(item))
	}
	return out
}

// whether is a parameter that is true, false or not given.
type whether struct {
	value bool
	given bool
}

// Schema implements huma.SchemaProvider.
func (whether) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeBoolean} }

// Receiver implements huma.ParamWrapper.
func (w *whether) Receiver() reflect.Value { return reflect.ValueOf(&w.value).Elem() }

// OnParamSet implements huma.ParamReactor.
func (w *whether) OnParamSet(given bool, _ any) { w.given = given }

// pointer returns nil when the parameter was not given.
func (w whether) pointer() *bool {
	if !w.given {
		return nil
	}
	return &w.value
}

// moment is a time as the client sees it: UTC, to the millisecond.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// momentOrNull is nil for the zero time.
func momentOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(moment(t))
}
