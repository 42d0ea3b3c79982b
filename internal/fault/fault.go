package fault

import (
	"errors"
	"maps"
	"time"
)

// Kind groups faults by what the caller can do about them. It is the only thing
// that the transport adapters look at to choose a status.
type Kind uint8

// The kinds. A kind is added only when some transport must answer differently.
const (
	Internal        Kind = iota // the zero value, so forgetting to classify is safe
	Invalid                     // the request can never succeed as sent
	Unauthenticated             // nobody, or not who they say
	Forbidden                   // known, and not allowed
	NotFound                    // there is no such thing, or none that the caller may know of
	Conflict                    // the state of things does not allow it now
	Precondition                // it is not any more what the caller saw
	TooLarge                    // more bytes than we take
	RateLimited                 // too many, too fast
	Unavailable                 // the same request may succeed later
)

// Error is a classified failure. Values declared at package level are sentinels;
// derive from them with Because, WithField and RetryIn, which copy.
type Error struct {
	Kind   Kind
	Code   string              // stable, machine readable, documented: "refresh_reused"
	Public string              // safe for any client to read
	Fields map[string][]string // input name to problems, for Invalid

	// RetryAfter is how long the caller should wait before the same request can
	// succeed; zero when nothing is known. Adapters round it up to seconds.
	RetryAfter time.Duration

	cause error
}

// New makes a sentinel.
func New(kind Kind, code, public string) *Error {
	return &Error{Kind: kind, Code: code, Public: public}
}

// Error is the text for the log: code, public sentence and cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Code + ": " + e.Public
	}
	return e.Code + ": " + e.Public + ": " + e.cause.Error()
}

// Unwrap returns the private cause, nil when there is none.
func (e *Error) Unwrap() error { return e.cause }

// Is makes a derived fault match the sentinel that it came from.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Because returns a copy of e that remembers cause for the log.
func (e *Error) Because(cause error) *Error {
	d := *e
	d.cause = cause
	return &d
}

// WithField returns a copy of e that names one more problem of an input.
func (e *Error) WithField(name string, problems ...string) *Error {
	d := *e
	d.Fields = maps.Clone(e.Fields)
	if d.Fields == nil {
		d.Fields = make(map[string][]string, 1)
	}
	d.Fields[name] = append(d.Fields[name][:len(d.Fields[name]):len(d.Fields[name])], problems...)
	return &d
}

// RetryIn returns a copy of e that asks the caller to wait for d.
func (e *Error) RetryIn(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Of returns the first fault in err's tree, or nil when there is none: then err
// is Internal.
func Of(err error) *Error {
	f, _ := errors.AsType[*Error](err)
	return f
}

// KindOf returns the kind of the first fault in err's tree; Internal for any
// other error.
func KindOf(err error) Kind {
	if f := Of(err); f != nil {
		return f.Kind
	}
	return Internal
}
