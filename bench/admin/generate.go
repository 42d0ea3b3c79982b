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
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
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
	users           int
	wide, few, none ident.RoleID
	base            ident.RoleID  // the wide role includes it
	middle          user.User     // far into the list
	session         page.Position // of a session far into the list
	began, now      time.Time
}

const (
	batch       = 1000
	moments     = 10     // at which accounts joined
	wideHolders = 10_000 // of one role
	fewHolders  = 20     // of another
	eachEvent   = 10     // accounts to an account that is recorded, and signed in
	roles       = 500
	permissions = 1000
)

// generate writes roles and permissions, accounts, and an event and a session for each
// tenth account.
func generate(ctx context.Context, db *store.DB, users int) (made, error) {
	began := time.UnixMilli(1_700_000_000_000).UTC()
	m := made{users: users, began: began, now: began.Add(2 * moments * time.Hour)}
	if err := m.roles(ctx, db); err != nil {
		return m, err
	}
	for from := 0; from < users; from += batch {
		var all []user.User
		var given []importer.Assignment
		for i := from; i < min(from+batch, users); i++ {
			u := m.user(i)
			all = append(all, u)
			if step := max(1, users/wideHolders); i%step == i/step%step { // of every kind of account
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
		if err := m.lives(ctx, db, from, all); err != nil {
			return m, err
		}
	}
	return m, nil
}

// roles makes the roles, each of which gives some permissions.
func (m *made) roles(ctx context.Context, db *store.DB) error {
	name := func(i int) access.Permission { return access.Permission(fmt.Sprintf("bench.action-%03d", i)) }
	for i := range permissions {
		p := role.Permission{Name: name(i), Description: "Do it", CreatedAt: m.began.Add(time.Duration(i) * time.Second)}
		if err := db.InsertPermission(ctx, p); err != nil {
			return err
		}
	}
	for i := range roles {
		r := role.Role{ID: ident.RoleID(ident.New()), Name: fmt.Sprintf("role-%03d", i), CreatedAt: m.began}
		for k := range 10 {
			r.Permissions = append(r.Permissions, name((i+k*101)%permissions))
		}
		if err := db.InsertRole(ctx, r); err != nil {
			return err
		}
		m.base, m.none, m.few, m.wide = m.none, m.few, m.wide, r.ID
	}
	e := role.Inclusion{Role: m.wide, Included: m.base}
	return db.AddInclusion(ctx, e, []role.Inclusion{e})
}

// lifeStore is the part of a transaction that takes what accounts leave behind.
type lifeStore interface {
	event.Appender
	InsertSession(ctx context.Context, s session.Session) error
}

// lives writes what some of the accounts did, the first of which has a number.
func (m *made) lives(ctx context.Context, db *store.DB, first int, all []user.User) error {
	operator := access.Command("bench")
	return store.TxFunc[lifeStore](db)(ctx, func(tx lifeStore) error {
		for i := 0; i < len(all); i += eachEvent {
			u := all[i]
			e := event.New(operator, u.JoinedAt, event.UserCreated, event.User(u.ID, u.Username))
			if i%(100*eachEvent) == 0 && first%(100*batch) == 0 {
				e.Action = event.UserDisabled
			}
			s := m.sessionOf(u, first+i)
			if first+i == m.users/2 {
				m.session = page.Position{At: s.CreatedAt, ID: string(s.ID)}
			}
			signedIn := event.New(access.Caller{Kind: access.Person, UserID: u.ID, Name: u.Username}, s.CreatedAt, event.SessionStarted, event.Session(s.ID))
			if err := errors.Join(tx.AppendEvent(ctx, e), tx.AppendEvent(ctx, signedIn), tx.InsertSession(ctx, s)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sessionOf is a session of a user. One in ten is over.
func (m *made) sessionOf(u user.User, i int) session.Session {
	at := m.began.Add(moments * time.Hour).Add(time.Duration(i) * (moments * time.Hour / time.Duration(m.users)))
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: at, Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: at, IdleExpiresAt: at.Add(14 * 24 * time.Hour), ExpiresAt: at.Add(30 * 24 * time.Hour),
		IP: "192.0.2.7", UserAgent: "bench/1", RotatedIP: "192.0.2.7", RotatedAgent: "bench/1", AuthenticationMethods: []string{"pwd"},
	}
	if i/eachEvent%10 == 9 {
		s.EndedAt, s.EndReason = at.Add(time.Minute), session.SignedOut
	}
	return s
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
