package webui

import (
	"errors"
	"mime"
	"net/http"
	"net/url"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
)

// handler answers one request. An error becomes a page that says what is wrong; a
// form that can show it beside its fields takes it apart with refusalOf first.
type handler func(*visit) (answer, error)

// visit is one request and who asks.
type visit struct {
	*http.Request
	out   http.ResponseWriter
	route route
	way   way

	// Who is the caller for use cases: nobody, with an origin, while not signed in.
	Who access.Caller

	visitor *browser.Visitor // nil while not signed in
}

// errForeignForm is said of a form that another site posts (Go's
// http.CrossOriginProtection; J07 to J09).
var errForeignForm = fault.New(fault.Forbidden, "foreign_form", "This form was sent from another site. Open the page here and send it again.")

// The refusals of bodies that are not a form of ours.
var (
	errFormKind   = fault.New(fault.Invalid, "form_kind", "This page takes its own form only.")
	errFormBroken = fault.New(fault.Invalid, "form_broken", "The form could not be read.")
	errFormSize   = fault.New(fault.TooLarge, "form_too_large", "The form is too large.")
)

// serve does for every route what comes before its handler, in this order: the form
// of another site is refused; who asks is looked up; who may not is turned away;
// then the form is read, and the password is asked for again where it has to be.
func (s *Site) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Request: r, out: w, route: rt, way: s.reached(r)}
		v.Who = access.Caller{Kind: access.Anonymous, Origin: web.Origin(r)}
		a, err := s.answer(v)
		if err != nil {
			a = s.failure(v, err)
		}
		a.write(s, v)
	})
}

func (s *Site) answer(v *visit) (answer, error) {
	if v.route.secret {
		v.out.Header().Set("Referrer-Policy", "no-referrer")
	}
	if err := s.origins.Check(v.Request); err != nil && !(v.route.secret && withoutOrigin(v.Request)) {
		return nil, errForeignForm.Because(err)
	}
	if err := s.recognise(v); err != nil {
		return nil, err
	}
	if turned, err := s.admit(v); turned != nil || err != nil {
		return turned, err
	}
	if v.Method == http.MethodPost {
		if err := readForm(v.Request); err != nil {
			return nil, err
		}
	}
	if v.route.recent {
		if asked, err := s.confirm(v); asked != nil || err != nil {
			return asked, err
		}
	}
	return v.route.handle(v)
}

// recognise finds out who asks. A cookie that is good no more is forgotten.
func (s *Site) recognise(v *visit) error {
	raw := v.way.sessionCookie(v.Request)
	if raw == "" {
		return nil
	}
	visitor, err := s.Browsers.Visit(v.Context(), raw, v.Who.Origin)
	if errors.Is(err, browser.ErrSignedOut) {
		web.Note(v.Context()).SetError(err)
		v.way.dropSession(v.out)
		return nil
	}
	if err != nil {
		return err
	}
	v.visitor, v.Who = visitor, visitor.Caller
	web.Note(v.Context()).SetUser(visitor.Caller.UserID)
	return nil
}

// admit turns away who may not come in: to the sign-in, or with 403.
func (s *Site) admit(v *visit) (answer, error) {
	switch {
	case v.route.entry == anybody:
		return nil, nil
	case v.visitor == nil:
		return toSignIn(v), nil
	case v.route.entry == staff && !v.Who.Rights.Staff:
		return nil, errNotStaff
	case v.route.entry != staff && v.route.entry != signedIn:
		return nil, access.ErrForbidden // a route without an entry
	case v.route.needs != "":
		return nil, v.Who.Require(v.route.needs)
	}
	return nil, nil
}

// toSignIn leads to the sign-in and back. A link on another site brings no cookie
// (SameSite=Strict): the page that answers asks once more, from here. What htmx asks
// for is loaded as a page, not put into one.
func toSignIn(v *visit) answer {
	if v.Header.Get("HX-Request") == "true" {
		return status{http.StatusUnauthorized, http.Header{"Hx-Refresh": {"true"}}}
	}
	if v.Method != http.MethodGet && v.Method != http.MethodHead {
		return moved{to: v.route.area.signIn(), say: flash{Text: "You were signed out, and nothing was changed. Sign in and do it again."}}
	}
	if v.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return shown{name: "again", title: "One moment", refresh: v.URL.RequestURI(), body: v.URL.RequestURI()}
	}
	to := v.route.area.signIn()
	if v.URL.RequestURI() != v.route.area.home() {
		to += "?next=" + url.QueryEscape(v.URL.RequestURI())
	}
	return moved{to: to}
}

// readForm takes a form as browsers send it and nothing else.
func readForm(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return errFormKind
	}
	if err := r.ParseForm(); err != nil {
		if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
			return errFormSize
		}
		return errFormBroken.Because(err)
	}
	return nil
}
