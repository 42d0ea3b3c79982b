package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// postgres makes a database on a server.
func postgres(ctx context.Context, server, name string) (string, func() error, error) {
	at, err := url.Parse(server)
	if err != nil {
		return "", nil, errors.New("COUNTERSIGN_TEST_POSTGRES is no URL") // the error would hold its password
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, admin.Close())
	}
	at.Path = "/" + name
	return at.String(), func() error {
		_, err := admin.ExecContext(ctx, "DROP DATABASE "+name)
		return errors.Join(err, admin.Close())
	}, nil
}

// settle has PostgreSQL learn what is in the database, as it does by itself within a
// minute or so. SQLite knows nothing of that kind, here as in the service.
func settle(ctx context.Context, kind, url string) error {
	if kind != "postgres" {
		return nil
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM ANALYZE")
	return errors.Join(err, db.Close())
}

// made is what the pages ask for.
type made struct {
	users     int
	wide, few ident.RoleID
	middle    user.User // far into the list
	began     time.Time
}

const (
	batch       = 1000
	moments     = 10     // at which accounts joined
	wideHolders = 10_000 // of one role
	fewHolders  = 20     // of another
	events      = 10     // accounts to an event
	roles       = 500
)

// generate writes accounts, roles, and an event for each tenth account.
func generate(ctx context.Context, db *store.DB, users int) (made, error) {
	m := made{users: users, began: time.UnixMilli(1_700_000_000_000).UTC()}
	for i := range roles {
		r := role.Role{ID: ident.RoleID(ident.New()), Name: fmt.Sprintf("role-%03d", i), CreatedAt: m.began}
		if err := db.InsertRole(ctx, r); err != nil {
			return m, err
		}
		m.few, m.wide = m.wide, r.ID
	}
	inTx := store.TxFunc[event.Store](db)
	operator := access.Command("bench")
	for from := 0; from < users; from += batch {
		var all []user.User
		var given []importer.Assignment
		for i := from; i < min(from+batch, users); i++ {
			u := m.user(i)
			all = append(all, u)
			if i%max(1, users/wideHolders) == 0 {
				given = append(given, importer.Assignment{UserID: u.ID, RoleID: m.wide})
			}
			if i%(users/fewHolders) == 0 {
				given = append(given, importer.Assignment{UserID: u.ID, RoleID: m.few})
			}
			if i == users/2 {
				m.middle = u
			}
		}
		if err := db.InsertUsers(ctx, all); err != nil {
			return m, err
		}
		if err := db.InsertAssignments(ctx, given); err != nil {
			return m, err
		}
		err := inTx(ctx, func(tx event.Store) error {
			for i := 0; i < len(all); i += events {
				e := event.New(operator, all[i].JoinedAt, event.UserCreated, event.User(all[i].ID, all[i].Username))
				if i%(100*events) == 0 && from%(100*batch) == 0 {
					e.Action = event.UserDisabled
				}
				if err := tx.AppendEvent(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

// user is an account. One in a hundred may not sign in, one in a thousand is staff,
// and ten are superusers: the oldest, which a list comes to last.
func (m made) user(i int) user.User {
	name := fmt.Sprintf("user%07d", i)
	return user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: name, Email: name + "@example.com", EmailKey: name + "@example.com",
		FirstName: fmt.Sprint("First", i%3000), LastName: fmt.Sprint("Last", i%5000), Password: secret.New("!"),
		Active: i%100 != 0, Staff: i%1000 == 1 && i < m.users/2, Superuser: i < 10,
		JoinedAt: m.began.Add(time.Duration(i*moments/m.users) * time.Hour),
	}
}
