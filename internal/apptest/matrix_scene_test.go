package apptest

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// matrix asks one service, and sees whether that changed anything.
type matrix struct {
	*Service
	watch *sql.Conn // of a SQLite database; nil where nothing is watched
	roles map[access.Permission]ident.RoleID
}

// newMatrix watches the database of a service on SQLite.
func newMatrix(t *testing.T, s *Service) *matrix {
	t.Helper()
	m := &matrix{Service: s, roles: map[access.Permission]ident.RoleID{}}
	if s.o.Kind != "sqlite" {
		return m
	}
	conn, err := s.SQL(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	m.watch = conn
	return m
}

// version is another one after each commit of whoever uses the database, a single
// event included. What waits for its seal is sealed before, so that nothing is
// written by itself.
func (m *matrix) version(t *testing.T) (n int64) {
	t.Helper()
	if m.watch == nil {
		return 0
	}
	if err := m.watch.QueryRowContext(t.Context(), `PRAGMA data_version`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// settle seals the events that wait for their seal.
func (m *matrix) settle(t *testing.T) {
	t.Helper()
	if err := m.App.Events.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// scene is what one operation can be done to, and who could do it.
type scene struct {
	m      *matrix
	o      operation
	owner  Person            // of everything that is named
	things map[string]string // parameters of paths, and words of bodies
	people map[string]Person // the callers, each made when first asked for
}

// scene makes everything that a request can name, so that the operation would do
// something. More is done to the owner before they sign in.
func (m *matrix) scene(t *testing.T, o operation, more ...func(Person, ident.RoleID)) *scene {
	t.Helper()
	ctx := context.Background()
	made := func(r role.Role, err error) ident.RoleID {
		t.Helper()
		m.did(t, err)
		return r.ID
	}
	p := m.Register(t, Name(), Password)
	unused := made(m.App.Roles.Create(ctx, operator, role.Draft{Name: Name()}))
	other := made(m.App.Roles.Create(ctx, operator, role.Draft{Name: Name()}))
	declared, err := m.App.Roles.CreatePermission(ctx, operator, role.Permission{Name: access.Permission("shop." + Name())})
	m.did(t, err)
	switch user := ident.UserID(p.ID); o.String() {
	case "POST /api/v1/users/{id}/enable":
		m.did(t, m.App.Accounts.Disable(ctx, operator, user))
	case "DELETE /api/v1/users/{id}/roles/{role_id}":
		m.did(t, m.App.Roles.Assign(ctx, operator, role.Assignment{To: user, Role: other}))
	case "DELETE /api/v1/users/{id}/permissions/{permission}":
		m.did(t, m.App.Roles.GrantToUser(ctx, operator, role.Grant{To: user, Permission: declared.Name}))
	case "DELETE /api/v1/roles/{id}/permissions/{permission}":
		m.did(t, m.App.Roles.GrantToRole(ctx, operator, unused, declared.Name))
	case "DELETE /api/v1/roles/{id}/includes/{included_id}":
		m.did(t, m.App.Roles.Include(ctx, operator, role.Inclusion{Role: unused, Included: other}))
	case "POST /api/v1/keys/rotate":
		m.Advance(t, time.Hour) // an earlier one is over
	}
	for _, do := range more {
		do(p, unused)
	}
	if !strings.HasSuffix(o.path, "/enable") { // whoever is disabled has no session
		p.Tokens = m.SignIn(t, p)
	}
	sc := &scene{m: m, o: o, owner: p, people: map[string]Person{"nobody": {}, "user": p}}
	sc.things = map[string]string{
		"user": p.ID, "username": p.Username, "password": p.Password, "access": p.Access, "refresh": p.Refresh,
		"role": string(unused), "role_id": string(other), "included_id": string(other),
		"name": string(declared.Name), "permission": string(declared.Name), "new": Name(),
		"event": m.Events(t, event.Filter{})[0].ID, "session": "none",
	}
	if p.Access != "" {
		sc.things["session"] = Claims(t, p.Access)["sid"].(string)
	}
	if strings.HasPrefix(o.path, "/api/token/sliding/") {
		sc.things["sliding"] = m.Do(t, post("/api/token/sliding/", fields("username", p.Username, "password", p.Password))).Text("token")
	}
	return sc
}

// did ends the test where preparing it failed.
func (m *matrix) did(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// who is a caller of the scene.
func (sc *scene) who(t *testing.T, caller string) Person {
	t.Helper()
	if p, made := sc.people[caller]; made {
		if caller == "user" && p.Access == "" { // disabled: somebody else who holds nothing
			return sc.who(t, "other")
		}
		return p
	}
	var p Person
	switch caller {
	case "other":
		p = sc.m.Someone(t)
	case "without":
		p = sc.staff(t, sc.m.allBut(t, sc.o.needs))
	case "with":
		all := "all"
		if sc.o.needs != everybody && sc.o.needs != somebody {
			all = string(sc.o.needs)
		}
		p = sc.staff(t, sc.m.only(t, access.Permission(all)))
	case "super":
		p = sc.m.Superuser(t)
	}
	sc.people[caller] = p
	return p
}

// staff is somebody with the flag is_staff, a role, and the permission that the
// scene is about: nobody gives or takes what they do not hold.
func (sc *scene) staff(t *testing.T, holds ident.RoleID) Person {
	t.Helper()
	ctx, m := context.Background(), sc.m
	p := m.Register(t, Name(), Password)
	user := ident.UserID(p.ID)
	if holds != "" {
		m.did(t, m.App.Roles.Assign(ctx, operator, role.Assignment{To: user, Role: holds}))
	}
	m.did(t, m.App.Roles.GrantToUser(ctx, operator, role.Grant{To: user, Permission: access.Permission(sc.things["name"])}))
	_, err := m.App.Accounts.Update(ctx, operator, user, account.Change{Staff: new(true)})
	m.did(t, err)
	p.Tokens = m.SignIn(t, p)
	return p
}

// only is a role with one permission, or with all for "all".
func (m *matrix) only(t *testing.T, p access.Permission) ident.RoleID {
	t.Helper()
	if p == "all" {
		return m.giving(t, p, everyPermission())
	}
	return m.giving(t, p, []access.Permission{p})
}

// allBut is a role with all permissions but one; no role where none is needed.
func (m *matrix) allBut(t *testing.T, p access.Permission) ident.RoleID {
	t.Helper()
	if p == everybody || p == somebody {
		return ""
	}
	var rest []access.Permission
	for _, each := range everyPermission() {
		if each != p {
			rest = append(rest, each)
		}
	}
	return m.giving(t, "not "+p, rest)
}

// giving is a role with permissions, made once.
func (m *matrix) giving(t *testing.T, name access.Permission, all []access.Permission) ident.RoleID {
	t.Helper()
	if id, made := m.roles[name]; made {
		return id
	}
	r, err := m.App.Roles.Create(context.Background(), operator, role.Draft{Name: Name(), Permissions: all})
	m.did(t, err)
	m.roles[name] = r.ID
	return r.ID
}
