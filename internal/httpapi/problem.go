package httpapi

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/countersign/countersign/internal/fault"
)

// The refusals that only this transport has.
var (
	errInvalid     = fault.New(fault.Invalid, "request_invalid", "The request is not valid.")
	errBodyInvalid = fault.New(fault.Invalid, "body_malformed", "The body is not what this service reads as JSON.")
	errBodyMissing = fault.New(fault.Invalid, "body_missing", "A JSON body is required.")
	errBodyCut     = fault.New(fault.Invalid, "body_unreadable", "The body could not be read to its end.")
	errMediaType   = fault.New(fault.Invalid, "media_type_unsupported", "The body must be application/json.")
	errBodyTooBig  = fault.New(fault.TooLarge, "body_too_large", "A body is at most 64 KiB.")
	errInternal    = fault.New(fault.Internal, "internal_error", "Something went wrong here. The request id names it in the server's log.")
)

// statusOf is the table from a fault's kind to a status.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Precondition:
		return http.StatusPreconditionFailed
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

const (
	problemType = "application/problem+json"
	typePrefix  = "urn:countersign:problem:"

	// defaultRetry is what Retry-After says when the fault does not know.
	defaultRetry = 2 * time.Second
)

// problem is a refusal as the client sees it (RFC 9457 section 3).
type problem struct {
	Type      string         `json:"type" format:"uri" doc:"Names the kind of problem: the code as a URI." example:"urn:countersign:problem:user_invalid"`
	Title     string         `json:"title" doc:"What the status means." example:"Bad Request"`
	Status    int            `json:"status" doc:"The HTTP status." example:"400"`
	Detail    string         `json:"detail" doc:"A sentence for people." example:"Some fields are not valid."`
	Code      string         `json:"code" doc:"Stable, for programs." example:"user_invalid"`
	RequestID string         `json:"request_id" doc:"Finds this request in the server's log." example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	Errors    []problemField `json:"errors,omitempty" nullable:"false" doc:"What is wrong with which input."`

	header http.Header
	cause  error // for the log
}

// problemField is what is wrong with one input.
type problemField struct {
	In      string `json:"in" enum:"body,query,path,header" doc:"Where the input is." example:"body"`
	Field   string `json:"field,omitempty" doc:"Its name; absent for the body as a whole." example:"username"`
	Message string `json:"message" doc:"A sentence for people." example:"This field is required."`
}

// Error implements error. It is for the log.
func (p *problem) Error() string { return p.cause.Error() }

// Unwrap returns what went wrong.
func (p *problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *problem) ContentType(string) string { return problemType }

// newProblem is the problem of a fault under a status.
func newProblem(status int, f *fault.Error) *problem {
	return &problem{
		Type: typePrefix + f.Code, Title: http.StatusText(status), Status: status,
		Code: f.Code, Detail: f.Public, header: http.Header{}, cause: f,
	}
}

// Bounds on what a problem repeats of a request, which may be long.
const (
	maxProblemFields = 20
	maxFieldName     = 100 // bytes
)

// blame adds what is wrong with one input.
func (p *problem) blame(in, field, message string) {
	if len(p.Errors) == maxProblemFields {
		return
	}
	field = strings.ToValidUTF8(field[:min(len(field), maxFieldName)], "")
	p.Errors = append(p.Errors, problemField{In: in, Field: field, Message: message})
}

// located says where the inputs are that a fault names. They are in the body
// unless the handler says otherwise.
type located struct {
	in  string
	err *fault.Error
}

func (l *located) Error() string { return l.err.Error() }
func (l *located) Unwrap() error { return l.err }

// badParameter is the refusal of one parameter. in is "query" or "path".
func badParameter(in, name string, why *fault.Error) error {
	return &located{in: in, err: why.WithField(name, why.Public)}
}

// problemOf is what a client may know of an error. What is no fault, or one
// without a public side, says nothing but that it happened.
func problemOf(err error) *problem {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal {
		f = errInternal
	}
	p := newProblem(statusOf(f.Kind), f)
	p.cause = err
	in := "body"
	if l, ok := errors.AsType[*located](err); ok {
		in = l.in
	}
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		for _, message := range f.Fields[name] {
			p.blame(in, name, message)
		}
	}
	if f.Kind == fault.Unauthenticated {
		p.header.Set("WWW-Authenticate", challenge(p, false))
	}
	if f.Kind == fault.Unavailable || f.Kind == fault.RateLimited {
		p.header.Set("Retry-After", retryAfter(f.RetryAfter))
	}
	return p
}

// retryAfter is a duration in whole seconds, rounded up (RFC 9110 section
// 10.2.3).
func retryAfter(d time.Duration) string {
	if d <= 0 {
		d = defaultRetry
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// problemOfModel turns what huma found wrong with a request into ours. The
// values that it would echo are dropped: a password may be among them.
func problemOfModel(m *huma.ErrorModel) *problem {
	if m.Status >= http.StatusInternalServerError {
		return problemOf(errInternal)
	}
	p := problemOf(errInvalid)
	for _, d := range m.Errors {
		if d != nil {
			p.blame(fieldOf(d))
		}
	}
	if len(p.Errors) == 0 {
		p.Detail = m.Detail
	}
	return p
}

// fieldOf splits huma's location, such as "body.permissions[2]". A missing
// property is reported at its parent and named in the message only.
func fieldOf(d *huma.ErrorDetail) (in, field, message string) {
	in, field, _ = strings.Cut(d.Location, ".")
	if in == "" {
		in = "body"
	}
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	if name, ok := strings.CutPrefix(d.Message, before); ok && strings.HasSuffix(name, after) {
		name = strings.TrimSuffix(name, after)
		return in, strings.TrimPrefix(field+"."+name, "."), msgRequired
	}
	return in, field, sentence(d.Message)
}

// sentence makes one of huma's messages, such as "expected string", look like the
// others.
func sentence(message string) string {
	if message == "" {
		return "This is not valid."
	}
	return strings.ToUpper(message[:1]) + message[1:] + "."
}
