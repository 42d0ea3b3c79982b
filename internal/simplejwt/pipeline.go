package simplejwt

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

// errBadToken stands for a refused token in the log.
var errBadToken = fault.New(fault.Unauthenticated, tokenNotValid, "The token is not valid.")

// call is a request on its way to a use case.
type call struct {
	*http.Request

	// principal is who asks; nil for nobody, and on routes that do not ask.
	principal *bearer.Principal

	// input is the parsed body of a POST.
	input input
}

// reply is a successful answer.
type reply struct {
	status int
	body   any
}

// serve answers one request of a route. It is the only way to an answer, so that
// all routes refuse in the same order.
func (a *API) serve(rt route, w http.ResponseWriter, r *http.Request) {
	form, err := a.negotiate(r)
	var answer *reply
	if err == nil {
		answer, err = a.run(rt, &call{Request: r})
	}
	var refused *refusal
	if err != nil {
		note(r, logged(err))
		refused = refusalOf(err)
		answer = &reply{refused.status, refused.body}
	}
	content, err := render(answer.body, form)
	if err != nil {
		note(r, err)
		refused = errInternal
		answer.status, content = refused.status, []byte(`{"detail":"A server error occurred."}`)
	}
	h := w.Header()
	rt.setHeaders(h)
	if refused != nil {
		refused.setHeaders(h, a.headerTypes()[0])
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the client has gone: there is nobody to tell
	}
}

// run goes through the steps in the order in which the original refuses:
// authentication, permission, throttle, method, body. What comes after negotiation
// is written in the negotiated form.
func (a *API) run(rt route, c *call) (*reply, error) {
	if rt.authenticates {
		if err := a.authenticate(c); err != nil {
			return nil, err
		}
	}
	if rt.permit != nil {
		if err := rt.permit(a, c); err != nil {
			return nil, err
		}
	}
	if rt.secret {
		if err := a.Throttle.Admit(web.Origin(c.Request).IP); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Method == http.MethodOptions:
		return rt.describe(), nil
	case c.Method != rt.method && (c.Method != http.MethodHead || rt.method != http.MethodGet):
		return nil, errMethod(c.Method)
	case rt.method == http.MethodPost:
		var err error
		if c.input, err = a.readInput(c.Request); err != nil {
			return nil, err
		}
	}
	return rt.handle(a, c)
}

// authenticate finds out who asks. No token of our scheme is nobody; a token that
// is not good is an error, also where nobody would do.
func (a *API) authenticate(c *call) error {
	raw, err := a.bearerToken(c.Header)
	if raw == "" || err != nil {
		return err
	}
	c.principal, err = a.Bearer.Authenticate(c.Context(), raw, web.Origin(c.Request))
	if refused, ok := errors.AsType[*verify.Error](err); ok {
		return a.accessRefusal(refused)
	}
	if err == nil {
		web.Note(c.Context()).SetUser(c.principal.User.ID)
	}
	return err
}

// authenticated is the permission of routes that are for anybody who is somebody.
func authenticated(_ *API, c *call) error {
	if c.principal == nil {
		return errNotAuthenticated
	}
	return nil
}

// logged is what the request's log record keeps of an error: nothing of a refusal
// that says all there is to say, else what it was made of. A bad token is the
// client's failure and not ours.
func logged(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		err = r.cause
	}
	if bad, ok := errors.AsType[*verify.Error](err); ok {
		return errBadToken.Because(bad)
	}
	return err
}

// note keeps an error for the request's log record.
func note(r *http.Request, err error) {
	if err != nil {
		web.Note(r.Context()).SetError(err)
	}
}
