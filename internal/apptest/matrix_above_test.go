package apptest

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// ofSomebody reports whether an operation does something to the account, the session
// or the role that its path or its body names.
func (o operation) ofSomebody() bool {
	return !o.safe() && o.ours() && o.needs != everybody && o.needs != somebody &&
		(strings.Contains(o.path, "/users/") || strings.Contains(o.path, "/sessions/") || strings.Contains(o.path, "/roles/"))
}

// above are the ways of holding more than one permission of the service.
func (m *matrix) above(t *testing.T) map[string]func(Person, ident.RoleID) {
	t.Helper()
	ctx := context.Background()
	more := m.giving(t, "more", []access.Permission{access.RotateKey, access.ViewEvent})
	over, err := m.App.Roles.Create(ctx, operator, role.Draft{Name: Name()})
	m.did(t, err)
	m.did(t, m.App.Roles.Include(ctx, operator, role.Inclusion{Role: over.ID, Included: more}))
	// role gives the same to the role of the scene, for the operations on roles.
	same := func(unused ident.RoleID) {
		m.did(t, m.App.Roles.Include(ctx, operator, role.Inclusion{Role: unused, Included: more}))
	}
	flag := func(c account.Change) func(Person, ident.RoleID) {
		return func(p Person, unused ident.RoleID) {
			_, err := m.App.Accounts.Update(ctx, operator, ident.UserID(p.ID), c)
			m.did(t, err)
			same(unused)
		}
	}
	assigned := func(given ident.RoleID) func(Person, ident.RoleID) {
		return func(p Person, unused ident.RoleID) {
			m.did(t, m.App.Roles.Assign(ctx, operator, role.Assignment{To: ident.UserID(p.ID), Role: given}))
			same(unused)
		}
	}
	return map[string]func(Person, ident.RoleID){
		"a superuser":                 flag(account.Change{Superuser: new(true)}),
		"staff":                       flag(account.Change{Staff: new(true)}),
		"by a role":                   assigned(more),
		"by a role that includes one": assigned(over.ID),
		"granted directly": func(p Person, unused ident.RoleID) {
			for _, each := range []access.Permission{access.RotateKey, access.ViewEvent} {
				m.did(t, m.App.Roles.GrantToUser(ctx, operator, role.Grant{To: ident.UserID(p.ID), Permission: each}))
			}
			m.did(t, m.App.Roles.GrantToRole(ctx, operator, unused, access.RotateKey, access.ViewEvent))
		},
	}
}

// Case H22: whoever holds one permission of the service does nothing to an account, a
// session or a role that holds more: to every operation on them the answer is 403,
// and nothing changes.
func TestMatrix_nobody_acts_on_more(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	holders := map[access.Permission]Person{}
	for _, p := range everyPermission() {
		holders[p] = m.Holder(t, p)
	}
	tested := 0
	for what, more := range m.above(t) {
		for _, o := range operations(t) {
			if !o.ofSomebody() {
				continue
			}
			sc := m.scene(t, o, more)
			r := o.request(sc.things)
			m.settle(t)
			for p, who := range holders {
				r.As = who.Access
				m.refused(t, what+", with "+string(p), r, refusal(o, p))
				tested++
			}
			// Everything but the flag is no superuser.
			if what == "a superuser" && !strings.Contains(o.path, "/roles/{id}") {
				all := sc.staff(t, m.only(t, "all"))
				m.settle(t)
				r.As = all.Access
				m.refused(t, what+", with all permissions", r, refusal(o, o.needs))
			}
		}
	}
	if tested < 1000 {
		t.Errorf("only %d refusals were tested", tested)
	}
}

// refusal is what the holder of one permission is told.
func refusal(o operation, holds access.Permission) Scenario {
	switch {
	case o.needs != holds:
		return Scenario{Status: http.StatusForbidden, Code: "permission_denied"}
	case strings.HasSuffix(o.path, "/bulk"): // each of the many has an answer of its own
		return Scenario{Status: http.StatusOK, Contains: []string{`"ok":false,"code":"subject_holds_more"`}}
	}
	return Scenario{Status: http.StatusForbidden, Code: "subject_holds_more"}
}

// refused asks, and asserts that the answer is this refusal and that nothing changed.
func (m *matrix) refused(t *testing.T, what string, r Request, want Scenario) {
	t.Helper()
	before := m.version(t)
	a := m.Do(t, r)
	if a.Status != want.Status || want.Code != "" && a.Text("code") != want.Code {
		t.Errorf("%s: %s %s: status %d, want %d %s: %.300s", what, r.Method, r.Path, a.Status, want.Status, want.Code, a.Body)
	}
	for _, part := range want.Contains {
		if !strings.Contains(string(a.Body), part) {
			t.Errorf("%s: %s %s: want %s: %.300s", what, r.Method, r.Path, part, a.Body)
		}
	}
	if m.version(t) != before {
		t.Errorf("%s: %s %s changed something", what, r.Method, r.Path)
	}
}
