package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/user"
)

const bearerScheme = "bearer"

// baseDocument is the OpenAPI document (3.1) before the operations are in it.
func (a *API) baseDocument() *huma.OpenAPI {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Countersign", Version: a.Version, Description: intro,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: a.PublicURL}},
		Tags: []*huma.Tag{
			{Name: tagTokens, Description: "Register, sign in, refresh and sign out: the paths and answers of Django REST framework with simplejwt. They end with a slash."},
			{Name: tagMe, Description: "What everybody may do with their own account."},
			{Name: tagUsers, Description: "Accounts, and what they hold. Nobody may change an account that holds anything that they do not hold themselves."},
			{Name: tagSessions, Description: "Where people are signed in."},
			{Name: tagRoles, Description: "Named sets of permissions."},
			{Name: tagPermissions, Description: "The names that roles and users can hold: `app.action`."},
			{Name: tagKeys, Description: "What tokens are signed with."},
			{Name: tagEvents, Description: "What happened: who did what to whom, when and from where."},
			{Name: tagService, Description: "For other services and for whoever runs this one."},
		},
		Components: &huma.Components{
			Schemas:   registry,
			Responses: problemResponses(registry),
			SecuritySchemes: map[string]*huma.SecurityScheme{bearerScheme: {
				Type: "http", Scheme: "bearer", BearerFormat: "JWT",
				Description: "The access token of `POST /api/token/`, in the Authorization header and nowhere else.",
			}},
		},
	}
	doc.OnAddOperation = []huma.AddOpFunc{completeOperation}
	return doc
}

const intro = `Countersign registers people, signs them in, issues access tokens, and decides who may do what.

Ids are strings. Times are RFC 3339 in UTC. Lists come in pages: give ` + "`next_cursor`" + ` as ` + "`cursor`" + ` for the next one.
Every refusal under ` + "`/api/v1`" + ` is an ` + "`application/problem+json`" + ` document (RFC 9457) with a stable ` + "`code`" + `.
Unknown fields and parameters are refused. A body is at most 64 KiB.
An answer with an ` + "`ETag`" + ` can be named by a change, as ` + "`If-Match`" + `: it is made only while nothing was changed since.`

// schemaName names a schema for its Go type: "RoleResponse" is a "Role", and a list
// of them a "RoleList".
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if item, ok := strings.CutPrefix(name, "List"); ok && item != "" {
		name = strings.TrimSuffix(item, "Response") + "List"
	}
	return strings.TrimSuffix(name, "Response")
}

// completeOperation adds what an operation's types say about its refusals, and its
// rule for programs.
func completeOperation(_ *huma.OpenAPI, op *huma.Operation) {
	to, _ := op.Metadata[accessKey].(rule)
	if op.RequestBody != nil {
		op.Responses["413"] = problemRef(http.StatusRequestEntityTooLarge)
		op.Responses["415"] = problemRef(http.StatusUnsupportedMediaType)
	}
	if to.kind == holding {
		op.Extensions = map[string]any{"x-permission": string(to.permission)}
	}
	for status, r := range op.Responses {
		if r.Ref == "" {
			code, _ := strconv.Atoi(status)
			r.Description = successText(code)
		}
	}
}

// finishDocument adds examples, and lets answers have more fields one day: only
// what a client sends is closed.
func (a *API) finishDocument() {
	schemas := a.document.Components.Schemas
	for name, schema := range schemas.Map() {
		if !strings.HasSuffix(name, "Request") && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
	for _, op := range a.operations() {
		shapes{schemas}.illustrate(op)
	}
}

func successText(status int) string {
	switch status {
	case http.StatusCreated:
		return "Made."
	case http.StatusNoContent:
		return "Done; there is nothing to say."
	}
	return "As asked."
}

// refusals are the problems that any operation may answer with: for each status an
// example and what it means.
func refusals() map[int]*problem {
	all := []*problem{
		problemOf(user.ErrInvalid.WithField("username", msgRequired)),
		problemOf(access.ErrAnonymous),
		problemOf(access.ErrForbidden),
		problemOf(user.ErrNotFound),
		problemOf(user.ErrUsernameTaken),
		problemOf(user.ErrVersion),
		problemOf(errBodyTooBig),
		newProblem(http.StatusUnsupportedMediaType, errMediaType),
		problemOf(errInternal),
		problemOf(password.ErrBusy),
	}
	byStatus := make(map[int]*problem, len(all))
	for _, p := range all {
		p.RequestID = "0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"
		byStatus[p.Status] = p
	}
	return byStatus
}

// refusalText says when a status is answered.
func refusalText(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request is not valid; errors says where."
	case http.StatusUnauthorized:
		return "There is no access token, or not a good one."
	case http.StatusForbidden:
		return "The caller lacks the permission, or the subject holds more than the caller."
	case http.StatusNotFound:
		return "There is no such thing."
	case http.StatusConflict:
		return "The state of things does not allow it."
	case http.StatusPreconditionFailed:
		return "It was changed since it was read: If-Match names another version."
	case http.StatusRequestEntityTooLarge:
		return "The body is larger than 64 KiB."
	case http.StatusUnsupportedMediaType:
		return "The body is not application/json."
	case http.StatusServiceUnavailable:
		return "Not now; Retry-After says when."
	}
	return "Something went wrong on the server's side."
}

// problemResponses are the refusals as components that operations refer to.
func problemResponses(registry huma.Registry) map[string]*huma.Response {
	schema := registry.Schema(reflect.TypeFor[problem](), true, "Problem")
	responses := make(map[string]*huma.Response)
	for status, p := range refusals() {
		r := &huma.Response{
			Description: refusalText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema, Example: p}},
		}
		switch status {
		case http.StatusUnauthorized:
			r.Headers = textHeader("WWW-Authenticate", "The challenge (RFC 6750 section 3).")
		case http.StatusServiceUnavailable:
			r.Headers = textHeader("Retry-After", "Seconds to wait.")
		}
		responses[problemName(status)] = r
	}
	return responses
}

func textHeader(name, about string) map[string]*huma.Param {
	return map[string]*huma.Param{name: {Description: about, Schema: &huma.Schema{Type: huma.TypeString}}}
}

// problemName is a status as the name of a component: "NotFound".
func problemName(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

func problemRef(status int) *huma.Response {
	return &huma.Response{Ref: "#/components/responses/" + problemName(status)}
}

// indented is JSON for people, with its names in order.
func indented(raw []byte) []byte {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return raw
	}
	out.WriteByte('\n')
	return out.Bytes()
}
