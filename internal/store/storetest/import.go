package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Import tests what importer.Store asks for beyond the Stores of the features.
func Import(t *testing.T, db *store.DB) {
	t.Run("remembered_rows", func(t *testing.T) { rememberedRows(t, db) })
	t.Run("many_users", func(t *testing.T) { manyUsers(t, db) })
	t.Run("all_users_or_none", func(t *testing.T) { allUsersOrNone(t, db) })
	t.Run("taken_by", func(t *testing.T) { takenBy(t, db) })
	t.Run("many_gifts", func(t *testing.T) { manyGifts(t, db) })
	t.Run("times_and_numbers", func(t *testing.T) { timesAndNumbers(t, db) })
}

func rememberedRows(t *testing.T, db *store.DB) {
	ctx := t.Context()
	of := importer.Origin{Source: strings.Repeat("s", 40), Kind: importer.KindUser}
	const n = 237 // statements of all sizes
	var rows []importer.Imported
	var ids []string
	for i := range n {
		row := importer.Imported{SourceID: fmt.Sprintf("%05d", i), TargetID: strings.Repeat("𝒜", 150), Fields: []byte{0, 255, byte(i)}}
		rows, ids = append(rows, row), append(ids, row.SourceID)
	}
	must(t, db.InsertImported(ctx, of, rows))
	must(t, db.InsertImported(ctx, of, nil))
	other := of
	other.Kind = importer.KindRole
	must(t, db.InsertImported(ctx, other, rows[:1]))

	found := get[[]importer.Imported](t)(db.ImportedRows(ctx, of, append(ids, "absent", "a\x00b", "\xff")))
	slices.SortFunc(found, func(a, b importer.Imported) int { return strings.Compare(a.SourceID, b.SourceID) })
	is(t, "ImportedRows", found, rows)
	is(t, "ImportedRows of none", get[[]importer.Imported](t)(db.ImportedRows(ctx, of, nil)), nil)
	is(t, "ImportedCount", get[int64](t)(db.ImportedCount(ctx, of)), n)
	is(t, "ImportedCount of another kind", get[int64](t)(db.ImportedCount(ctx, other)), 1)
	is(t, "ImportedAfter", get[[]string](t)(db.ImportedAfter(ctx, of, "00009", 3)), ids[10:13])
	is(t, "ImportedAfter the last", get[[]string](t)(db.ImportedAfter(ctx, of, ids[n-1], 3)), nil)

	rows[7].Fields, rows[7].TargetID = []byte("new"), "other"
	must(t, db.UpdateImported(ctx, of, rows[7]))
	is(t, "after UpdateImported", get[[]importer.Imported](t)(db.ImportedRows(ctx, of, []string{"00007"})), rows[7:8])
	if db.UpdateImported(ctx, of, importer.Imported{SourceID: "absent"}) == nil {
		t.Error("UpdateImported of a row that is not remembered: no error")
	}
	if db.InsertImported(ctx, of, rows[:1]) == nil {
		t.Error("InsertImported of a row that is remembered: no error")
	}
}

func manyUsers(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var all []user.User
	for i := range 123 {
		u := person(fmt.Sprintf("Many-%03d", i))
		u.PasswordMustChange, u.Superuser, u.Active = i%2 == 0, i%3 == 0, i%5 != 0
		all = append(all, u)
	}
	must(t, db.InsertUsers(ctx, all))
	must(t, db.InsertUsers(ctx, nil))
	for _, u := range all {
		is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	}
	is(t, "search", usernames(t, db, user.Filter{Search: "many-122"}), []string{"Many-122"})
}

func allUsersOrNone(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for name, change := range map[string]func(*user.User){
		"id":       func(u *user.User) { u.ID = "taken-id" },
		"username": func(u *user.User) { u.Username = "taken-name" },
		"key":      func(u *user.User) { u.UsernameKey = "taken-key" },
	} {
		taken := person("owner of a " + name)
		change(&taken)
		must(t, db.InsertUser(ctx, taken))
		var all []user.User
		for i := range 150 {
			all = append(all, person(fmt.Sprintf("none-%s-%d", name, i)))
		}
		change(&all[149])
		fails(t, "InsertUsers with a taken "+name, db.InsertUsers(ctx, all), user.ErrUsernameTaken)
		_, err := db.User(ctx, all[0].ID)
		fails(t, "the first of them", err, user.ErrNotFound)
	}
	bad := person("bad text")
	bad.LastName = "a\x00b"
	if db.InsertUsers(ctx, []user.User{person("good text"), bad}) == nil {
		t.Error("InsertUsers with a NUL: no error")
	}
}

func takenBy(t *testing.T, db *store.DB) {
	ctx := t.Context()
	a, b, c := addUser(t, db, "by-id"), addUser(t, db, "by-name"), addUser(t, db, "By-Key")
	var asked []user.User
	for i := range 210 {
		asked = append(asked, person(fmt.Sprintf("free-%d", i)))
	}
	asked[3].ID, asked[120].Username, asked[209].UsernameKey = a.ID, b.Username, c.UsernameKey
	var ids []ident.UserID
	for _, u := range get[[]user.User](t)(db.TakenBy(ctx, asked)) {
		ids = append(ids, u.ID)
		if u.Username == "" || u.UsernameKey == "" {
			t.Errorf("without its names: %+v", u)
		}
	}
	is(t, "TakenBy", ids, []ident.UserID{a.ID, b.ID, c.ID})
}

func manyGifts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r, other := addRole(t, db, "gift"), addRole(t, db, "another gift")
	var roles []importer.Assignment
	var grants []importer.Grant
	var holders []user.User
	for i := range 115 {
		u := addUser(t, db, fmt.Sprintf("holder-%d", i))
		holders = append(holders, u)
		roles = append(roles, importer.Assignment{UserID: u.ID, RoleID: r.ID}, importer.Assignment{UserID: u.ID, RoleID: other.ID})
		grants = append(grants, importer.Grant{UserID: u.ID, Permission: access.ViewKey})
	}
	must(t, db.InsertAssignments(ctx, roles))
	must(t, db.InsertGrants(ctx, grants))
	must(t, db.InsertAssignments(ctx, nil))
	must(t, db.InsertGrants(ctx, nil))
	for _, u := range holders {
		is(t, "Rights", get[access.Rights](t)(db.Rights(ctx, u.ID, moment(0))), access.Rights{
			Staff: true, Roles: []string{"another gift", "gift"}, Permissions: []access.Permission{access.ViewKey},
		})
	}
	if db.InsertAssignments(ctx, []importer.Assignment{{UserID: holders[0].ID, RoleID: ident.RoleID(ident.New())}}) == nil {
		t.Error("a role that does not exist was given")
	}
	is(t, "UserRoles", len(get[[]role.Held](t)(db.UserRoles(ctx, holders[0].ID, moment(0)))), 2)
}

func timesAndNumbers(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "times")
	must(t, db.SetUserTimes(ctx, u.ID, moment(70), moment(80)))
	u.JoinedAt, u.LastSignInAt, u.Version = moment(70), moment(80), u.Version+1
	is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	fails(t, "SetUserTimes", db.SetUserTimes(ctx, "nobody", moment(1), moment(2)), user.ErrNotFound)

	must(t, db.RaiseUserNumber(ctx, 41))
	must(t, db.RaiseUserNumber(ctx, 7))
	is(t, "NextUserNumber", get[int64](t)(db.NextUserNumber(ctx)), 42)
}
