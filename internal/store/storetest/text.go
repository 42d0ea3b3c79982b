package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Text tests that every database keeps, compares and refuses the same text and
// times. It goes through the methods of features, because they are what there is.
func Text(t *testing.T, db *store.DB) {
	t.Run("byte_order_and_case", func(t *testing.T) { byteOrder(t, db) })
	t.Run("trailing_space", func(t *testing.T) { trailingSpace(t, db) })
	t.Run("four_byte_characters", func(t *testing.T) { fourBytes(t, db) })
	t.Run("NUL_and_invalid_UTF-8_are_refused", func(t *testing.T) { unstorable(t, db) })
	t.Run("the_longest_is_whole_and_longer_is_refused", func(t *testing.T) { longest(t, db) })
	t.Run("zero_and_far_times", func(t *testing.T) { farTimes(t, db) })
}

// byteOrder has names that a collation which is not binary would put in another
// order, or hold to be one name.
func byteOrder(t *testing.T, db *store.DB) {
	ctx := t.Context()
	want := []string{"E", "Z", "a", "e", "z", "~", "É", "é", "\U0001d49c"} // by bytes
	u := addUser(t, db, "collation")
	for _, name := range []string{"é", "z", "\U0001d49c", "E", "~", "a", "É", "Z", "e"} {
		r := addRole(t, db, name)
		get[bool](t)(db.AssignRole(ctx, u.ID, r.ID, time.Time{}))
	}
	var got []string
	for _, r := range get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))) {
		got = append(got, r.Name)
	}
	is(t, "roles by name", got, want)
	for _, name := range want {
		is(t, "RoleByName "+name, get[role.Role](t)(db.RoleByName(ctx, name)).Name, name)
	}
	_, err := db.RoleByName(ctx, "A")
	fails(t, "RoleByName of another case", err, role.ErrNotFound)

	for _, id := range want { // one time, so the pages are by id
		s := device(u.ID)
		s.ID = ident.SessionID(id)
		must(t, db.InsertSession(ctx, s))
	}
	f := session.Filter{UserID: u.ID, LiveAt: moment(30)}
	ids := walk(t, func(r page.Request) (page.Page[session.Session], error) { return db.Sessions(ctx, f, r) },
		func(s session.Session) string { return string(s.ID) }, nil)
	slices.Reverse(ids)
	is(t, "sessions by id", ids, want)
}

// trailingSpace: MySQL's binary collation holds "x" and "x " to be equal, so the
// features trim what they store, and what is asked for with a space is not found.
func trailingSpace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "trimmed")
	r := addRole(t, db, "trimmed")
	s := addSession(t, db, u.ID)
	_, err := db.User(ctx, u.ID+" ")
	fails(t, "User", err, user.ErrNotFound)
	_, err = db.UserByUsername(ctx, "trimmed ", "")
	fails(t, "UserByUsername", err, user.ErrNotFound)
	_, err = db.UserByUsername(ctx, "nobody's", "trimmed ")
	fails(t, "UserByUsername by key", err, user.ErrNotFound)
	_, err = db.Role(ctx, r.ID+" ")
	fails(t, "Role", err, role.ErrNotFound)
	_, err = db.RoleByName(ctx, "trimmed ")
	fails(t, "RoleByName", err, role.ErrNotFound)
	_, err = db.Permission(ctx, access.ViewKey+" ")
	fails(t, "Permission", err, role.ErrPermissionNotFound)
	_, err = db.Session(ctx, s.ID+" ")
	fails(t, "Session", err, session.ErrNotFound)
}

func fourBytes(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := person("\U0001d49c\U00020000")
	u.FirstName, u.LastName, u.Email, u.EmailKey = "😀", "e\u0301", "😀@example.org", "😀@example.org"
	must(t, db.InsertUser(ctx, u))
	is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	is(t, "UserByUsername", get[user.User](t)(db.UserByUsername(ctx, u.Username, "")).ID, u.ID)
	is(t, "UsersByEmail", len(get[[]user.User](t)(db.UsersByEmail(ctx, u.EmailKey, 2))), 1)
	is(t, "search", usernames(t, db, user.Filter{Search: "😀@"}), []string{u.Username})
	_, err := db.UserByUsername(ctx, "\U0001d49d\U00020000", "")
	fails(t, "a neighbouring character", err, user.ErrNotFound)
}

func unstorable(t *testing.T, db *store.DB) {
	ctx := t.Context()
	kept := addUser(t, db, "storable")
	for _, bad := range []string{"a\x00b", "\x00", "a\xffb", "\xed\xa0\x80", "\xc0\x80"} {
		u := person("unstorable")
		u.LastName = bad
		s, r := device(kept.ID), roleCalled("unstorable")
		s.UserAgent, r.Description = bad, bad
		e := happened(event.UserUpdated, 1)
		e.Origin.UserAgent = bad
		changed := kept
		changed.FirstName = bad
		for what, err := range map[string]error{
			"InsertUser":       db.InsertUser(ctx, u),
			"UpdateUser":       db.UpdateUser(ctx, changed),
			"InsertSession":    db.InsertSession(ctx, s),
			"InsertRole":       db.InsertRole(ctx, r),
			"InsertPermission": db.InsertPermission(ctx, role.Permission{Name: "bad.text", Description: bad}),
			"AppendEvent":      db.AppendEvent(ctx, e),
		} {
			if err == nil {
				t.Errorf("%s with %q: no error", what, bad)
			}
		}
		_, err := db.UserByUsername(ctx, bad, bad)
		fails(t, "UserByUsername", err, user.ErrNotFound)
		_, err = db.User(ctx, ident.UserID(bad))
		fails(t, "User", err, user.ErrNotFound)
		_, err = db.Rights(ctx, ident.UserID(bad), moment(0))
		fails(t, "Rights", err, user.ErrNotFound)
		_, err = db.Session(ctx, ident.SessionID(bad))
		fails(t, "Session", err, session.ErrNotFound)
		_, err = db.Role(ctx, ident.RoleID(bad))
		fails(t, "Role", err, role.ErrNotFound)
		_, err = db.RoleByName(ctx, bad)
		fails(t, "RoleByName", err, role.ErrNotFound)
		_, err = db.Permission(ctx, access.Permission(bad))
		fails(t, "Permission", err, role.ErrPermissionNotFound)
		is(t, "UsersByEmail", get[[]user.User](t)(db.UsersByEmail(ctx, bad, 2)), nil)
	}
	is(t, "the account", get[user.User](t)(db.User(ctx, kept.ID)), kept)
}

// longest writes the longest value of every text, in the widest characters.
func longest(t *testing.T, db *store.DB) {
	ctx := t.Context()
	wide := func(n int) string { return strings.Repeat("𝒜", n) }
	u := user.User{
		ID: ident.UserID(strings.Repeat("u", ident.MaxLen)), Username: wide(150), UsernameKey: wide(450), Email: wide(320), EmailKey: wide(640),
		FirstName: wide(150), LastName: wide(150), Password: secret.New(strings.Repeat("p", 255)),
	}
	must(t, db.InsertUser(ctx, u))
	is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	is(t, "UserByUsername by key", get[user.User](t)(db.UserByUsername(ctx, "nobody's", u.UsernameKey)).ID, u.ID)
	is(t, "search", len(usernames(t, db, user.Filter{Search: wide(320)})), 1)
	for what, change := range map[string]func(*user.User){
		"id": func(u *user.User) { u.ID += "u" }, "username": func(u *user.User) { u.Username += "x" }, "key": func(u *user.User) { u.UsernameKey += "x" },
		"email": func(u *user.User) { u.Email += "x" }, "email key": func(u *user.User) { u.EmailKey += "x" },
		"first name": func(u *user.User) { u.FirstName += "x" }, "last name": func(u *user.User) { u.LastName += "x" },
		"password": func(u *user.User) { u.Password = secret.New(u.Password.Reveal() + "x") },
	} {
		long := u
		long.ID, long.Username, long.UsernameKey = "too-long", "too-long", "too-long"
		if what == "id" || what == "username" || what == "key" {
			long = u
			long.ID, long.Username, long.UsernameKey = u.ID[:39]+"v", wide(149)+"v", wide(449)+"v"
		}
		change(&long)
		if db.InsertUser(ctx, long) == nil {
			t.Errorf("InsertUser with too long a %s: no error", what)
		}
	}

	r := role.Role{ID: "r", Name: wide(150), Description: wide(255), Permissions: []access.Permission{access.Permission(strings.Repeat("p", 75) + "." + strings.Repeat("q", 74))}}
	addPermission(t, db, r.Permissions[0])
	must(t, db.InsertRole(ctx, r))
	is(t, "Role", get[role.Role](t)(db.Role(ctx, r.ID)), r)
	r.ID, r.Name, r.Description = "r2", "r2", wide(256)
	if db.InsertRole(ctx, r) == nil {
		t.Error("InsertRole with too long a description: no error")
	}

	s := device(u.ID)
	s.IP, s.UserAgent, s.RotatedIP, s.RotatedAgent = strings.Repeat("f", 45), wide(255), strings.Repeat("f", 45), wide(255)
	must(t, db.InsertSession(ctx, s))
	is(t, "Session", get[session.Session](t)(db.Session(ctx, s.ID)), s)

	e := happened(event.Action(strings.Repeat("a", 60)), 1)
	e.Actor.Name, e.Subject.ID, e.Subject.Name, e.Origin.UserAgent = wide(150), wide(150), wide(150), wide(255)
	e.Detail = fmt.Sprintf(`{"x":"%s"}`, strings.Repeat("d", 60_000))
	must(t, db.AppendEvent(ctx, e))
	is(t, "Events", get[page.Page[event.Event]](t)(db.Events(ctx, event.Filter{Action: e.Action}, page.Request{})).Items, []event.Event{e})
}

func farTimes(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for name, at := range map[string]time.Time{
		"zero": {}, "before 1970": time.UnixMilli(-1).UTC(), "one": time.UnixMilli(1).UTC(),
		"far": time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC),
	} {
		u := person("at " + name)
		u.JoinedAt, u.LastSignInAt = at, at
		must(t, db.InsertUser(ctx, u))
		is(t, "User at "+name, get[user.User](t)(db.User(ctx, u.ID)), u)
	}
	u := person("elsewhere")
	u.JoinedAt = time.Date(2030, 1, 1, 12, 0, 0, 123_456_789, time.FixedZone("", 3600))
	must(t, db.InsertUser(ctx, u))
	u.JoinedAt = time.Date(2030, 1, 1, 11, 0, 0, 123_000_000, time.UTC)
	got := get[user.User](t)(db.User(ctx, u.ID))
	is(t, "User from another zone", got, u)
	is(t, "its zone", got.JoinedAt.Location().String(), "UTC")
}
