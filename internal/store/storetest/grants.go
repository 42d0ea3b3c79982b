package storetest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Grants tests who holds which role and permission, and what it adds up to.
func Grants(t *testing.T, db *store.DB) {
	t.Run("roles", func(t *testing.T) { assignRole(t, db) })
	t.Run("permissions", func(t *testing.T) { grantPermission(t, db) })
	t.Run("one_of_many_adds", func(t *testing.T) { grantRace(t, db) })
	t.Run("rights", func(t *testing.T) { rights(t, db) })
	t.Run("a_deleted_permission_is_held_by_nobody", func(t *testing.T) { deletePermission(t, db) })
}

// held are roles without an end.
func held(all ...role.Role) []role.Held {
	var without []role.Held
	for _, r := range all {
		without = append(without, role.Held{Role: r})
	}
	return without
}

// granted are permissions without an end.
func granted(all ...access.Permission) []access.Grant {
	var without []access.Grant
	for _, p := range all {
		without = append(without, access.Grant{Permission: p})
	}
	return without
}

func assignRole(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, other := addUser(t, db, "assignee"), addUser(t, db, "assignee's neighbour")
	b, a := addRole(t, db, "b", access.ViewUser, access.AddUser), addRole(t, db, "a")
	assign := func(id ident.RoleID) bool { return get[bool](t)(db.AssignRole(ctx, u.ID, id, time.Time{})) }
	is(t, "assigning", assign(b.ID), true)
	is(t, "assigning another", assign(a.ID), true)
	is(t, "assigning again", assign(b.ID), false)
	is(t, "UserRoles", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))), held(a, b))
	is(t, "UserRoles of the neighbour", get[[]role.Held](t)(db.UserRoles(ctx, other.ID, moment(0))), nil)

	_, err := db.AssignRole(ctx, u.ID, "missing", time.Time{})
	fails(t, "a role that does not exist", err, role.ErrNotFound)
	_, err = db.AssignRole(ctx, "missing", a.ID, time.Time{})
	fails(t, "an account that does not exist", err, user.ErrNotFound)

	is(t, "removing", get[bool](t)(db.RemoveRole(ctx, u.ID, b.ID)), true)
	is(t, "removing again", get[bool](t)(db.RemoveRole(ctx, u.ID, b.ID)), false)
	is(t, "removing from nobody", get[bool](t)(db.RemoveRole(ctx, "missing", a.ID)), false)
	is(t, "what is left", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))), held(a))
}

func grantPermission(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "grantee")
	grant := func(p access.Permission) bool { return get[bool](t)(db.GrantPermission(ctx, u.ID, p, time.Time{})) }
	is(t, "granting", grant(access.ViewKey), true)
	is(t, "granting another", grant(access.AddRole), true)
	is(t, "granting again", grant(access.ViewKey), false)
	is(t, "UserPermissions", get[[]access.Grant](t)(db.UserPermissions(ctx, u.ID, moment(0))), granted(access.AddRole, access.ViewKey))

	_, err := db.GrantPermission(ctx, u.ID, "no.such", time.Time{})
	fails(t, "a permission that is not declared", err, role.ErrPermissionNotFound)
	_, err = db.GrantPermission(ctx, "missing", access.ViewKey, time.Time{})
	fails(t, "an account that does not exist", err, user.ErrNotFound)

	is(t, "revoking", get[bool](t)(db.RevokePermission(ctx, u.ID, access.ViewKey)), true)
	is(t, "revoking again", get[bool](t)(db.RevokePermission(ctx, u.ID, access.ViewKey)), false)
	is(t, "what is left", get[[]access.Grant](t)(db.UserPermissions(ctx, u.ID, moment(0))), granted(access.AddRole))
}

// grantRace does in one transaction what a feature does: add, and raise a version
// when something was added. A transaction that lost must be able to go on.
func grantRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, r := addUser(t, db, "wanted"), addRole(t, db, "wanted")
	inTx := store.TxFunc[role.Store](db)
	for what, add := range map[string]func(role.Store) (bool, error){
		"role":       func(s role.Store) (bool, error) { return s.AssignRole(ctx, u.ID, r.ID, time.Time{}) },
		"permission": func(s role.Store) (bool, error) { return s.GrantPermission(ctx, u.ID, access.ViewRole, time.Time{}) },
	} {
		before := get[user.User](t)(db.User(ctx, u.ID)).RightsVersion
		n := race(t, func(int) (added bool, err error) {
			err = inTx(ctx, func(s role.Store) error {
				if added, err = add(s); err != nil || !added {
					return err
				}
				_, err = s.RaiseRightsVersion(ctx, u.ID)
				return err
			})
			return added, err
		})
		is(t, "how many gave the "+what, n, 1)
		is(t, "versions for the "+what, get[user.User](t)(db.User(ctx, u.ID)).RightsVersion, before+1)
	}
}

func rights(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := person("holder")
	u.Active, u.Staff, u.Superuser = false, true, false
	must(t, db.InsertUser(ctx, u))
	is(t, "of one who holds nothing", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{Staff: true})

	z, a := addRole(t, db, "Z", access.ViewUser, access.AddUser), addRole(t, db, "z", access.ViewUser, access.ViewKey)
	get[bool](t)(db.AssignRole(ctx, u.ID, a.ID, time.Time{}))
	get[bool](t)(db.AssignRole(ctx, u.ID, z.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.ViewKey, time.Time{})) // also from a role
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.EndSession, time.Time{}))
	addRole(t, db, "not held", access.RotateKey)
	is(t, "Rights", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{
		Staff: true, Roles: []string{"Z", "z"},
		Permissions: []access.Permission{access.AddUser, access.EndSession, access.ViewKey, access.ViewUser},
	})
	u.Staff, u.Superuser = false, true
	must(t, db.UpdateUser(ctx, u))
	got := get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0)))
	is(t, "flags", []bool{got.Staff, got.Superuser}, []bool{false, true})
}

func deletePermission(t *testing.T, db *store.DB) {
	ctx := t.Context()
	addPermission(t, db, "shop.refund")
	u, other := addUser(t, db, "refunder"), addUser(t, db, "refunder's neighbour")
	r := addRole(t, db, "refunders", "shop.refund", access.ViewUser)
	get[bool](t)(db.AssignRole(ctx, other.ID, r.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, "shop.refund", time.Time{}))
	is(t, "RolesWithPermission", get[[]ident.RoleID](t)(db.RolesWithPermission(ctx, "shop.refund")), []ident.RoleID{r.ID})
	is(t, "UsersWithPermission", get[[]ident.UserID](t)(db.UsersWithPermission(ctx, "shop.refund")), []ident.UserID{u.ID})

	must(t, db.DeletePermission(ctx, "shop.refund"))
	_, err := db.Permission(ctx, "shop.refund")
	fails(t, "Permission", err, role.ErrPermissionNotFound)
	is(t, "RolesWithPermission after", get[[]ident.RoleID](t)(db.RolesWithPermission(ctx, "shop.refund")), nil)
	is(t, "UsersWithPermission after", get[[]ident.UserID](t)(db.UsersWithPermission(ctx, "shop.refund")), nil)
	is(t, "Rights after", get[access.Rights](t)(db.Rights(ctx, other.ID, moment(0))).Permissions, []access.Permission{access.ViewUser})
}
