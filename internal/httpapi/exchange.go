package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/web"
)

// humaContext lets exchange embed the interface and have a method of its name.
type humaContext = huma.Context

// exchange is one request and its answer as huma sees them: the body has been
// read and checked, who asks is known, and errors leave as problem documents.
type exchange struct {
	humaContext
	caller access.Caller
	body   []byte
	status int // instead of the one that huma chose; 0 when it may choose
}

// callerKey is where a handler's caller crosses the framework, which hands on a
// context and the input alone. Only bind reads it, and passes it as an argument.
type callerKey struct{}

// Unwrap returns the framework's own context.
func (x *exchange) Unwrap() huma.Context { return x.humaContext }

// Context is the request's, with who asks.
func (x *exchange) Context() context.Context {
	return context.WithValue(x.humaContext.Context(), callerKey{}, x.caller)
}

// Header answers for one format: whatever the client accepts, it gets JSON. A list
// on several lines is one list (RFC 9110 section 5.3).
func (x *exchange) Header(name string) string {
	switch name {
	case "Accept":
		return "application/json"
	case "If-Match":
		r, _ := humago.Unwrap(x.humaContext)
		return strings.Join(r.Header.Values(name), ", ")
	}
	return x.humaContext.Header(name)
}

// BodyReader is the body that was read before.
func (x *exchange) BodyReader() io.Reader { return bytes.NewReader(x.body) }

// SetReadDeadline does nothing: the body has been read, and the server's own
// deadline stands.
func (x *exchange) SetReadDeadline(time.Time) error { return nil }

// SetStatus writes the status of the problem where there is one: the framework
// says 422 for what is 400 here.
func (x *exchange) SetStatus(code int) {
	if x.status != 0 {
		code = x.status
	}
	x.humaContext.SetStatus(code)
}

// toProblem is the transformer of the API: the framework's errors become
// problems, and problems learn which request they belong to.
func toProblem(ctx huma.Context, _ string, v any) (any, error) {
	x, ok := ctx.(*exchange)
	if !ok {
		return v, nil
	}
	if m, ok := v.(*huma.ErrorModel); ok {
		v = problemOfModel(m)
	}
	if p, ok := v.(*problem); ok {
		web.Note(ctx.Context()).SetError(p)
		p.RequestID = x.caller.Origin.RequestID
		x.status = p.Status
	}
	return v, nil
}

// refuse answers with a problem outside the framework's encoder.
func refuse(w http.ResponseWriter, r *http.Request, p *problem) {
	web.Note(r.Context()).SetError(p)
	p.RequestID = web.Origin(r).RequestID
	h := w.Header()
	maps.Copy(h, p.header)
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = encode(w, p) // the client is gone; there is nobody to tell
}

// encode writes v as JSON. An error is v's: a client that is gone is none.
func encode(w io.Writer, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, _ = w.Write(text.Bytes())
	return nil
}
