package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Inclusions tests roles that include others. What follows from an inclusion is
// told to the store, as package role does.
func Inclusions(t *testing.T, db *store.DB) {
	t.Run("what_is_included_is_held", func(t *testing.T) { includedRights(t, db) })
	t.Run("a_deleted_role_includes_nothing", func(t *testing.T) { deleteIncluded(t, db) })
	t.Run("holding", func(t *testing.T) { holding(t, db) })
	t.Run("use", func(t *testing.T) { roleUse(t, db) })
	t.Run("the_held_version_is_waited_for", func(t *testing.T) { holdVersion(t, db) })
}

// chain makes three roles of which each includes the next.
func chain(t *testing.T, db *store.DB, prefix string) (top, middle, end role.Role) {
	t.Helper()
	top = addRole(t, db, prefix+" top", access.ViewUser)
	middle = addRole(t, db, prefix+" middle", access.AddUser, access.ViewKey)
	end = addRole(t, db, prefix+" end", access.ViewKey, access.ViewRole)
	must(t, db.AddInclusion(t.Context(), role.Inclusion{Role: middle.ID, Included: end.ID}, []role.Inclusion{{Role: middle.ID, Included: end.ID}}))
	must(t, db.AddInclusion(t.Context(), role.Inclusion{Role: top.ID, Included: middle.ID},
		[]role.Inclusion{{Role: top.ID, Included: middle.ID}, {Role: top.ID, Included: end.ID}}))
	top.Version, middle.Version = 1, 1
	return top, middle, end
}

func includedRights(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "rights")
	u := addUser(t, db, "holder of the top")
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, time.Time{}))
	get[bool](t)(db.AssignRole(ctx, u.ID, end.ID, time.Time{})) // also by inclusion
	is(t, "Rights", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{
		Staff: true, Roles: []string{end.Name, middle.Name, top.Name},
		Permissions: []access.Permission{access.AddUser, access.ViewKey, access.ViewRole, access.ViewUser},
	})
	want := top
	want.Includes, want.Inherited = []role.Ref{{ID: middle.ID, Name: middle.Name}}, []access.Permission{access.AddUser, access.ViewKey, access.ViewRole}
	is(t, "Role", get[role.Role](t)(db.Role(ctx, top.ID)), want)
	is(t, "RoleByName", get[role.Role](t)(db.RoleByName(ctx, top.Name)), want)
	is(t, "Roles", get[page.Page[role.Role]](t)(db.Roles(ctx, top.Name, page.Request{})).Items, []role.Role{want})
	is(t, "UserRoles", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))), held(end, want))
	for _, id := range []ident.RoleID{top.ID, middle.ID, end.ID} {
		found := get[page.Page[user.User]](t)(db.Users(ctx, user.Filter{Role: id}, page.Request{})).Items
		is(t, "who has it, itself or by another", len(found), 1)
	}
	edges := get[[]role.Inclusion](t)(db.Inclusions(ctx))
	for _, e := range []role.Inclusion{{Role: top.ID, Included: middle.ID}, {Role: middle.ID, Included: end.ID}} {
		is(t, "Inclusions has the edge", slices.Contains(edges, e), true)
	}
	is(t, "Inclusions has what follows", slices.Contains(edges, role.Inclusion{Role: top.ID, Included: end.ID}), false)
	fails(t, "a role that does not exist", db.AddInclusion(ctx, role.Inclusion{Role: end.ID, Included: "missing"}, nil), role.ErrNotFound)

	must(t, db.RemoveInclusion(ctx, role.Inclusion{Role: middle.ID, Included: end.ID}))
	must(t, db.RemoveIncluded(ctx, []role.Inclusion{{Role: middle.ID, Included: end.ID}, {Role: top.ID, Included: end.ID}}))
	get[bool](t)(db.RemoveRole(ctx, u.ID, end.ID))
	is(t, "Rights after", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{
		Staff: true, Roles: []string{middle.Name, top.Name},
		Permissions: []access.Permission{access.AddUser, access.ViewKey, access.ViewUser},
	})
}

func deleteIncluded(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "deleted")
	u := addUser(t, db, "holder of what lost its middle")
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, time.Time{}))
	must(t, db.RemoveIncluded(ctx, []role.Inclusion{{Role: top.ID, Included: end.ID}}))
	must(t, db.DeleteRole(ctx, middle.ID))
	is(t, "Rights", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{
		Staff: true, Roles: []string{top.Name}, Permissions: []access.Permission{access.ViewUser},
	})
	top.Version++ // it included the one that was deleted
	is(t, "Role", get[role.Role](t)(db.Role(ctx, top.ID)), top)
	is(t, "the edges that are left", slices.ContainsFunc(get[[]role.Inclusion](t)(db.Inclusions(ctx)), func(e role.Inclusion) bool {
		return e.Role == middle.ID || e.Included == middle.ID
	}), false)
}

func roleUse(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "used")
	var names []string
	for _, name := range []string{"first user", "second user", "third user"} {
		u := addUser(t, db, name)
		names = append(names, u.Username)
		get[bool](t)(db.AssignRole(ctx, u.ID, middle.ID, time.Time{}))
	}
	use := func(id ident.RoleID, limit int) role.Use {
		u := get[role.Use](t)(db.RoleUse(ctx, id, moment(9), limit))
		slices.Sort(u.Holders)
		return u
	}
	get[bool](t)(db.AssignRole(ctx, addUser(t, db, "had it").ID, middle.ID, moment(9)))
	is(t, "use", use(middle.ID, 10), role.Use{Holders: names, Including: []string{top.Name}})
	is(t, "how many are named", len(use(middle.ID, 2).Holders), 2)
	is(t, "by inclusion alone", use(end.ID, 10), role.Use{Including: []string{middle.Name}})
	is(t, "of nobody", use(top.ID, 10), role.Use{})
	is(t, "RoleNames", slices.Contains(get[[]role.Ref](t)(db.RoleNames(ctx)), role.Ref{ID: end.ID, Name: end.Name}), true)
}

// holdVersion: of edits that hold the version and then look, each sees what the
// one before it wrote.
func holdVersion(t *testing.T, db *store.DB) {
	ctx := t.Context()
	inTx := store.TxFunc[role.Store](db)
	before := get[int64](t)(db.AccessVersion(ctx))
	n := race(t, func(i int) (first bool, err error) {
		err = inTx(ctx, func(tx role.Store) error {
			first = false
			if err := tx.HoldAccessVersion(ctx); err != nil {
				return err
			}
			all, err := tx.RoleNames(ctx)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(all, func(r role.Ref) bool { return len(r.Name) > 5 && r.Name[:5] == "wait " }) {
				return nil
			}
			first = true
			return tx.InsertRole(ctx, roleCalled("wait "+string(rune('a'+i))))
		})
		return first, err
	})
	is(t, "how many made a role", n, 1)
	is(t, "the version", get[int64](t)(db.AccessVersion(ctx)), before)
}

func sortGiven(all []access.GivenRole) {
	slices.SortFunc(all, func(a, b access.GivenRole) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// holding: what is explained adds up to what is held, and says where each part of
// it comes from.
func holding(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "held")
	other := addRole(t, db, "held beside", access.EndSession)
	u := person("explained")
	u.Active, u.Superuser = false, true
	must(t, db.InsertUser(ctx, u))
	is(t, "of one who holds nothing", get[access.Holding](t)(db.Holding(ctx, u.ID, moment(0))), access.Holding{Staff: true, Superuser: true})
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, time.Time{}))
	get[bool](t)(db.AssignRole(ctx, u.ID, other.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.ViewKey, time.Time{}))
	got := get[access.Holding](t)(db.Holding(ctx, u.ID, moment(0)))
	sortGiven(got.Held)
	want := access.Holding{
		Staff: true, Superuser: true, Direct: granted(access.ViewKey), Held: []access.GivenRole{{ID: top.ID}, {ID: other.ID}},
		Roles: map[ident.RoleID]access.HeldRole{
			top.ID:    {Name: top.Name, Gives: top.Permissions, Includes: []ident.RoleID{middle.ID}},
			middle.ID: {Name: middle.Name, Gives: middle.Permissions, Includes: []ident.RoleID{end.ID}},
			end.ID:    {Name: end.Name, Gives: end.Permissions},
			other.ID:  {Name: other.Name, Gives: other.Permissions},
		},
	}
	sortGiven(want.Held)
	is(t, "Holding", got, want)
	is(t, "what it adds up to", got.Rights(), get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))))
	for _, id := range []ident.UserID{"missing", "x\x00"} {
		_, err := db.Holding(ctx, id, moment(0))
		fails(t, "Holding of nobody", err, user.ErrNotFound)
	}

	found := get[[]access.Permission](t)(db.Declared(ctx, []access.Permission{access.ViewKey, "no.such", access.AddRole, "x\x00"}))
	slices.Sort(found)
	is(t, "Declared", found, []access.Permission{access.AddRole, access.ViewKey})
	is(t, "Declared of nothing", get[[]access.Permission](t)(db.Declared(ctx, nil)), nil)
	all := slices.Sorted(slices.Values(service))
	var names []access.Permission
	for after := access.Permission(""); ; {
		some := get[[]access.Permission](t)(db.PermissionNames(ctx, after, 5))
		if len(some) == 0 {
			break
		}
		names, after = append(names, some...), some[len(some)-1]
	}
	is(t, "PermissionNames", names, all)
}
