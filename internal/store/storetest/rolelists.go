package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// RoleLists tests the lists of those who have a role.
func RoleLists(t *testing.T, db *store.DB) {
	t.Run("pages", func(t *testing.T) { holderPages(t, db) })
	t.Run("together_with_other_filters", func(t *testing.T) { holderFilters(t, db) })
	t.Run("by_many_roles", func(t *testing.T) { holdersByManyRoles(t, db) })
	t.Run("of_many", func(t *testing.T) { manyOfARole(t, db) })
}

func named(u user.User) string { return u.Username }

func readUsers(t *testing.T, db *store.DB, f user.Filter) func(page.Request) (page.Page[user.User], error) {
	return func(r page.Request) (page.Page[user.User], error) { return db.Users(t.Context(), f, r) }
}

// include has one role give others, the one that it includes first.
func include(t *testing.T, db *store.DB, r role.Role, given ...role.Role) {
	t.Helper()
	var gained []role.Inclusion
	for _, g := range given {
		gained = append(gained, role.Inclusion{Role: r.ID, Included: g.ID})
	}
	must(t, db.AddInclusion(t.Context(), gained[0], gained))
}

// holderPages has everybody once, however many of their roles give the role, while
// others come and go.
func holderPages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	reader, writer, owner := addRole(t, db, "pages-reader"), addRole(t, db, "pages-writer"), addRole(t, db, "pages-owner")
	include(t, db, writer, reader)
	include(t, db, owner, writer, reader)
	var all []user.User
	var want []string
	for i := range 9 {
		u := person(fmt.Sprintf("pages-%d", i))
		u.ID = ident.UserID(fmt.Sprintf("pages-id-%d", i))
		must(t, db.InsertUser(ctx, u))
		all = append(all, u)
		for k, r := range []role.Role{reader, writer, owner} {
			if i%3 == k || i%4 == k { // some have two of them
				get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, time.Time{}))
			}
		}
		want = append(want, u.Username)
	}
	addUser(t, db, "pages-nobody")
	slices.Reverse(want)
	got := walk(t, readUsers(t, db, user.Filter{Role: reader.ID, HeldAt: moment(0)}), named, func(read int) {
		if read == 4 {
			must(t, db.DeleteUser(ctx, all[5].ID)) // read already: the position itself
			must(t, db.DeleteUser(ctx, all[2].ID)) // not read yet
		}
	})
	is(t, "by the greatest id", got, slices.DeleteFunc(want, func(n string) bool { return n == "pages-2" }))
	is(t, "of the including role", walk(t, readUsers(t, db, user.Filter{Role: owner.ID}), named, nil), []string{"pages-8", "pages-6"})
}

func holderFilters(t *testing.T, db *store.DB) {
	ctx := t.Context()
	yes, no := true, false
	r := addRole(t, db, "filters")
	for i := range 6 {
		u := person(fmt.Sprintf("both-%d", i))
		u.ID = ident.UserID(fmt.Sprintf("both-id-%d", i))
		u.Active, u.Staff, u.Superuser, u.JoinedAt = i != 1, i == 2, i == 3, moment(int64(i))
		must(t, db.InsertUser(ctx, u))
		until := time.Time{}
		if i == 4 {
			until = moment(100)
		}
		if i != 5 {
			get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, until))
		}
	}
	for what, c := range map[string]struct {
		f    user.Filter
		want []string
	}{
		"before it ends":  {user.Filter{HeldAt: moment(99)}, []string{"both-4", "both-3", "both-2", "both-1", "both-0"}},
		"when it ends":    {user.Filter{HeldAt: moment(100)}, []string{"both-3", "both-2", "both-1", "both-0"}},
		"active":          {user.Filter{Active: &yes, HeldAt: moment(100)}, []string{"both-3", "both-2", "both-0"}},
		"inactive":        {user.Filter{Active: &no, HeldAt: moment(100)}, []string{"both-1"}},
		"staff":           {user.Filter{Staff: &yes, HeldAt: moment(100)}, []string{"both-2"}},
		"no superusers":   {user.Filter{Superuser: &no, HeldAt: moment(100)}, []string{"both-2", "both-1", "both-0"}},
		"superusers":      {user.Filter{Superuser: &yes, HeldAt: moment(100)}, []string{"both-3"}},
		"search":          {user.Filter{Search: "BOTH-1", HeldAt: moment(100)}, []string{"both-1"}},
		"prefix":          {user.Filter{UsernamePrefix: "both", HeldAt: moment(100)}, []string{"both-0", "both-1", "both-2", "both-3"}},
		"joined":          {user.Filter{JoinedFrom: moment(1), JoinedUntil: moment(3), HeldAt: moment(100)}, []string{"both-2", "both-1"}},
		"nothing matches": {user.Filter{Search: "nobody", HeldAt: moment(100)}, nil},
		"NUL":             {user.Filter{Search: "a\x00", HeldAt: moment(100)}, nil},
	} {
		c.f.Role = r.ID
		is(t, what, walk(t, readUsers(t, db, c.f), named, nil), c.want)
	}
	p := get[page.Page[user.User]](t)(db.Users(ctx, user.Filter{Role: r.ID}, page.Request{After: page.Position{At: moment(0), ID: "a\x00"}}))
	is(t, "after a position that is none", len(p.Items), 0)
}

// holdersByManyRoles has more including roles than a statement has parts for.
func holdersByManyRoles(t *testing.T, db *store.DB) {
	ctx := t.Context()
	base := addRole(t, db, "base")
	var want []string
	for i := range 70 {
		r := addRole(t, db, fmt.Sprintf("over-%02d", i))
		include(t, db, r, base)
		if i%10 > 0 && i != 62 { // 62 and 63 roles include it then, with one of them
			continue
		}
		u := addUser(t, db, fmt.Sprintf("over-%02d", i))
		get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, time.Time{}))
		want = append([]string{u.Username}, want...)
		is(t, fmt.Sprint("with ", i+1, " roles"), walk(t, readUsers(t, db, user.Filter{Role: base.ID}), named, nil), want)
	}
}

// manyOfARole are found in other ways than a few, where another filter asks for it.
func manyOfARole(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r := addRole(t, db, "many")
	no := false
	var all []user.User
	var given []importer.Assignment
	for i := range 1100 {
		u := person(fmt.Sprintf("many-%04d", i))
		u.Active, u.JoinedAt = i%500 != 0, moment(int64(300_000+i))
		all = append(all, u)
		if i >= 50 {
			given = append(given, importer.Assignment{UserID: u.ID, RoleID: r.ID})
		}
	}
	must(t, db.InsertUsers(ctx, all))
	must(t, db.InsertAssignments(ctx, given))
	is(t, "by prefix", walk(t, readUsers(t, db, user.Filter{Role: r.ID, UsernamePrefix: "many-005"}), named, nil)[:2], []string{"many-0050", "many-0051"})
	is(t, "inactive", walk(t, readUsers(t, db, user.Filter{Role: r.ID, Active: &no}), named, nil), []string{"many-1000", "many-0500"})
	is(t, "all", len(walk(t, readUsers(t, db, user.Filter{Role: r.ID}), named, nil)), 1050)
}
