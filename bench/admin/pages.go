package main

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// asked is one page.
type asked struct {
	name string
	read func(context.Context) error
}

// pages are the lists of administrators, with each of their filters.
func pages(db *store.DB, m made) []asked {
	yes, no := true, false
	far := page.Request{After: page.Position{At: m.middle.JoinedAt, ID: string(m.middle.ID)}}
	users := func(name string, f user.Filter, r page.Request) asked {
		return asked{name, func(ctx context.Context) error {
			_, err := db.Users(ctx, f, r)
			return err
		}}
	}
	events := func(name string, f event.Filter, r page.Request) asked {
		return asked{name, func(ctx context.Context) error {
			_, err := db.Events(ctx, f, r)
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
		users("holders of a role with 10,000", user.Filter{Role: m.wide}, first),
		users("holders of a role with 10,000, halfway", user.Filter{Role: m.wide}, far),
		users("holders of a role with 20", user.Filter{Role: m.few}, first),
		users("users who joined within an hour", user.Filter{JoinedFrom: m.began.Add(4 * time.Hour), JoinedUntil: m.began.Add(5 * time.Hour)}, first),
		users("users who joined before", user.Filter{JoinedUntil: m.began.Add(2 * time.Hour)}, first),
		{"roles", func(ctx context.Context) error {
			_, err := db.Roles(ctx, "", first)
			return err
		}},
		{"permissions", func(ctx context.Context) error {
			_, err := db.Permissions(ctx, "", first)
			return err
		}},
		events("events", event.Filter{}, first),
		events("events, halfway", event.Filter{}, far),
		events("events of an action", event.Filter{Action: event.UserDisabled}, first),
		events("events of a subject", event.Filter{Subject: event.User(m.middle.ID, "")}, first),
		events("events of an actor who did nothing", event.Filter{Actor: "nobody"}, first),
		events("events of a time", event.Filter{From: m.began.Add(3 * time.Hour), Until: m.began.Add(4 * time.Hour)}, first),
		events("events before a time", event.Filter{Until: m.began.Add(time.Hour)}, first),
	}
}
