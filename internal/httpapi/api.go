package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// Authenticator finds out whom a bearer token stands for; *bearer.Service is the
// one of the service.
type Authenticator interface {
	Authenticate(ctx context.Context, raw string, origin access.Origin) (*bearer.Principal, error)
}

// API is what the routes need. Its fields are set before Register and not changed
// after it.
type API struct {
	Accounts *account.Service
	Roles    *role.Service
	Sessions *session.Service
	SignIn   *signin.Service
	Events   *event.Log
	Keys     *keyring.Keyring
	Bearer   Authenticator
	Cursors  *page.Cursors

	// Version is the program's, for the document.
	Version string

	// PublicURL is where clients find the service, without a slash at the end. It
	// is never taken from a request.
	PublicURL string

	// Sliding says that the dialect has its routes of sliding tokens: the document has
	// them then.
	Sliding bool

	// Throttle bounds how often one client may try passwords without being signed in;
	// nil lets everybody.
	Throttle *web.Throttle

	document *huma.OpenAPI
}

// The prefix of the routes, and where the document and the page are.
const (
	prefix     = "/api/v1"
	schemaPath = "/api/schema"
	docsPath   = "/api/docs"
	stylePath  = docsPath + "/style.css"
)

// Register adds the API, its document and its page to mux. Call it once. An error
// is a bug in the table of routes, or a page that cannot be made of it.
func (a *API) Register(mux *http.ServeMux) error {
	framework := a.framework(mux)
	for _, rt := range routes() {
		if err := rt.check(); err != nil {
			return err
		}
		rt.register(a, framework, a.operation(rt))
	}
	a.describeElsewhere()
	a.finishDocument()

	schema, err := a.document.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	docs, err := a.docsPage()
	if err != nil {
		return fmt.Errorf("write the API page: %w", err)
	}
	mux.HandleFunc("GET "+schemaPath, static("application/json", indented(schema)))
	mux.HandleFunc("GET "+docsPath, static("text/html; charset=utf-8", docs))
	mux.HandleFunc("GET "+stylePath, static("text/css; charset=utf-8", stylesheet))
	for _, path := range []string{prefix, prefix + "/", schemaPath, docsPath, docsPath + "/"} {
		mux.Handle(path, unmatched(mux))
	}
	return nil
}

// framework is huma with everything off that this package does itself: its own
// document and page routes, the $schema links, and the choice among formats.
func (a *API) framework(mux *http.ServeMux) huma.API {
	a.document = a.baseDocument()
	format := huma.Format{Marshal: encode, Unmarshal: huma.DefaultJSONFormat.Unmarshal}
	return humago.New(mux, huma.Config{
		OpenAPI: a.document,
		// "json" is what the framework makes of application/problem+json.
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{toProblem},
	})
}

// operation is a route as the framework takes it.
func (a *API) operation(rt route) huma.Operation {
	return huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: prefix + rt.path,
		Summary: rt.summary, Description: rt.description(), Tags: []string{rt.tag},
		DefaultStatus: rt.status, Responses: rt.responses(), Security: rt.access.security(),
		Metadata:     map[string]any{accessKey: rt.access, aboutKey: rt.about},
		MaxBodyBytes: -1, // readBody has its own bound
		Middlewares:  huma.Middlewares{a.gate(rt.access)},
	}
}

// accessKey is where an operation's metadata has its rule.
const accessKey = "access"

// gate is the middleware of a route: who asks, whether they may, and only then
// what they sent. The framework decodes after it.
func (a *API) gate(to rule) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		w.Header().Set("Cache-Control", "no-store")
		who, ok := a.admit(w, r, to)
		if !ok {
			return
		}
		body, p := a.checkInput(w, r, ctx.Operation())
		if p != nil {
			refuse(w, r, p)
			return
		}
		next(&exchange{humaContext: ctx, caller: who, body: body})
	}
}

// handler is a use case as a route calls it: with who asks as an argument.
type handler[I, O any] func(a *API, ctx context.Context, who access.Caller, in *I) (*O, error)

// bind makes a route's register function of a handler.
func bind[I, O any](h handler[I, O]) func(*API, huma.API, huma.Operation) {
	return func(a *API, framework huma.API, op huma.Operation) {
		huma.Register(framework, op, func(ctx context.Context, in *I) (*O, error) {
			who, _ := ctx.Value(callerKey{}).(access.Caller)
			out, err := h(a, ctx, who, in)
			if err != nil {
				return nil, problemOf(err)
			}
			return out, nil
		})
	}
}
