package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// UserLists tests the pages of accounts, and what may stand in a search.
func UserLists(t *testing.T, db *store.DB) {
	t.Run("pages", func(t *testing.T) { userPages(t, db) })
	t.Run("filters", func(t *testing.T) { userFilters(t, db) })
	t.Run("search", func(t *testing.T) { userSearch(t, db) })
	t.Run("L15_L17_text_is_never_a_pattern_or_a_statement", func(t *testing.T) { hostileText(t, db) })
	t.Run("prefix", func(t *testing.T) { userPrefix(t, db) })
	t.Run("many_holders", func(t *testing.T) { manyHolders(t, db) })
	t.Run("many_at_one_time", func(t *testing.T) { usersAtOneTime(t, db) })
}

// usernames returns the names that a filter finds, sorted.
func usernames(t *testing.T, db *store.DB, f user.Filter) []string {
	t.Helper()
	names := walk(t, func(r page.Request) (page.Page[user.User], error) { return db.Users(t.Context(), f, r) },
		func(u user.User) string { return u.Username }, nil)
	slices.Sort(names)
	return names
}

// userPages reads a list while rows come and go: what is there all the time is
// read exactly once, newest first; rows of one time come by id.
func userPages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var want []string
	byName := map[string]ident.UserID{}
	for i := range 9 {
		u := person(fmt.Sprintf("page-%d", i))
		u.ID = ident.UserID(fmt.Sprintf("page-id-%d", i))
		u.JoinedAt = moment(int64(i / 3 * 10)) // three at a time
		must(t, db.InsertUser(ctx, u))
		byName[u.Username] = u.ID
		want = append(want, u.Username)
	}
	slices.Reverse(want)
	f := user.Filter{Search: "page-"}
	read := func(r page.Request) (page.Page[user.User], error) { return db.Users(ctx, f, r) }
	name := func(u user.User) string { return u.Username }
	is(t, "order", walk(t, read, name, nil), want)

	got := walk(t, read, name, func(read int) {
		if read != 4 {
			return
		}
		newer := person("page-newer")
		newer.JoinedAt = moment(1000)
		must(t, db.InsertUser(ctx, newer))
		must(t, db.DeleteUser(ctx, byName["page-5"])) // read already: the position itself
		must(t, db.DeleteUser(ctx, byName["page-2"])) // not read yet
	})
	is(t, "order while rows come and go", got, slices.DeleteFunc(want, func(n string) bool { return n == "page-2" }))

	p := get[page.Page[user.User]](t)(db.Users(ctx, f, page.Request{Limit: 8}))
	is(t, "rows of a list that fits its page", len(p.Items), 8)
	is(t, "what follows a list that fits its page", p.Next, page.Position{})
}

func userFilters(t *testing.T, db *store.DB) {
	ctx := t.Context()
	yes, no := true, false
	r := addRole(t, db, "filtered")
	for i, name := range []string{"f-none", "f-active", "f-staff", "f-super"} {
		u := person(name)
		u.Active, u.Staff, u.Superuser = i == 1, i == 2, i == 3
		u.JoinedAt = moment(int64(59 + i))
		must(t, db.InsertUser(ctx, u))
		if i > 1 {
			get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, time.Time{}))
		}
	}
	for what, c := range map[string]struct {
		f    user.Filter
		want []string
	}{
		"all":          {user.Filter{}, []string{"f-active", "f-none", "f-staff", "f-super"}},
		"active":       {user.Filter{Active: &yes}, []string{"f-active"}},
		"inactive":     {user.Filter{Active: &no}, []string{"f-none", "f-staff", "f-super"}},
		"staff":        {user.Filter{Staff: &yes}, []string{"f-staff"}},
		"superuser":    {user.Filter{Superuser: &yes}, []string{"f-super"}},
		"role":         {user.Filter{Role: r.ID}, []string{"f-staff", "f-super"}},
		"no role":      {user.Filter{Role: "missing"}, nil},
		"NUL role":     {user.Filter{Role: "a\x00"}, nil},
		"joined from":  {user.Filter{JoinedFrom: moment(61)}, []string{"f-staff", "f-super"}},
		"joined until": {user.Filter{JoinedFrom: moment(60), JoinedUntil: moment(62)}, []string{"f-active", "f-staff"}},
		"together":     {user.Filter{Role: r.ID, Superuser: &no, Active: &no}, []string{"f-staff"}},
	} {
		c.f.Search = "f-"
		is(t, what, usernames(t, db, c.f), c.want)
	}
}

// userPrefix finds names by their beginning, in their order, whoever joined when.
func userPrefix(t *testing.T, db *store.DB) {
	ctx := t.Context()
	want := []string{"pre", "pre.b", "pre_a", "prefix", "prez", "preé", "pre\U0001F600"}
	for i, name := range []string{"pre\U0001F600", "prefix", "preé", "pre", "prez", "pre.b", "pre_a", "pr", "prf", "Pre"} {
		u := person(name)
		u.UsernameKey, u.JoinedAt = name, moment(int64(i%3))
		must(t, db.InsertUser(ctx, u))
	}
	name := func(u user.User) string { return u.Username }
	read := func(f user.Filter) func(page.Request) (page.Page[user.User], error) {
		return func(r page.Request) (page.Page[user.User], error) { return db.Users(ctx, f, r) }
	}
	is(t, "prefix", walk(t, read(user.Filter{UsernamePrefix: "pre"}), name, nil), want)
	is(t, "longer", walk(t, read(user.Filter{UsernamePrefix: "pref"}), name, nil), []string{"prefix"})
	is(t, "with another filter", walk(t, read(user.Filter{UsernamePrefix: "pre", JoinedFrom: moment(2)}), name, nil), []string{"pre.b", "preé"})
	for _, none := range []string{"%", "pre%", "pre\x00", "pre\xff", "zz", "'"} {
		is(t, fmt.Sprintf("prefix %q", none), walk(t, read(user.Filter{UsernamePrefix: none}), name, nil), nil)
	}
}

// manyHolders are looked for in another way than a few: the answer is the same.
func manyHolders(t *testing.T, db *store.DB) {
	ctx := t.Context()
	r := addRole(t, db, "wide")
	var all []user.User
	var given []importer.Assignment
	for i := range 1100 {
		u := person(fmt.Sprintf("holder-%04d", i))
		u.JoinedAt = moment(int64(200_000 + i))
		all = append(all, u)
		if i >= 50 {
			given = append(given, importer.Assignment{UserID: u.ID, RoleID: r.ID})
		}
	}
	must(t, db.InsertUsers(ctx, all))
	must(t, db.InsertAssignments(ctx, given))
	f := user.Filter{Role: r.ID, JoinedUntil: moment(200_053)}
	is(t, "the oldest of many holders", usernames(t, db, f), []string{"holder-0050", "holder-0051", "holder-0052"})
	get[bool](t)(db.RemoveRole(ctx, all[51].ID, r.ID))
	is(t, "without one of them", usernames(t, db, f), []string{"holder-0050", "holder-0052"})
	get[bool](t)(db.AssignRole(ctx, all[52].ID, r.ID, moment(10)))
	f.HeldAt = moment(10)
	is(t, "without one whose role ended", usernames(t, db, f), []string{"holder-0050"})
}

// usersAtOneTime reads what an import made at one moment: by id, each once.
func usersAtOneTime(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var all []user.User
	var want []string
	for i := range 25 {
		u := person(fmt.Sprintf("at-once-%02d", i))
		u.ID, u.JoinedAt, u.Active = ident.UserID(fmt.Sprintf("once-%02d", i)), moment(90_000), i%2 == 0
		all = append(all, u)
		want = append([]string{u.Username}, want...)
	}
	must(t, db.InsertUsers(ctx, all))
	f := user.Filter{JoinedFrom: moment(90_000), JoinedUntil: moment(90_001)}
	read := func(r page.Request) (page.Page[user.User], error) { return db.Users(ctx, f, r) }
	name := func(u user.User) string { return u.Username }
	is(t, "order", walk(t, read, name, nil), want)
	no := false
	f.Active = &no
	is(t, "of the inactive", len(walk(t, read, name, nil)), 12)
}

func userSearch(t *testing.T, db *store.DB) {
	u := person("S.Muster")
	u.Email, u.FirstName, u.LastName = "Someone@Beispiel.example", "Éloïse", "ÄRGER"
	must(t, db.InsertUser(t.Context(), u))
	for _, search := range []string{
		"muster", "MUSTER", "s.m", "someone@beispiel", "éLO", "ÉLO", "ärger", "Ärger",
	} {
		is(t, "search "+search, usernames(t, db, user.Filter{Search: search}), []string{"S.Muster"})
	}
	for _, search := range []string{
		"elo", "arger", "muster someone", "muster\nsomeone", "musterx", "muster\x00", "muster\xff", strings.Repeat("m", 321),
	} {
		is(t, fmt.Sprintf("search %.20q", search), usernames(t, db, user.Filter{Search: search}), nil)
	}
}

// hostileText has names that mean something to one database or driver or another.
// Each is kept as it is, found by itself, and finds nobody else.
func hostileText(t *testing.T, db *store.DB) {
	ctx := t.Context()
	names := []string{
		"%", "_", "!", "!%", "100%", "a_b", "a!b", `\`, `\%`, `back\slash`,
		"'", `"`, "`", "';DROP TABLE users;--", "' OR '1'='1", `" OR ""="`, "$1", "$$", "?", ":name", "@p1", "{}", "/*", "--", "NULL", "0",
	}
	for _, name := range names {
		u := person("hostile") // the name is told by the first name alone, which a search meets as well
		u.Username, u.UsernameKey, u.Email, u.EmailKey, u.FirstName, u.LastName = "<"+name+">", "<"+name+">", "", "", "", name
		must(t, db.InsertUser(ctx, u))
		is(t, "User "+name, get[user.User](t)(db.User(ctx, u.ID)), u)
		is(t, "UserByUsername "+name, get[user.User](t)(db.UserByUsername(ctx, u.Username, "")).ID, u.ID)
	}
	addUser(t, db, "a-b") // what the wildcards would find
	addUser(t, db, "100x")
	for _, name := range names {
		is(t, "search <"+name+">", usernames(t, db, user.Filter{Search: "<" + name + ">"}), []string{"<" + name + ">"})
	}
	is(t, "search %", usernames(t, db, user.Filter{Search: "%"}), []string{"<!%>", "<%>", "<100%>", `<\%>`})
	is(t, "search _", usernames(t, db, user.Filter{Search: "_"}), []string{"<_>", "<a_b>"})
	is(t, "search 0%", usernames(t, db, user.Filter{Search: "0%"}), []string{"<100%>"})
}
