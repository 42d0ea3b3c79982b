package httpapi

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

const (
	tagTokens  = "Tokens"
	tagService = "Service"
)

// elsewhere is an operation that another adapter serves and this document
// describes.
type elsewhere struct {
	method, path string
	access       rule
	id           string
	tag          string
	summary      string
	about        string
	fields       []field // of the request; none for an operation without a body
	answers      map[int]answer
}

// field is one field of a body of the dialect.
type field struct {
	name     string
	kind     string // a JSON type
	optional bool
	about    string
	example  any
}

// answer is what one status says.
type answer struct {
	about   string
	example any    // nil for an answer without a body
	schema  string // name of the component
	media   string // media type; "" for application/json
	headers map[string]*huma.Param
}

// describeElsewhere adds the operations of the other adapters to the document.
func (a *API) describeElsewhere() {
	a.describeShapes()
	a.document.OnAddOperation = nil // that is for the routes of this package
	for _, e := range append(a.dialectOperations(), serviceOperations()...) {
		op := &huma.Operation{
			OperationID: e.id, Method: e.method, Path: e.path, Tags: []string{e.tag}, Summary: e.summary,
			Description: route{about: e.about, access: e.access}.description(),
			Security:    e.access.security(), Responses: map[string]*huma.Response{},
			RequestBody: e.body(), Metadata: map[string]any{accessKey: e.access, aboutKey: e.about},
		}
		for status, ans := range e.answers {
			op.Responses[strconv.Itoa(status)] = ans.response()
		}
		a.document.AddOperation(op)
	}
}

// body is the request body in the three media types that the dialect reads.
func (e elsewhere) body() *huma.RequestBody {
	if len(e.fields) == 0 {
		return nil
	}
	schema := objectOf(e.fields)
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json":                  {Schema: schema},
		"application/x-www-form-urlencoded": {Schema: schema},
		"multipart/form-data":               {Schema: schema},
	}}
}

func (ans answer) response() *huma.Response {
	r := &huma.Response{Description: ans.about, Headers: ans.headers}
	if ans.schema != "" {
		r.Content = map[string]*huma.MediaType{cmp.Or(ans.media, "application/json"): {
			Schema: &huma.Schema{Ref: "#/components/schemas/" + ans.schema}, Example: ans.example,
		}}
	}
	return r
}

// objectOf is a schema that names fields and ignores others, as the dialect does.
func objectOf(fields []field) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, f := range fields {
		s.Properties[f.name] = f.schema()
		if !f.optional {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

func (f field) schema() *huma.Schema {
	s := &huma.Schema{Type: f.kind, Description: f.about}
	if f.example != nil {
		s.Examples = []any{f.example}
	}
	return s
}

// describeShapes adds the schemas that the dialect's answers refer to.
func (a *API) describeShapes() {
	text, list := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}
	user := []field{
		{name: "id", kind: "string", about: "A number where users have integer ids.", example: exampleUserID},
		{name: "username", kind: "string", example: "alice"},
		{name: "email", kind: "string", example: "alice@example.com"},
	}
	profile := objectOf(append(user,
		field{name: "is_staff", kind: "boolean", example: false}, field{name: "is_superuser", kind: "boolean", example: false}))
	profile.Properties["roles"] = list
	profile.Required = append(profile.Required, "roles")
	shapes := a.document.Components.Schemas.Map()
	shapes["RegisteredUser"] = objectOf(user)
	shapes["TokenPair"] = objectOf([]field{
		{name: "refresh", kind: "string", about: "Trade it at /api/token/refresh/. It is no access token."},
		{name: "access", kind: "string", about: "A JWT for the Authorization header."}})
	shapes["RefreshedTokens"] = objectOf([]field{
		{name: "access", kind: "string"},
		{name: "refresh", kind: "string", optional: true, about: "The next refresh token, where refreshing rotates."}})
	if a.Sliding {
		shapes["SlidingToken"] = objectOf([]field{{name: "token", kind: "string", about: "Access and refresh token at once."}})
	}
	shapes["ProtectedAnswer"] = &huma.Schema{Type: huma.TypeObject, Required: []string{"message", "user"},
		Properties: map[string]*huma.Schema{"message": text, "user": profile}}
	shapes["Empty"] = &huma.Schema{Type: huma.TypeObject}
	shapes["Detail"] = objectOf([]field{
		{name: "detail", kind: "string", about: "A sentence for people."},
		{name: "code", kind: "string", optional: true, about: "For programs; not every refusal has one."}})
	shapes["FieldErrors"] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: list,
		Description: "For each field what is wrong with it; non_field_errors for the body as a whole. A body that cannot be parsed has detail alone."}
	shapes["Health"] = objectOf([]field{{name: "status", kind: "string", example: "ok"}})
	shapes["KeySet"] = &huma.Schema{Type: huma.TypeObject, Required: []string{"keys"},
		Properties: map[string]*huma.Schema{"keys": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject}}}}
}

const exampleUserID = "0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"

// The answers that the dialect's operations share.
func fieldErrors() answer {
	return answer{about: "The body is not valid.", schema: "FieldErrors",
		example: map[string]any{"username": []string{msgRequired}}}
}

func dialectUnauthorised(detail, code string) answer {
	example := map[string]any{"detail": detail}
	if code != "" {
		example["code"] = code
	}
	return answer{about: "Not signed in, or the token or the credentials are not good.", schema: "Detail", example: example,
		headers: textHeader("WWW-Authenticate", `Bearer realm="api"`)}
}

func mediaTypeRefused() answer {
	return answer{about: "The body is neither JSON nor a form.", schema: "Detail",
		example: map[string]any{"detail": `Unsupported media type "text/plain" in request.`}}
}

func bodyTooLarge() answer {
	return answer{about: "The body is larger than 64 KiB.", schema: "Detail",
		example: map[string]any{"detail": "Request body is too large."}}
}

func notNow() answer {
	return answer{about: "Not now; Retry-After says when.", schema: "Detail",
		example: map[string]any{"detail": "Service temporarily unavailable, try again later."},
		headers: textHeader("Retry-After", "Seconds to wait.")}
}

// withoutBody adds the refusals of every operation of the dialect.
func withoutBody(answers map[int]answer) map[int]answer {
	answers[http.StatusNotAcceptable] = answer{about: "The client accepts no JSON.", schema: "Detail",
		example: map[string]any{"detail": "Could not satisfy the request Accept header."}}
	answers[http.StatusServiceUnavailable] = notNow()
	return answers
}

// withBody adds the refusals of every operation of the dialect that reads a body.
func withBody(answers map[int]answer) map[int]answer {
	answers[http.StatusBadRequest] = fieldErrors()
	answers[http.StatusRequestEntityTooLarge] = bodyTooLarge()
	answers[http.StatusUnsupportedMediaType] = mediaTypeRefused()
	return withoutBody(answers)
}
