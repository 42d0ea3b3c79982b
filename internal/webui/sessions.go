package webui

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

const (
	sessionsPath = "/admin/sessions"
	siteSessions = "site sessions" // the list that cursors are made for

	// logPage is how many sessions, or events, are shown at a time.
	logPage = 50

	askUser    = "user" // the filter by user, in the address and in the forms
	maxAskUser = 150    // characters of a username
)

func (s *Site) sessionRoutes() []route {
	return []route{
		{pattern: "GET " + sessionsPath, area: adminArea, entry: staff, needs: access.ViewSession, page: "sessions", handle: s.showSessions},
		{pattern: "POST " + sessionsPath + "/{id}/end", area: adminArea, entry: staff, needs: access.EndSession, handle: s.endSession},
	}
}

// errNobody is said of a filter by user that finds no account.
var errNobody = errFilter.WithField(askUser, "There is nobody with this username or id.")

// sessionsView is the list of everybody's sessions.
type sessionsView struct {
	User    field
	Asked   string // the filter as it was asked for
	Problem string

	Sessions []liveSession
	More     string // the address of the next part of the list, "" at its end

	MayEnd, MayUsers bool
}

// liveSession is one of them.
type liveSession struct {
	sessionView
	UserID, Username string
	Ends             time.Time
	Idle             bool // it ends then unless it is used before
}

func (s *Site) showSessions(v *visit) (answer, error) {
	asked := strings.TrimSpace(v.URL.Query().Get(askUser))
	view := sessionsView{
		Asked: asked, MayEnd: v.Who.Rights.Holds(access.EndSession), MayUsers: v.Who.Rights.Holds(access.ViewUser),
		User: field{Name: askUser, Label: "Username or id", Type: "search", Value: asked, MaxLength: maxAskUser},
	}
	err := s.fillSessions(v, &view)
	refused, ok := refusalOf(err)
	switch {
	case err != nil && (!ok || len(refused.Fields) == 0):
		return nil, err
	case err != nil:
		web.Note(v.Context()).SetError(err)
		view.Problem, view.User.Problems = errFilter.Public, refused.of(askUser)
	}
	return shown{name: "sessions", title: "Sessions", body: view, status: refused.Status}, nil
}

// fillSessions reads the part of the list that the address asks for.
func (s *Site) fillSessions(v *visit, view *sessionsView) error {
	after, err := s.Cursors.Decode(siteSessions, v.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	of, err := s.userAsked(v, view.Asked, errNobody)
	if err != nil {
		return err
	}
	found, err := s.Sessions.List(v.Context(), v.Who, of, page.Request{After: after, Limit: logPage})
	if errors.Is(err, user.ErrNotFound) {
		return errNobody
	}
	if err != nil {
		return err
	}
	names, err := s.Sessions.Owners(v.Context(), v.Who, found.Items)
	if err != nil {
		return err
	}
	for _, each := range found.Items {
		view.Sessions = append(view.Sessions, liveSessionOf(each, names[each.UserID], v.Who.Session))
	}
	if next := s.Cursors.Encode(siteSessions, found.Next); next != "" {
		view.More = sessionsOf(view.Asked, next)
	}
	return nil
}

func liveSessionOf(of session.Session, name string, here ident.SessionID) liveSession {
	shown := liveSession{sessionView: sessionOf(of, here), UserID: string(of.UserID), Username: name, Ends: of.ExpiresAt}
	if name == "" { // deleted between two questions
		shown.Username = string(of.UserID)
	}
	if of.IdleExpiresAt.Before(of.ExpiresAt) {
		shown.Ends, shown.Idle = of.IdleExpiresAt, true
	}
	return shown
}

// userAsked returns the account that a filter asks for by id or username, "" for
// none; nobody when there is no such account. An id counts first: links have it. Who
// may not look users up asks by id alone, and of an account that is gone the id is
// what is left.
func (s *Site) userAsked(v *visit, asked string, nobody error) (ident.UserID, error) {
	if asked == "" {
		return "", nil
	}
	id := ident.UserID(asked)
	if v.Who.Rights.Holds(access.ViewUser) {
		u, err := s.Accounts.User(v.Context(), v.Who, id)
		if fault.KindOf(err) == fault.NotFound {
			u, err = s.Accounts.UserByName(v.Context(), v.Who, asked)
		}
		if fault.KindOf(err) != fault.NotFound {
			return u.ID, err
		}
	}
	if !ident.Valid(asked) {
		return "", nobody
	}
	return id, nil
}

// sessionsOf is the address of the list with a filter, after a cursor.
func sessionsOf(asked, after string) string {
	q := url.Values{}
	if asked != "" {
		q.Set(askUser, asked)
	}
	if after != "" {
		q.Set("after", after)
	}
	return addressOf(sessionsPath, q)
}

// addressOf is a path with a query, where there is one.
func addressOf(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (s *Site) endSession(v *visit) (answer, error) {
	id := ident.SessionID(v.PathValue("id"))
	if err := s.Sessions.End(v.Context(), v.Who, id); err != nil {
		return nil, err
	}
	if id == v.Who.Session {
		return s.gone(v, "You are signed out."), nil
	}
	return moved{to: sessionsOf(v.PostForm.Get(askUser), ""), say: flash{Text: "The session is ended. Its tokens are refused from now on."}}, nil
}
