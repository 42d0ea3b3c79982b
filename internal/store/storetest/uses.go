package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
)

// Uses tests what role.Uses asks: what a role includes, and who has roles and
// permissions.
func Uses(t *testing.T, db *store.DB) {
	t.Run("what_a_role_includes", func(t *testing.T) { withIncluded(t, db) })
	t.Run("who_has_a_role", func(t *testing.T) { roleHolders(t, db) })
	t.Run("who_has_a_permission", func(t *testing.T) { permissionHolders(t, db) })
	t.Run("counted_to_a_bound", func(t *testing.T) { countedUses(t, db) })
	t.Run("of_nothing", func(t *testing.T) { usesOfNothing(t, db) })
}

func withIncluded(t *testing.T, db *store.DB) {
	top, middle, end := chain(t, db, "tree")
	read := func(id ident.RoleID) []role.Role {
		found := get[[]role.Role](t)(db.RoleWithIncluded(t.Context(), id))
		slices.SortFunc(found, func(a, b role.Role) int { return strings.Compare(a.Name, b.Name) })
		return found
	}
	end = get[role.Role](t)(db.Role(t.Context(), end.ID))
	middle = get[role.Role](t)(db.Role(t.Context(), middle.ID))
	top = get[role.Role](t)(db.Role(t.Context(), top.ID))
	is(t, "of the top", read(top.ID), []role.Role{end, middle, top})
	is(t, "of the end", read(end.ID), []role.Role{end})
}

func roleHolders(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, _ := chain(t, db, "holders")
	var all []role.Holder
	for _, name := range []string{"holder 1", "holder 2", "holder 3"} {
		u := addUser(t, db, name)
		all = append(all, role.Holder{ID: u.ID, Username: u.Username})
		get[bool](t)(db.AssignRole(ctx, u.ID, middle.ID, time.Time{}))
	}
	slices.SortFunc(all, func(a, b role.Holder) int { return strings.Compare(string(a.ID), string(b.ID)) })
	is(t, "all", get[role.Few[role.Holder]](t)(db.RoleHolders(ctx, middle.ID, moment(9), 10)), role.Few[role.Holder]{First: all, Count: 3})
	is(t, "two", get[role.Few[role.Holder]](t)(db.RoleHolders(ctx, middle.ID, moment(9), 2)), role.Few[role.Holder]{First: all[:2], Count: 3})
	get[bool](t)(db.AssignRole(ctx, addUser(t, db, "held it").ID, middle.ID, moment(9)))
	is(t, "without what has ended", get[role.Few[role.Holder]](t)(db.RoleHolders(ctx, middle.ID, moment(9), 10)), role.Few[role.Holder]{First: all, Count: 3})
	is(t, "by another role", get[role.Few[role.Holder]](t)(db.RoleHolders(ctx, top.ID, moment(9), 10)), role.Few[role.Holder]{})
	is(t, "what includes it", get[role.Few[role.Ref]](t)(db.RoleIncluders(ctx, middle.ID, 10)),
		role.Few[role.Ref]{First: []role.Ref{{ID: top.ID, Name: top.Name}}, Count: 1})
	is(t, "what includes the top", get[role.Few[role.Ref]](t)(db.RoleIncluders(ctx, top.ID, 10)), role.Few[role.Ref]{})
}

func permissionHolders(t *testing.T, db *store.DB) {
	ctx := t.Context()
	must(t, db.InsertPermission(ctx, role.Permission{Name: "uses.one", CreatedAt: moment(1)}))
	r, u := addRole(t, db, "has one", "uses.one"), addUser(t, db, "has one")
	must(t, db.AddInclusion(ctx, role.Inclusion{Role: addRole(t, db, "has it by another").ID, Included: r.ID}, nil))
	get[bool](t)(db.GrantPermission(ctx, u.ID, "uses.one", moment(10)))
	get[bool](t)(db.AssignRole(ctx, addUser(t, db, "has it by a role").ID, r.ID, time.Time{}))
	is(t, "accounts", get[role.Few[role.Holder]](t)(db.PermissionHolders(ctx, "uses.one", moment(9), 5)),
		role.Few[role.Holder]{First: []role.Holder{{ID: u.ID, Username: u.Username, Until: moment(10)}}, Count: 1})
	is(t, "accounts when it has ended", get[role.Few[role.Holder]](t)(db.PermissionHolders(ctx, "uses.one", moment(10), 5)), role.Few[role.Holder]{})
	is(t, "roles", get[role.Few[role.Ref]](t)(db.PermissionRoles(ctx, "uses.one", 5)),
		role.Few[role.Ref]{First: []role.Ref{{ID: r.ID, Name: r.Name}}, Count: 1})
}

func countedUses(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r := addRole(t, db, "of many")
	must(t, store.TxFunc[role.Store](db)(ctx, func(tx role.Store) error {
		for i := range role.MaxCounted + 5 {
			other := roleCalled("one of many " + strings.Repeat("i", i%100) + ident.New())
			if err := tx.InsertRole(ctx, other); err != nil {
				return err
			}
			if err := tx.AddInclusion(ctx, role.Inclusion{Role: other.ID, Included: r.ID}, nil); err != nil {
				return err
			}
		}
		return nil
	}))
	few := get[role.Few[role.Ref]](t)(db.RoleIncluders(ctx, r.ID, 3))
	is(t, "how many", []any{len(few.First), few.Count, few.More}, []any{3, int64(role.MaxCounted), true})
}

func usesOfNothing(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for _, id := range []string{"", "missing", "nul\x00", "\xff"} {
		_, err := db.RoleWithIncluded(ctx, ident.RoleID(id))
		fails(t, "RoleWithIncluded", err, role.ErrNotFound)
		is(t, "RoleHolders", get[role.Few[role.Holder]](t)(db.RoleHolders(ctx, ident.RoleID(id), moment(9), 5)), role.Few[role.Holder]{})
		is(t, "RoleIncluders", get[role.Few[role.Ref]](t)(db.RoleIncluders(ctx, ident.RoleID(id), 5)), role.Few[role.Ref]{})
		is(t, "PermissionHolders", get[role.Few[role.Holder]](t)(db.PermissionHolders(ctx, access.Permission(id), moment(9), 5)), role.Few[role.Holder]{})
		is(t, "PermissionRoles", get[role.Few[role.Ref]](t)(db.PermissionRoles(ctx, access.Permission(id), 5)), role.Few[role.Ref]{})
	}
}
