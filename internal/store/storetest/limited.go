package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Limited tests roles and grants that end.
func Limited(t *testing.T, db *store.DB) {
	t.Run("another_end_is_a_change", func(t *testing.T) { otherEnds(t, db) })
	t.Run("what_has_ended_is_not_held", func(t *testing.T) { heldUntil(t, db) })
	t.Run("what_is_held_in_several_ways", func(t *testing.T) { heldLongest(t, db) })
	t.Run("holders_at_a_moment", func(t *testing.T) { holdersAt(t, db) })
	t.Run("what_has_ended_is_removed", func(t *testing.T) { removeEnded(t, db) })
}

func otherEnds(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, r := addUser(t, db, "of ends"), addRole(t, db, "with ends", access.ViewUser)
	for i, c := range []struct {
		until   time.Time
		changes bool
	}{{moment(10), true}, {moment(10), false}, {moment(20), true}, {time.Time{}, true}, {time.Time{}, false}, {moment(5), true}} {
		is(t, "assigning", get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, c.until)), c.changes)
		is(t, "granting", get[bool](t)(db.GrantPermission(ctx, u.ID, access.ViewKey, c.until)), c.changes)
		is(t, "UserRoles", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))), []role.Held{{Role: r, Until: c.until}})
		is(t, "UserPermissions", get[[]access.Grant](t)(db.UserPermissions(ctx, u.ID, moment(0))),
			[]access.Grant{{Permission: access.ViewKey, Until: c.until}})
		if t.Failed() {
			t.Fatalf("step %d", i)
		}
	}
	_, err := db.AssignRole(ctx, u.ID, "missing", moment(10))
	fails(t, "a role that does not exist", err, role.ErrNotFound)
	_, err = db.GrantPermission(ctx, "missing", access.ViewKey, moment(10))
	fails(t, "an account that does not exist", err, user.ErrNotFound)
	is(t, "taking what ends", get[bool](t)(db.RemoveRole(ctx, u.ID, r.ID)), true)
}

// heldUntil looks a millisecond before the end, at it, and after it.
func heldUntil(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "ending")
	u := addUser(t, db, "of a while")
	end10, end20 := moment(10), moment(20)
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, end10))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.RotateKey, end20))
	all := get[access.Rights](t)(db.Rights(ctx, u.ID, moment(9)))
	is(t, "the roles", all.Roles, []string{end.Name, middle.Name, top.Name})
	is(t, "until", all.Until, end10)
	is(t, "how long the roles are held", all.LimitedRoles, map[string]time.Time{top.Name: end10, middle.Name: end10, end.Name: end10})
	is(t, "how long the permissions are", len(all.Limited), len(all.Permissions))
	is(t, "the grant", all.Limited[access.RotateKey], end20)
	for _, at := range []int64{9, 10, 11, 19, 20} {
		h := get[access.Holding](t)(db.Holding(ctx, u.ID, moment(at)))
		rights := get[access.Rights](t)(db.Rights(ctx, u.ID, moment(at)))
		is(t, "what Holding adds up to", h.Rights(), rights)
		is(t, "what was left by then", all.At(moment(at)), rights)
		is(t, "the role", len(h.Held) == 1 && len(rights.Roles) == 3, at < 10)
		is(t, "the role in a list", len(get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(at)))) == 1, at < 10)
		is(t, "the grant", len(h.Direct) == 1 && rights.Holds(access.RotateKey), at < 20)
		is(t, "the grant in a list", len(get[[]access.Grant](t)(db.UserPermissions(ctx, u.ID, moment(at)))) == 1, at < 20)
	}
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, moment(40)))
	is(t, "given again", len(get[access.Rights](t)(db.Rights(ctx, u.ID, moment(30))).Roles), 3)
}

// heldLongest: each lasts as long as the longest of the ways in which it is held.
func heldLongest(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, middle, end := chain(t, db, "longest")
	u := addUser(t, db, "of several ways")
	get[bool](t)(db.AssignRole(ctx, u.ID, top.ID, moment(10)))
	get[bool](t)(db.AssignRole(ctx, u.ID, middle.ID, moment(20)))
	get[bool](t)(db.AssignRole(ctx, u.ID, end.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.EndSession, moment(30)))
	rights := get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0)))
	is(t, "until", rights.Until, moment(10))
	is(t, "roles", rights.LimitedRoles, map[string]time.Time{top.Name: moment(10), middle.Name: moment(20)})
	for _, p := range rights.Permissions {
		want := time.Time{}
		switch {
		case slices.Contains(end.Permissions, p):
		case p == access.EndSession:
			want = moment(30)
		case slices.Contains(middle.Permissions, p):
			want = moment(20)
		default:
			want = moment(10)
		}
		is(t, string(p), rights.Limited[p], want)
	}
	is(t, "what Holding adds up to", get[access.Holding](t)(db.Holding(ctx, u.ID, moment(0))).Rights(), rights)
}

// holdersAt asks for the holders of a role that is included. The list of very many
// holders is another statement: see UserLists.
func holdersAt(t *testing.T, db *store.DB) {
	ctx := t.Context()
	top, _, end := chain(t, db, "held at")
	gone, stays := addUser(t, db, "gone by then"), addUser(t, db, "there by then")
	get[bool](t)(db.AssignRole(ctx, gone.ID, top.ID, moment(10)))
	get[bool](t)(db.AssignRole(ctx, stays.ID, top.ID, moment(11)))
	holders := func(at time.Time) []ident.UserID {
		found := get[page.Page[user.User]](t)(db.Users(ctx, user.Filter{Role: end.ID, HeldAt: at}, page.Request{Limit: 10}))
		var ids []ident.UserID
		for _, u := range found.Items {
			ids = append(ids, u.ID)
		}
		return ids
	}
	is(t, "before", len(holders(moment(9))), 2)
	is(t, "at the end", holders(moment(10)), []ident.UserID{stays.ID})
	is(t, "without a moment", len(holders(time.Time{})), 2)
}

func removeEnded(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, r, other := addUser(t, db, "of what ended"), addRole(t, db, "that ended"), addRole(t, db, "that goes on")
	at := func(ms int64) time.Time { return moment(-1_000_000 + ms) } // before everything else here
	get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, at(1)))
	get[bool](t)(db.AssignRole(ctx, u.ID, other.ID, time.Time{}))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.ViewKey, at(2)))
	get[bool](t)(db.GrantPermission(ctx, u.ID, access.AddUser, at(1)))
	ended, grants := role.Assignment{To: u.ID, Role: r.ID, Until: at(1)}, []role.Grant{
		{To: u.ID, Permission: access.AddUser, Until: at(1)}, {To: u.ID, Permission: access.ViewKey, Until: at(2)},
	}
	is(t, "before", get[[]role.Assignment](t)(db.EndedRoles(ctx, at(0), 10)), nil)
	is(t, "roles", get[[]role.Assignment](t)(db.EndedRoles(ctx, at(1), 10)), []role.Assignment{ended})
	is(t, "grants", get[[]role.Grant](t)(db.EndedGrants(ctx, at(2), 10)), grants)
	is(t, "one grant", get[[]role.Grant](t)(db.EndedGrants(ctx, at(2), 1)), grants[:1])

	get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, at(5))) // meanwhile
	is(t, "given another end", get[bool](t)(db.RemoveEndedRole(ctx, ended)), false)
	ended.Until = at(5)
	is(t, "removing", get[bool](t)(db.RemoveEndedRole(ctx, ended)), true)
	is(t, "removing again", get[bool](t)(db.RemoveEndedRole(ctx, ended)), false)
	is(t, "removing a grant", get[bool](t)(db.RemoveEndedGrant(ctx, grants[0])), true)
	is(t, "removing it again", get[bool](t)(db.RemoveEndedGrant(ctx, grants[0])), false)
	is(t, "what is left", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, at(0))), held(other))
	is(t, "grants left", get[[]role.Grant](t)(db.EndedGrants(ctx, at(2), 10)), grants[1:])
}
