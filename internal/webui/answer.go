package webui

import (
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"net/http"
	"strconv"

	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

const textInternal = "Something went wrong on the server. Its log says what."

// answer is what a handler gives back.
type answer interface{ write(*Site, *visit) }

// shown is a template inside the layout.
type shown struct {
	name, title string
	body        any
	status      int    // 200 when zero
	refresh     string // an address of ours that the browser asks for at once
}

func (p shown) write(s *Site, v *visit) {
	f := frame{page: p.name, status: p.status, Title: p.title, Area: v.route.area, Nav: navigation(v), Refresh: p.refresh, Body: p.body}
	if v.visitor != nil {
		f.User, f.Staff = &v.visitor.User, v.Who.Rights.Staff
	}
	f.Flash = s.takeFlash(v)
	s.render(v.out, v.Request, f)
}

// moved leads to another page of the site (303, so that it is read and not posted
// to), which says what happened.
type moved struct {
	to  string
	say flash
}

func (m moved) write(s *Site, v *visit) {
	if m.say.Text != "" {
		s.keepFlash(v, m.say)
	}
	http.Redirect(v.out, v.Request, m.to, http.StatusSeeOther)
}

// status answers without a body.
type status struct {
	code   int
	header http.Header
}

func (a status) write(_ *Site, v *visit) {
	maps.Copy(v.out.Header(), a.header)
	v.out.WriteHeader(a.code)
}

// sent is a file. What goes wrong before its first piece is a page.
type sent struct {
	file web.Download
	rows func(context.Context, io.Writer) error // writes it
}

func (a sent) write(s *Site, v *visit) {
	if err := a.file.Send(v.out, v.Request, a.rows); err != nil {
		s.failure(v, err).write(s, v)
	}
}

// errNotStaff is signin.ErrNotStaff, said to who is signed in already.
var errNotStaff = signin.ErrNotStaff

var errNoPage = fault.New(fault.NotFound, "page_not_found", "There is no such page.")

// noPage answers for the addresses of an area that no route has.
func noPage(*visit) (answer, error) { return nil, errNoPage }

// statuses is what a kind of failure is in HTTP, and the heading of its page.
var statuses = map[fault.Kind]struct {
	code  int
	title string
}{
	fault.Internal:        {http.StatusInternalServerError, "Something went wrong"},
	fault.Invalid:         {http.StatusBadRequest, "That does not work"},
	fault.Unauthenticated: {http.StatusUnauthorized, "You are signed out"},
	fault.Forbidden:       {http.StatusForbidden, "You may not do that"},
	fault.NotFound:        {http.StatusNotFound, "Nothing here"},
	fault.Conflict:        {http.StatusConflict, "Not now"},
	fault.Precondition:    {http.StatusPreconditionFailed, "It changed meanwhile"},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, "Too much"},
	fault.RateLimited:     {http.StatusTooManyRequests, "Too fast"},
	fault.Unavailable:     {http.StatusServiceUnavailable, "Not available right now"},
}

// refusal is what a form shows of a failure.
type refusal struct {
	Status  int
	General string              // about no field
	Fields  map[string][]string // by field
}

// of returns the problems of a field.
func (r refusal) of(field string) []string { return r.Fields[field] }

// refusalOf takes a failure apart for a form. ok is false for what no form can do
// anything about: then the error is the answer.
func refusalOf(err error) (refusal, bool) {
	f := fault.Of(err)
	if f == nil {
		return refusal{}, false
	}
	switch f.Kind {
	case fault.Internal, fault.Forbidden, fault.NotFound:
		if !errors.Is(err, signin.ErrNotStaff) {
			return refusal{}, false
		}
	}
	r := refusal{Status: statuses[f.Kind].code, Fields: f.Fields}
	if len(f.Fields) == 0 {
		r.General = f.Public
	}
	return r, true
}

// failureView is what the page of a failure says.
type failureView struct {
	Title, Text, RequestID string
	Home                   string
	NotStaff               bool
}

// failure is the page of an error.
func (s *Site) failure(v *visit, err error) answer {
	web.Note(v.Context()).SetError(err)
	if errors.Is(err, browser.ErrSignedOut) {
		return toSignIn(v)
	}
	kind := fault.KindOf(err)
	view := failureView{Title: statuses[kind].title, Text: textInternal, Home: v.route.area.home(), RequestID: web.Origin(v.Request).RequestID}
	code := statuses[kind].code
	if f := fault.Of(err); f != nil && kind != fault.Internal {
		view.Text = f.Public
		if f.RetryAfter > 0 || kind == fault.Unavailable {
			v.out.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
		}
	}
	switch {
	case errors.Is(err, errFormKind):
		code = http.StatusUnsupportedMediaType
	case errors.Is(err, errNotStaff):
		view.NotStaff, view.Home = true, accountArea.home()
	}
	return shown{name: "error", title: view.Title, body: view, status: code}
}
