package storetest

import (
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// UserFiles tests what userfile.Store asks for beyond the Stores of the features and
// of package importer.
func UserFiles(t *testing.T, db *store.DB) {
	ctx := t.Context()
	// In the order of their bytes, which is that of no language and of no number.
	ordered := []ident.UserID{"-", "10", "9", "A", "Z", "_", "a", "b"}
	for _, i := range []int{3, 0, 7, 1, 6, 2, 5, 4} {
		must(t, db.InsertUser(ctx, user.User{ID: ordered[i], Username: "of-" + string(ordered[i]), UsernameKey: string(ordered[i]), Active: true}))
	}
	var found []ident.UserID
	for last := ident.UserID(""); ; {
		some := get[[]user.User](t)(db.UsersAfter(ctx, last, 3))
		if len(some) == 0 {
			break
		}
		for _, u := range some {
			found = append(found, u.ID)
		}
		last = some[len(some)-1].ID
	}
	is(t, "UsersAfter", found, ordered)

	for _, name := range []string{"zebra", "Ant"} {
		r := addRole(t, db, name)
		get[bool](t)(db.AssignRole(ctx, "a", r.ID))
	}
	for _, p := range []access.Permission{"shop.sell", "shop.buy"} {
		addPermission(t, db, p)
		get[bool](t)(db.GrantPermission(ctx, "a", p))
	}
	get[bool](t)(db.GrantPermission(ctx, "b", "shop.buy"))
	is(t, "Holdings", get[map[ident.UserID]userfile.Holdings](t)(db.Holdings(ctx, []ident.UserID{"a", "b", "9", "absent", "a\x00", "\xff"})),
		map[ident.UserID]userfile.Holdings{
			"a": {Roles: []string{"Ant", "zebra"}, Permissions: []access.Permission{"shop.buy", "shop.sell"}},
			"b": {Permissions: []access.Permission{"shop.buy"}},
		})
	is(t, "Holdings of nobody", get[map[ident.UserID]userfile.Holdings](t)(db.Holdings(ctx, nil)), map[ident.UserID]userfile.Holdings{})
}
