package simplejwt

import (
	"net/http"
	"strings"
)

// nonField is the name under which problems of the whole body are reported.
const nonField = "non_field_errors"

// refusal is an answer other than success, as the dialect words it.
type refusal struct {
	status int
	body   any
	retry  int // seconds for Retry-After; 0 sends none
	cause  error
}

// Error is the text for the log. It holds nothing that the client sent.
func (r *refusal) Error() string {
	text := "refused: " + strings.ToLower(http.StatusText(r.status))
	if r.cause != nil {
		text += ": " + r.cause.Error()
	}
	return text
}

// Unwrap returns the private cause, nil when there is none.
func (r *refusal) Unwrap() error { return r.cause }

// because returns a copy that remembers cause for the log.
func (r *refusal) because(cause error) *refusal {
	d := *r
	d.cause = cause
	return &d
}

// detailBody is the shape of most refusals.
type detailBody struct {
	Detail string `json:"detail"`
	Code   string `json:"code,omitempty"`
}

// refuse makes a refusal of one sentence.
func refuse(status int, detail string) *refusal {
	return &refusal{status: status, body: detailBody{Detail: detail}}
}

// refuseToken makes a 401 that carries a code.
func refuseToken(detail, code string) *refusal {
	return &refusal{status: http.StatusUnauthorized, body: detailBody{Detail: detail, Code: code}}
}

// The refusals that this package itself decides.
var (
	errNoFormat            = refuse(http.StatusNotFound, "Not found.")
	errNotAcceptable       = refuse(http.StatusNotAcceptable, "Could not satisfy the request Accept header.")
	errTooLargeAsBad       = refuse(http.StatusBadRequest, "Request body is too large.")
	errTooLarge            = refuse(http.StatusRequestEntityTooLarge, "Request body is too large.")
	errUnreadable          = refuse(http.StatusBadRequest, "The request body could not be read.")
	errTooManyFields       = refuse(http.StatusBadRequest, "The form has too many fields.")
	errNotAuthenticated    = refuse(http.StatusUnauthorized, "Authentication credentials were not provided.")
	errAuthorizationHeader = refuseToken("Authorization header must contain two space-delimited values", "bad_authorization_header")
)

// errMethod is the refusal of a method that the route does not have.
func errMethod(method string) *refusal {
	return refuse(http.StatusMethodNotAllowed, `Method "`+method+`" not allowed.`)
}

// errMediaType is the refusal of a body of a type that is not read; sent is the
// header as it came, whose bytes are Latin-1.
func errMediaType(sent string) *refusal {
	return refuse(http.StatusUnsupportedMediaType, `Unsupported media type "`+latin1(sent)+`" in request.`)
}

// parseRefusal is the refusal of a body that is not what its media type says.
func parseRefusal(why string) *refusal { return refuse(http.StatusBadRequest, why) }

// fieldRefusal is the refusal of a body whose fields have problems; they are
// reported in the order given.
func fieldRefusal(problems []problem) *refusal {
	body := make(object, len(problems))
	for i, p := range problems {
		body[i] = member{p.name, p.messages}
	}
	return &refusal{status: http.StatusBadRequest, body: body}
}
