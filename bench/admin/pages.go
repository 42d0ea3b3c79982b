package main

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// asked is one page.
type asked struct {
	name string
	read func(context.Context) error

	// joined is a page of two filters whose indexes are of two tables: it costs what
	// the smaller of the two finds, which grows with the users.
	joined bool
}

// pages are the lists of administrators, with each of their filters.
func pages(db *store.DB, m made) []asked {
	yes, no := true, false
	far := page.Request{After: page.Position{At: m.middle.JoinedAt, ID: string(m.middle.ID)}}
	users := func(name string, f user.Filter, r page.Request) asked {
		return asked{name: name, joined: f.Role != "" && f.Active != nil, read: func(ctx context.Context) error {
			_, err := db.Users(ctx, f, r)
			return err
		}}
	}
	events := func(name string, f event.Filter, r page.Request) asked {
		return asked{name: name, read: func(ctx context.Context) error {
			_, err := db.Events(ctx, f, r)
			return err
		}}
	}
	sessions := func(name string, f session.Filter, r page.Request) asked {
		return asked{name: name, read: func(ctx context.Context) error {
			_, err := db.Sessions(ctx, f, r)
			return err
		}}
	}
	first := page.Request{}
	return []asked{
		users("users", user.Filter{}, first),
		users("users, halfway", user.Filter{}, far),
		users("users by prefix of one", user.Filter{UsernamePrefix: m.middle.UsernameKey}, first),
		users("users by prefix of some", user.Filter{UsernamePrefix: m.middle.UsernameKey[:8]}, first),
		users("users by prefix of all", user.Filter{UsernamePrefix: "user"}, first),
		users("users by prefix of all, halfway", user.Filter{UsernamePrefix: "user"}, page.Request{After: page.Position{ID: m.middle.UsernameKey}}),
		users("users by prefix of nobody", user.Filter{UsernamePrefix: "zz"}, first),
		users("active users", user.Filter{Active: &yes}, far),
		users("inactive users", user.Filter{Active: &no}, first),
		users("inactive users, halfway", user.Filter{Active: &no}, far),
		users("staff", user.Filter{Staff: &yes}, first),
		users("no staff, halfway", user.Filter{Staff: &no}, far),
		users("superusers", user.Filter{Superuser: &yes}, first),
		users("no superusers", user.Filter{Superuser: &no}, first),
		users("inactive staff", user.Filter{Staff: &yes, Active: &no}, first),
		users("holders of a role with 10,000", user.Filter{Role: m.wide, HeldAt: m.now}, first),
		users("holders of a role with 10,000, halfway", user.Filter{Role: m.wide, HeldAt: m.now}, far),
		users("active holders of a role with 10,000", user.Filter{Role: m.wide, Active: &yes, HeldAt: m.now}, first),
		users("inactive holders of a role with 10,000", user.Filter{Role: m.wide, Active: &no, HeldAt: m.now}, first),
		users("holders of a role that another one with 10,000 includes", user.Filter{Role: m.base, HeldAt: m.now}, first),
		users("holders of a role with 20", user.Filter{Role: m.few, HeldAt: m.now}, first),
		users("holders of a role with none", user.Filter{Role: m.none, HeldAt: m.now}, first),
		users("users who joined within an hour", user.Filter{JoinedFrom: m.began.Add(4 * time.Hour), JoinedUntil: m.began.Add(5 * time.Hour)}, first),
		users("users who joined before", user.Filter{JoinedUntil: m.began.Add(2 * time.Hour)}, first),
		{name: "roles", read: func(ctx context.Context) error {
			_, err := db.Roles(ctx, "", first)
			return err
		}},
		{name: "roles by a part of the name", read: func(ctx context.Context) error {
			_, err := db.Roles(ctx, "e-49", first)
			return err
		}},
		{name: "permissions", read: func(ctx context.Context) error {
			_, err := db.Permissions(ctx, "", first)
			return err
		}},
		{name: "permissions by a part of the name", read: func(ctx context.Context) error {
			_, err := db.Permissions(ctx, "action-49", first)
			return err
		}},
		sessions("sessions", session.Filter{LiveAt: m.now}, first),
		sessions("sessions, halfway", session.Filter{LiveAt: m.now}, page.Request{After: m.session}),
		sessions("sessions of a user", session.Filter{LiveAt: m.now, UserID: m.middle.ID}, first),
		dashboardPage(db, m),
		events("events", event.Filter{}, first),
		events("events, halfway", event.Filter{}, far),
		events("events of an action", event.Filter{Action: event.UserDisabled}, first),
		events("events of an action, halfway", event.Filter{Action: event.SessionStarted}, page.Request{After: m.session}),
		events("events of a subject", event.Filter{Subject: event.User(m.middle.ID, "")}, first),
		events("events of an actor who did much", event.Filter{Actor: m.middle.ID}, first),
		events("events of an actor who did nothing", event.Filter{Actor: "nobody"}, first),
		events("events of a time", event.Filter{From: m.began.Add(3 * time.Hour), Until: m.began.Add(4 * time.Hour)}, first),
		events("events before a time", event.Filter{Until: m.began.Add(time.Hour)}, first),
		events("events of an action on a subject in a time", event.Filter{
			Action: event.UserCreated, Subject: event.User(m.middle.ID, ""), From: m.began, Until: m.now,
		}, first),
		events("events of an actor and a common action", event.Filter{Actor: m.middle.ID, Action: event.SessionStarted}, first),
		events("events of a rare action before a time", event.Filter{Action: event.UserDisabled, Until: m.began.Add(4 * time.Hour)}, first),
	}
}

// dashboardPage is the first page of the site, as a process shows it that has shown it
// within the minute: hours that are over and large counts are remembered.
func dashboardPage(db *store.DB, m made) asked {
	s := &dashboard.Service{Store: db, Now: func() time.Time { return m.now }}
	return asked{name: "dashboard", read: func(ctx context.Context) error {
		_, err := s.Overview(ctx, access.Command("bench"))
		return err
	}}
}
