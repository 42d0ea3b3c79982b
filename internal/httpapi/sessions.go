package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
)

const sessionsList = "sessions"

// sessionResponse is one signed-in device.
type sessionResponse struct {
	ID              string    `json:"id" example:"0199b2f4-9a10-7f0c-8a51-5d0b7a1a2b3c"`
	UserID          string    `json:"user_id" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	Current         bool      `json:"current" doc:"The session of this access token." example:"true"`
	CreatedAt       time.Time `json:"created_at" doc:"The sign-in." example:"2026-02-01T08:30:00Z"`
	RefreshedAt     time.Time `json:"refreshed_at" doc:"The last refresh; the sign-in while there was none." example:"2026-02-02T09:00:00Z"`
	IdleExpiresAt   time.Time `json:"idle_expires_at" doc:"When it ends unless it is refreshed." example:"2026-02-16T09:00:00Z"`
	ExpiresAt       time.Time `json:"expires_at" doc:"When it ends in any case." example:"2026-03-03T08:30:00Z"`
	IP              string    `json:"ip" doc:"Where the sign-in came from." example:"192.0.2.7"`
	UserAgent       string    `json:"user_agent" doc:"What the sign-in was made with." example:"curl/8.5.0"`
	LastIP          string    `json:"last_ip" doc:"Where the last refresh came from." example:"192.0.2.9"`
	LastUserAgent   string    `json:"last_user_agent" doc:"What the last refresh was made with." example:"curl/8.5.0"`
	Authentications []string  `json:"authentication_methods" nullable:"false" doc:"How the sign-in was proved (RFC 8176)." example:"[\"pwd\"]"`
}

// sessionAs makes the answer for a caller, who sees which session is theirs.
func sessionAs(who access.Caller) func(session.Session) sessionResponse {
	return func(s session.Session) sessionResponse {
		return sessionResponse{
			ID: string(s.ID), UserID: string(s.UserID), Current: s.ID == who.Session,
			CreatedAt: moment(s.CreatedAt), RefreshedAt: moment(s.RotatedAt),
			IdleExpiresAt: moment(s.IdleExpiresAt), ExpiresAt: moment(s.ExpiresAt),
			IP: s.IP, UserAgent: s.UserAgent, LastIP: s.RotatedIP, LastUserAgent: s.RotatedAgent,
			Authentications: append([]string{}, s.AuthenticationMethods...),
		}
	}
}

type listMySessionsInput struct{ Paging }

func (a *API) listMySessions(ctx context.Context, who access.Caller, in *listMySessionsInput) (*body[list[sessionResponse]], error) {
	return a.sessions(who, in.Paging, func(r page.Request) (page.Page[session.Session], error) {
		return a.Sessions.Own(ctx, who, r)
	})
}

func (a *API) endMySession(ctx context.Context, who access.Caller, in *ByID) (*done, error) {
	return &done{}, a.Sessions.EndOwn(ctx, who, ident.SessionID(in.ID))
}

type listUserSessionsInput struct {
	ByID
	Paging
}

func (a *API) listUserSessions(ctx context.Context, who access.Caller, in *listUserSessionsInput) (*body[list[sessionResponse]], error) {
	return a.sessions(who, in.Paging, func(r page.Request) (page.Page[session.Session], error) {
		return a.Sessions.List(ctx, who, ident.UserID(in.ID), r)
	})
}

func (a *API) endSession(ctx context.Context, who access.Caller, in *ByID) (*done, error) {
	return &done{}, a.Sessions.End(ctx, who, ident.SessionID(in.ID))
}

// sessions answers with one page of sessions.
func (a *API) sessions(who access.Caller, q Paging, read func(page.Request) (page.Page[session.Session], error)) (*body[list[sessionResponse]], error) {
	r, err := a.request(sessionsList, q)
	if err != nil {
		return nil, err
	}
	found, err := read(r)
	if err != nil {
		return nil, err
	}
	return listOf(a, sessionsList, found, sessionAs(who)), nil
}
