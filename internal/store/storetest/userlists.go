package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/ident"
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
		must(t, db.InsertUser(ctx, u))
		if i > 1 {
			get[bool](t)(db.AssignRole(ctx, u.ID, r.ID))
		}
	}
	for what, c := range map[string]struct {
		f    user.Filter
		want []string
	}{
		"all":       {user.Filter{}, []string{"f-active", "f-none", "f-staff", "f-super"}},
		"active":    {user.Filter{Active: &yes}, []string{"f-active"}},
		"inactive":  {user.Filter{Active: &no}, []string{"f-none", "f-staff", "f-super"}},
		"staff":     {user.Filter{Staff: &yes}, []string{"f-staff"}},
		"superuser": {user.Filter{Superuser: &yes}, []string{"f-super"}},
		"role":      {user.Filter{Role: r.ID}, []string{"f-staff", "f-super"}},
		"no role":   {user.Filter{Role: "missing"}, nil},
		"NUL role":  {user.Filter{Role: "a\x00"}, nil},
		"together":  {user.Filter{Role: r.ID, Superuser: &no, Active: &no}, []string{"f-staff"}},
	} {
		c.f.Search = "f-"
		is(t, what, usernames(t, db, c.f), c.want)
	}
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
