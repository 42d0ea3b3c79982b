package role_test

import (
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// Case E30: each change of what an account holds raises its rights version and
// makes its older tokens stale. Twice is once.
func TestHolders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := f.role("clerk", read)
	holder := f.add("holder")
	who := f.asHolder("changer", access.ChangeUser, read, write)
	ctx := t.Context()
	for i, c := range []struct {
		do      func() error
		records event.Action
		field   string
		says    string
		holds   access.Rights
	}{
		{func() error { return f.Assign(ctx, who, role.Assignment{To: holder, Role: r.ID}) }, event.UserRoleAssigned, "role", "clerk",
			access.Rights{Roles: []string{"clerk"}, Permissions: []access.Permission{read}}},
		{func() error { return f.GrantToUser(ctx, who, role.Grant{To: holder, Permission: write}) }, event.UserPermGranted, "permission", string(write),
			access.Rights{Roles: []string{"clerk"}, Permissions: []access.Permission{read, write}}},
		{func() error { return f.Unassign(ctx, who, holder, r.ID) }, event.UserRoleRemoved, "role", "clerk",
			access.Rights{Permissions: []access.Permission{write}}},
		{func() error { return f.RevokeFromUser(ctx, who, holder, write) }, event.UserPermRevoked, "permission", string(write),
			access.Rights{}},
	} {
		av, rv := f.versions(holder)
		for range 2 {
			ok(t, c.do())
		}
		e := f.only(c.records, who, event.User(holder, ""))
		userCutOff(t, e, holder, rv+1)
		equal(t, "the detail", detail(t, e, c.field), any(c.says))
		if a, v := f.versions(holder); a != av || v != rv+1 {
			t.Errorf("%d: versions %d %d, want %d %d", i, a, v, av, rv+1)
		}
		equal(t, string(c.records), f.rights(holder), c.holds)
	}
}

func TestHolders_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		r := f.role("clerk", read)
		holder := f.add("holder")
		_, rv := f.versions(holder)
		together(t, 16, func(int) error { return f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}) })
		f.only(event.UserRoleAssigned, operator, event.User(holder, ""))
		together(t, 16, func(int) error { return f.Unassign(t.Context(), operator, holder, r.ID) })
		f.only(event.UserRoleRemoved, operator, event.User(holder, ""))
		if _, v := f.versions(holder); v != rv+2 {
			t.Errorf("rights version %d, want %d", v, rv+2)
		}
	})
}

// Case H22: one gives what one holds, to somebody who holds no more.
func TestHolders_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	small, big := f.role("small", read), f.role("big", read, write)
	who := f.asHolder("changer", access.ChangeUser, read)
	less, more := f.add("less"), f.add("more", write)
	ctx := t.Context()
	for name, c := range map[string]struct {
		got, want error
	}{
		"role of more":          {f.Assign(ctx, who, role.Assignment{To: less, Role: big.ID}), access.ErrGivesMore},
		"role of more, oneself": {f.Assign(ctx, who, role.Assignment{To: who.UserID, Role: big.ID}), access.ErrGivesMore},
		"role to who has more":  {f.Assign(ctx, who, role.Assignment{To: more, Role: small.ID}), access.ErrHoldsMore},
		"take from more":        {f.Unassign(ctx, who, more, small.ID), access.ErrHoldsMore},
		"give more":             {f.GrantToUser(ctx, who, role.Grant{To: less, Permission: write}), access.ErrGivesMore},
		"give oneself more":     {f.GrantToUser(ctx, who, role.Grant{To: who.UserID, Permission: write}), access.ErrGivesMore},
		"give to more":          {f.GrantToUser(ctx, who, role.Grant{To: more, Permission: read}), access.ErrHoldsMore},
		"revoke from more":      {f.RevokeFromUser(ctx, who, more, write), access.ErrHoldsMore},
		"no account":            {f.Assign(ctx, who, role.Assignment{To: "nobody", Role: small.ID}), user.ErrNotFound},
		"no role":               {f.Assign(ctx, who, role.Assignment{To: less, Role: "nothing"}), role.ErrNotFound},
		"no role to take":       {f.Unassign(ctx, who, less, "nothing"), role.ErrNotFound},
		"not declared":          {f.GrantToUser(ctx, operator, role.Grant{To: less, Permission: "shop.nothing"}), role.ErrPermissionNotFound},
		"small":                 {f.Assign(ctx, who, role.Assignment{To: less, Role: small.ID}), nil},
	} {
		fails(t, name, c.got, c.want)
	}
	equal(t, "more", f.rights(more).Permissions, []access.Permission{write})
	equal(t, "recorded", len(f.events(event.UserRoleAssigned)), 1)
}

func TestUserRolesAndPermissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	b, a := f.role("b", read), f.role("a", read, write)
	holder := f.add("holder", write)
	for _, r := range []role.Role{b, a} {
		ok(t, f.Assign(t.Context(), operator, role.Assignment{To: holder, Role: r.ID}))
	}
	for name, who := range map[string]access.Caller{"oneself": f.as(holder), "viewer": f.asHolder("viewer", access.ViewUser), "operator": operator} {
		equal(t, name, must(f.UserRoles(t.Context(), who, holder))(t), []role.Held{{Role: a}, {Role: b}})
		direct, all, err := f.UserPermissions(t.Context(), who, holder)
		ok(t, err)
		equal(t, name, direct, []access.Grant{{Permission: write}})
		equal(t, name, all, access.Rights{Roles: []string{"a", "b"}, Permissions: []access.Permission{read, write}})
	}
	_, err := f.UserRoles(t.Context(), operator, "nobody")
	fails(t, "no account", err, user.ErrNotFound)
	_, err = f.UserRoles(t.Context(), f.asHolder("other"), holder)
	fails(t, "somebody else", err, access.ErrForbidden)
	_, _, err = f.UserPermissions(t.Context(), access.Caller{UserID: holder}, holder)
	fails(t, "nobody", err, access.ErrAnonymous)
	_, _, err = f.UserPermissions(t.Context(), operator, ident.UserID("nobody"))
	fails(t, "no account", err, user.ErrNotFound)
}
