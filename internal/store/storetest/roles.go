package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
)

// Roles tests what role.Store asks of roles and permissions themselves; who holds
// them is tested by Grants.
func Roles(t *testing.T, db *store.DB) {
	t.Run("permissions_of_the_service", func(t *testing.T) { builtIn(t, db) })
	t.Run("round_trip", func(t *testing.T) { roleRoundTrip(t, db) })
	t.Run("absent", func(t *testing.T) { roleAbsent(t, db) })
	t.Run("duplicate", func(t *testing.T) { roleDuplicate(t, db) })
	t.Run("role_pages", func(t *testing.T) { rolePages(t, db) })
	t.Run("permission_pages", func(t *testing.T) { permissionPages(t, db) })
	t.Run("what_a_role_gives", func(t *testing.T) { rolePermissions(t, db) })
	t.Run("delete", func(t *testing.T) { deleteRole(t, db) })
	t.Run("versions", func(t *testing.T) { roleVersions(t, db) })
	t.Run("version_race", func(t *testing.T) { roleVersionRace(t, db) })
	t.Run("audiences", func(t *testing.T) { roleAudiences(t, db) })
	t.Run("access_version", func(t *testing.T) { accessVersion(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { roleRollback(t, db) })
}

// service is the permissions that package access names.
var service = []access.Permission{
	access.ViewUser, access.AddUser, access.ChangeUser, access.DeleteUser,
	access.ViewRole, access.AddRole, access.ChangeRole, access.DeleteRole,
	access.ViewPermission, access.AddPermission, access.ChangePermission, access.DeletePermission,
	access.ViewSession, access.EndSession, access.ViewKey, access.RotateKey, access.ViewEvent,
}

func permissionName(p role.Permission) string { return string(p.Name) }

func builtIn(t *testing.T, db *store.DB) {
	var want []string
	for _, p := range service {
		want = append(want, string(p))
	}
	slices.Reverse(want) // in the order of the constants, newest first
	got := walk(t, func(r page.Request) (page.Page[role.Permission], error) { return db.Permissions(t.Context(), "", r) }, permissionName, nil)
	is(t, "the permissions of a new database", got, want)
	for _, p := range service {
		if found := get[role.Permission](t)(db.Permission(t.Context(), p)); found.Description == "" || found.CreatedAt.IsZero() {
			t.Errorf("%s has no description or no time: %+v", p, found)
		}
	}
}

func roleRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	full, bare := roleCalled("Full"), role.Role{ID: "7", Name: "bare"}
	full.Permissions = []access.Permission{access.ViewKey, access.AddUser, access.ViewKey} // any order, any number of times
	must(t, db.InsertRole(ctx, full))
	must(t, db.InsertRole(ctx, bare))
	full.Permissions = []access.Permission{access.AddUser, access.ViewKey}
	for _, want := range []role.Role{full, bare} {
		is(t, "Role", get[role.Role](t)(db.Role(ctx, want.ID)), want)
		is(t, "RoleByName", get[role.Role](t)(db.RoleByName(ctx, want.Name)), want)
	}
	changed := full
	changed.Name, changed.Description, changed.Permissions, changed.CreatedAt, changed.Version = "Changed", "Other", nil, moment(777), 99
	must(t, db.UpdateRole(ctx, changed))
	full.Name, full.Description, full.Version = "Changed", "Other", 1
	is(t, "Role after UpdateRole", get[role.Role](t)(db.Role(ctx, full.ID)), full)
	must(t, db.UpdateRole(ctx, full)) // the same again

	p := role.Permission{Name: "shop.refund", Description: "Refund", CreatedAt: moment(8)}
	must(t, db.InsertPermission(ctx, p))
	is(t, "Permission", get[role.Permission](t)(db.Permission(ctx, p.Name)), p)
	must(t, db.UpdatePermission(ctx, role.Permission{Name: p.Name, Description: "Other", CreatedAt: moment(777)}))
	p.Description = "Other"
	is(t, "Permission after UpdatePermission", get[role.Permission](t)(db.Permission(ctx, p.Name)), p)
}

func roleAbsent(t *testing.T, db *store.DB) {
	ctx := t.Context()
	_, err := db.Role(ctx, "missing")
	fails(t, "Role", err, role.ErrNotFound)
	_, err = db.RoleByName(ctx, "missing")
	fails(t, "RoleByName", err, role.ErrNotFound)
	fails(t, "UpdateRole", db.UpdateRole(ctx, roleCalled("missing")), role.ErrNotFound)
	fails(t, "DeleteRole", db.DeleteRole(ctx, "missing"), role.ErrNotFound)
	_, err = db.AddRolePermission(ctx, "missing", access.ViewKey)
	fails(t, "AddRolePermission", err, role.ErrNotFound)
	_, err = db.Permission(ctx, "no.such")
	fails(t, "Permission", err, role.ErrPermissionNotFound)
	fails(t, "UpdatePermission", db.UpdatePermission(ctx, role.Permission{Name: "no.such"}), role.ErrPermissionNotFound)
	fails(t, "DeletePermission", db.DeletePermission(ctx, "no.such"), role.ErrPermissionNotFound)

	r := roleCalled("half")
	r.Permissions = []access.Permission{access.ViewKey, "no.such"}
	fails(t, "InsertRole", db.InsertRole(ctx, r), role.ErrPermissionNotFound)
	_, err = db.Role(ctx, r.ID)
	fails(t, "Role that was refused", err, role.ErrNotFound)
}

func roleDuplicate(t *testing.T, db *store.DB) {
	ctx := t.Context()
	addRole(t, db, "taken")
	other := addRole(t, db, "other")
	fails(t, "InsertRole", db.InsertRole(ctx, roleCalled("taken")), role.ErrNameTaken)
	other.Name = "taken"
	fails(t, "UpdateRole", db.UpdateRole(ctx, other), role.ErrNameTaken)
	fails(t, "InsertPermission", db.InsertPermission(ctx, role.Permission{Name: access.ViewKey}), role.ErrPermissionExists)
}

func rolePages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var want []string
	for i := range 7 {
		r := roleCalled(fmt.Sprintf("Page %d%%", i))
		r.CreatedAt, r.Permissions = moment(int64(i)), []access.Permission{access.ViewKey, access.ViewRole}
		must(t, db.InsertRole(ctx, r))
		want = append(want, r.Name)
	}
	slices.Reverse(want)
	read := func(r page.Request) (page.Page[role.Role], error) { return db.Roles(ctx, "pAGE", r) }
	got := walk(t, read, func(r role.Role) string {
		is(t, "permissions of "+r.Name, r.Permissions, []access.Permission{access.ViewKey, access.ViewRole})
		return r.Name
	}, func(read int) {
		if read == 4 {
			addRole(t, db, "page that is newer than the position")
		}
	})
	is(t, "pages", slices.DeleteFunc(got, func(n string) bool { return !slices.Contains(want, n) }), want)
	for search, n := range map[string]int{"1%": 1, "_": 0, "ge 1": 1, "no such": 0} {
		is(t, "search "+search, len(get[page.Page[role.Role]](t)(db.Roles(ctx, search, page.Request{})).Items), n)
	}
}

func permissionPages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var want []string
	for i := range 5 {
		name := access.Permission(fmt.Sprintf("Pages.p_%d", i))
		addPermission(t, db, name) // all of one time: by name
		want = append(want, string(name))
	}
	slices.Reverse(want)
	read := func(r page.Request) (page.Page[role.Permission], error) { return db.Permissions(ctx, "PAGES.p_", r) }
	is(t, "pages", walk(t, read, permissionName, nil), want)
	is(t, "a wildcard", len(get[page.Page[role.Permission]](t)(db.Permissions(ctx, "pages%p", page.Request{})).Items), 0)
}

func rolePermissions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r := addRole(t, db, "giver", access.ViewUser)
	add := func(p access.Permission) bool { return get[bool](t)(db.AddRolePermission(ctx, r.ID, p)) }
	is(t, "adding one", add(access.AddUser), true)
	is(t, "adding one that it has", add(access.AddUser), false)
	_, err := db.AddRolePermission(ctx, r.ID, "no.such")
	fails(t, "adding one that is not declared", err, role.ErrPermissionNotFound)
	is(t, "removing one", get[bool](t)(db.RemoveRolePermission(ctx, r.ID, access.ViewUser)), true)
	is(t, "removing it again", get[bool](t)(db.RemoveRolePermission(ctx, r.ID, access.ViewUser)), false)
	is(t, "what is left", get[role.Role](t)(db.Role(ctx, r.ID)).Permissions, []access.Permission{access.AddUser})

	inTx := store.TxFunc[role.Store](db)
	n := race(t, func(int) (added bool, err error) {
		err = inTx(ctx, func(s role.Store) error {
			if added, err = s.AddRolePermission(ctx, r.ID, access.ViewSession); err != nil {
				return err
			}
			_, err = s.AccessVersion(ctx) // the transaction goes on, whoever lost
			return err
		})
		return added, err
	})
	is(t, "how many added one permission", n, 1)
}

func deleteRole(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r, stays := addRole(t, db, "deleted", access.ViewKey), addRole(t, db, "stays", access.ViewKey)
	u := addUser(t, db, "held")
	get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, time.Time{}))
	get[bool](t)(db.AssignRole(ctx, u.ID, stays.ID, time.Time{}))
	must(t, db.DeleteRole(ctx, r.ID))
	_, err := db.Role(ctx, r.ID)
	fails(t, "Role", err, role.ErrNotFound)
	is(t, "roles of who held it", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))).Roles, []string{"stays"})
	if slices.Contains(get[[]ident.RoleID](t)(db.RolesWithPermission(ctx, access.ViewKey)), r.ID) {
		t.Error("the deleted role still gives")
	}
}

func accessVersion(t *testing.T, db *store.DB) {
	ctx := t.Context()
	is(t, "at the start", get[int64](t)(db.AccessVersion(ctx)), 0)
	race(t, func(int) (bool, error) {
		_, err := db.RaiseAccessVersion(ctx)
		return true, err
	})
	is(t, "after the race", get[int64](t)(db.AccessVersion(ctx)), racers)
	is(t, "raised once more", get[int64](t)(db.RaiseAccessVersion(ctx)), racers+1)
}

func roleRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r, kept := roleCalled("never"), addRole(t, db, "kept", access.ViewKey)
	err := store.TxFunc[role.Store](db)(ctx, func(s role.Store) error {
		if err := s.InsertRole(ctx, r); err != nil {
			return err
		}
		if err := s.DeletePermission(ctx, access.ViewKey); err != nil {
			return err
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	_, err = db.Role(ctx, r.ID)
	fails(t, "Role", err, role.ErrNotFound)
	is(t, "the other role", get[role.Role](t)(db.Role(ctx, kept.ID)), kept)

	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if db.InsertRole(cancelled, r) == nil {
		t.Error("InsertRole with a cancelled context: no error")
	}
	_, err = db.Role(ctx, r.ID)
	fails(t, "Role after a cancelled call", err, role.ErrNotFound)
}
