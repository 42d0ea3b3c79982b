package webui

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
)

const (
	userSessionsList = "site user sessions"
	recentEvents     = 20
)

// userSessionsView is the devices that an account is signed in on.
type userSessionsView struct {
	Sessions    []sessionView
	After       bool
	First, More string
	MayEnd      bool
}

// sessionsOf returns nil for who may not see sessions.
func (s *Site) sessionsOf(v *visit, id ident.UserID, rights access.Rights) (*userSessionsView, error) {
	if !v.Who.Rights.Holds(access.ViewSession) {
		return nil, nil
	}
	after, err := s.Cursors.Decode(userSessionsList, v.URL.Query().Get("sessions"))
	if err != nil {
		return nil, err
	}
	found, err := s.Sessions.List(v.Context(), v.Who, id, page.Request{After: after, Limit: perPage})
	if err != nil {
		return nil, err
	}
	view := &userSessionsView{After: !after.IsZero(), First: userAt(id) + "#sessions", MayEnd: v.over(access.EndSession, id, rights)}
	for _, each := range found.Items {
		view.Sessions = append(view.Sessions, sessionOf(each, v.Who.Session))
	}
	if next := s.Cursors.Encode(userSessionsList, found.Next); next != "" {
		view.More = userAt(id) + "?sessions=" + next + "#sessions"
	}
	return view, nil
}

// userEventsView is what happened of late to an account and by it.
type userEventsView struct {
	Events    []event.Event
	About, By string // addresses in the event log
}

// eventsOf returns nil for who may not see events.
func (s *Site) eventsOf(v *visit, id ident.UserID) (*userEventsView, error) {
	if !v.Who.Rights.Holds(access.ViewEvent) {
		return nil, nil
	}
	about := event.User(id, "")
	view := &userEventsView{
		About: "/admin/events?" + url.Values{"subject": {about.String()}}.Encode(),
		By:    "/admin/events?" + url.Values{"actor": {string(id)}}.Encode(),
	}
	for _, f := range []event.Filter{{Subject: about}, {Actor: id}} {
		found, err := s.Events.List(v.Context(), v.Who, f, page.Request{Limit: recentEvents})
		if err != nil {
			return nil, err
		}
		view.Events = append(view.Events, found.Items...)
	}
	slices.SortFunc(view.Events, func(a, b event.Event) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	view.Events = slices.CompactFunc(view.Events, func(a, b event.Event) bool { return a.ID == b.ID })
	view.Events = view.Events[:min(len(view.Events), recentEvents)]
	return view, nil
}
