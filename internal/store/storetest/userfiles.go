package storetest

import (
	"testing"
	"time"

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

	for name, until := range map[string]time.Time{"zebra": {}, "Ant": moment(1), "ended": moment(0)} {
		r := addRole(t, db, name)
		get[bool](t)(db.AssignRole(ctx, "a", r.ID, until))
	}
	for _, p := range []access.Permission{"shop.sell", "shop.buy"} {
		addPermission(t, db, p)
		get[bool](t)(db.GrantPermission(ctx, "a", p, time.Time{}))
	}
	get[bool](t)(db.GrantPermission(ctx, "b", "shop.buy", moment(2)))
	get[bool](t)(db.GrantPermission(ctx, "b", "shop.sell", moment(-1)))
	is(t, "Holdings", get[map[ident.UserID]userfile.Holdings](t)(db.Holdings(ctx, []ident.UserID{"a", "b", "9", "absent", "a\x00", "\xff"}, moment(0))),
		map[ident.UserID]userfile.Holdings{
			"a": {Roles: []userfile.HeldRole{{Name: "Ant", Until: moment(1)}, {Name: "zebra"}}, Permissions: granted("shop.buy", "shop.sell")},
			"b": {Permissions: []access.Grant{{Permission: "shop.buy", Until: moment(2)}}},
		})
	is(t, "Holdings of nobody", get[map[ident.UserID]userfile.Holdings](t)(db.Holdings(ctx, nil, moment(0))), map[ident.UserID]userfile.Holdings{})
}
