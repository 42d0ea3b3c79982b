package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Users tests what user.Store asks for, but for the lists: see UserLists.
func Users(t *testing.T, db *store.DB) {
	t.Run("superuser_exists", func(t *testing.T) { superuserExists(t, db) }) // needs nobody else
	t.Run("round_trip", func(t *testing.T) { userRoundTrip(t, db) })
	t.Run("absent", func(t *testing.T) { userAbsent(t, db) })
	t.Run("duplicate", func(t *testing.T) { userDuplicate(t, db) })
	t.Run("exact_name_before_key", func(t *testing.T) { exactNameBeforeKey(t, db) })
	t.Run("by_email", func(t *testing.T) { usersByEmail(t, db) })
	t.Run("update_writes_its_fields_only", func(t *testing.T) { userUpdate(t, db) })
	t.Run("set_active", func(t *testing.T) { setActive(t, db) })
	t.Run("confirm_sign_in", func(t *testing.T) { confirmSignIn(t, db) })
	t.Run("versions", func(t *testing.T) { userVersions(t, db) })
	t.Run("password_is_replaced_conditionally", func(t *testing.T) { replacePassword(t, db) })
	t.Run("password_must_change", func(t *testing.T) { passwordMustChange(t, db) })
	t.Run("F47_one_name_one_account", func(t *testing.T) { registerRace(t, db) })
	t.Run("versions_and_numbers_are_unique", func(t *testing.T) { userNumbers(t, db) })
	t.Run("delete_takes_everything_along", func(t *testing.T) { deleteUser(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { userRollback(t, db) })
}

func superuserExists(t *testing.T, db *store.DB) {
	ctx := t.Context()
	is(t, "with nobody", get[bool](t)(db.SuperuserExists(ctx)), false)
	u := person("root")
	u.Superuser, u.Active = true, false
	must(t, db.InsertUser(ctx, u))
	is(t, "with an inactive one", get[bool](t)(db.SuperuserExists(ctx)), false)
	is(t, "SetActive", get[bool](t)(db.SetActive(ctx, u.ID, true)), true)
	is(t, "with an active one", get[bool](t)(db.SuperuserExists(ctx)), true)
}

func userRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	full := person("Round")
	full.PasswordMustChange = true
	bare := user.User{ID: "42", Username: "bare", UsernameKey: "bare", Password: secret.New("!")}
	flags := person("flags")
	flags.Active, flags.Staff, flags.Superuser = false, false, true
	for _, want := range []user.User{full, bare, flags} {
		must(t, db.InsertUser(ctx, want))
		got := get[user.User](t)(db.User(ctx, want.ID))
		is(t, "User", got, want)
		if !got.Password.Equal(want.Password) {
			t.Error("the password is another")
		}
		is(t, "UserByUsername", get[user.User](t)(db.UserByUsername(ctx, want.Username, "")), want)
	}
	is(t, "UserByUsername with key", get[user.User](t)(db.UserByUsername(ctx, "ROUND", "round")), full)
	must(t, db.SetPassword(ctx, full.ID, secret.New("another")))
	full.Password, full.PasswordMustChange = secret.New("another"), false
	is(t, "User after SetPassword", get[user.User](t)(db.User(ctx, full.ID)), full)
}

func userAbsent(t *testing.T, db *store.DB) {
	ctx := t.Context()
	nobody := person("nobody")
	_, err := db.User(ctx, nobody.ID)
	fails(t, "User", err, user.ErrNotFound)
	_, err = db.UserByUsername(ctx, "nobody", "nobody")
	fails(t, "UserByUsername", err, user.ErrNotFound)
	fails(t, "UpdateUser", db.UpdateUser(ctx, nobody), user.ErrNotFound)
	fails(t, "SetPassword", db.SetPassword(ctx, nobody.ID, secret.New("x")), user.ErrNotFound)
	_, err = db.RaiseRightsVersion(ctx, nobody.ID)
	fails(t, "RaiseRightsVersion", err, user.ErrNotFound)
	fails(t, "DeleteUser", db.DeleteUser(ctx, nobody.ID), user.ErrNotFound)
	_, err = db.Rights(ctx, nobody.ID, moment(0))
	fails(t, "Rights", err, user.ErrNotFound)
	_, err = db.SetActive(ctx, nobody.ID, true)
	fails(t, "SetActive", err, user.ErrNotFound)
	is(t, "ConfirmSignIn", get[bool](t)(db.ConfirmSignIn(ctx, nobody.ID, 0, moment(1))), false)
	is(t, "ReplacePassword", get[bool](t)(db.ReplacePassword(ctx, nobody.ID, nobody.Password, secret.New("x"))), false)
	is(t, "UsersByEmail", get[[]user.User](t)(db.UsersByEmail(ctx, "nobody@example.org", 5)), nil)
}

func userDuplicate(t *testing.T, db *store.DB) {
	ctx := t.Context()
	first, other := addUser(t, db, "Taken"), addUser(t, db, "other")
	for name, change := range map[string]func(*user.User){
		"the_name": func(u *user.User) { u.Username = first.Username },
		"the_key":  func(u *user.User) { u.UsernameKey = first.UsernameKey },
	} {
		u := person("free")
		change(&u)
		fails(t, "InsertUser with "+name, db.InsertUser(ctx, u), user.ErrUsernameTaken)
		u = other
		change(&u)
		fails(t, "UpdateUser with "+name, db.UpdateUser(ctx, u), user.ErrUsernameTaken)
	}
	is(t, "the other one", get[user.User](t)(db.User(ctx, other.ID)), other)
	must(t, db.UpdateUser(ctx, first)) // its own name is not taken
}

func exactNameBeforeKey(t *testing.T, db *store.DB) {
	ctx := t.Context()
	exact, keyed := person("bob"), person("BOB")
	exact.UsernameKey, keyed.UsernameKey = "another key", "bob"
	must(t, db.InsertUser(ctx, keyed))
	must(t, db.InsertUser(ctx, exact))
	is(t, "the exact name", get[user.User](t)(db.UserByUsername(ctx, "bob", "bob")).ID, exact.ID)
	is(t, "the key", get[user.User](t)(db.UserByUsername(ctx, "Bob", "bob")).ID, keyed.ID)
	_, err := db.UserByUsername(ctx, "Bob", "")
	fails(t, "no key", err, user.ErrNotFound)
}

func usersByEmail(t *testing.T, db *store.DB) {
	ctx := t.Context()
	var want []ident.UserID
	for i, name := range []string{"mail-a", "mail-b", "mail-c"} {
		u := person(name)
		u.EmailKey, u.JoinedAt = "shared@example.org", moment(int64(10-i))
		must(t, db.InsertUser(ctx, u))
		want = append(want, u.ID)
	}
	slices.Reverse(want) // the last one joined first
	ids := func(users []user.User) (ids []ident.UserID) {
		for _, u := range users {
			ids = append(ids, u.ID)
		}
		return ids
	}
	is(t, "oldest first", ids(get[[]user.User](t)(db.UsersByEmail(ctx, "shared@example.org", 9))), want)
	is(t, "limit", ids(get[[]user.User](t)(db.UsersByEmail(ctx, "shared@example.org", 2))), want[:2])
	silent := person("silent")
	silent.Email, silent.EmailKey = "", ""
	must(t, db.InsertUser(ctx, silent))
	is(t, "no key finds nobody", ids(get[[]user.User](t)(db.UsersByEmail(ctx, "", 9))), nil)
}

func userUpdate(t *testing.T, db *store.DB) {
	ctx := t.Context()
	was := addUser(t, db, "before")
	addUser(t, db, "bystander")
	now := person("after")
	now.ID, now.RightsVersion = was.ID, was.RightsVersion
	now.Active, now.Staff, now.Superuser = false, false, true
	now.Password, now.JoinedAt, now.LastSignInAt = secret.New("not this"), moment(500), moment(501)
	must(t, db.UpdateUser(ctx, now))
	now.Active, now.Password, now.JoinedAt, now.LastSignInAt = was.Active, was.Password, was.JoinedAt, was.LastSignInAt
	now.Version = was.Version + 1
	is(t, "User", get[user.User](t)(db.User(ctx, was.ID)), now)
	must(t, db.UpdateUser(ctx, now)) // the same again is no error, whatever the database counts
	_, err := db.UserByUsername(ctx, "before", "before")
	fails(t, "the old name", err, user.ErrNotFound)
	is(t, "a bystander's name", get[user.User](t)(db.UserByUsername(ctx, "bystander", "")).FirstName, "First bystander")

	late := now
	late.Staff = true
	now.Version++
	now.RightsVersion = get[int64](t)(db.RaiseRightsVersion(ctx, now.ID))
	fails(t, "UpdateUser with an older version", db.UpdateUser(ctx, late), user.ErrChanged)
	is(t, "User after that", get[user.User](t)(db.User(ctx, now.ID)), now)
}

func setActive(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "switched")
	for _, c := range []struct{ active, changed bool }{{true, false}, {false, true}, {false, false}, {true, true}} {
		is(t, "SetActive", get[bool](t)(db.SetActive(ctx, u.ID, c.active)), c.changed)
		u.Active = c.active
		if c.changed {
			u.Version++
		}
		is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	}
	n := race(t, func(int) (bool, error) { return db.SetActive(ctx, u.ID, false) })
	is(t, "how many disabled one account", n, 1)
}

func confirmSignIn(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "confirmed")
	confirm := func(version int64, ms int64) bool {
		at := moment(ms)
		if ms == 0 {
			at = time.Time{}
		}
		return get[bool](t)(db.ConfirmSignIn(ctx, u.ID, version, at))
	}
	is(t, "with the version", confirm(u.RightsVersion, 77), true)
	u.LastSignInAt = moment(77)
	is(t, "with the version again", confirm(u.RightsVersion, 77), true)
	is(t, "without a time", confirm(u.RightsVersion, 0), true)
	is(t, "with an older version", confirm(u.RightsVersion-1, 88), false)
	u.Version += 2
	is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	get[bool](t)(db.SetActive(ctx, u.ID, false))
	is(t, "while it is disabled", confirm(u.RightsVersion, 88), false)
	is(t, "while it is disabled, without a time", confirm(u.RightsVersion, 0), false)
	u.Active = false
	u.Version++
	is(t, "User at the end", get[user.User](t)(db.User(ctx, u.ID)), u)
}

// userVersions has one of many changes from one reading win: each takes the version
// that it saw, and the one that does changes it.
func userVersions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "versioned")
	is(t, "its version", get[bool](t)(db.TakeVersion(ctx, u.ID, []int64{7, u.Version})), true)
	is(t, "others", get[bool](t)(db.TakeVersion(ctx, u.ID, []int64{-1, u.Version + 1})), false)
	is(t, "none", get[bool](t)(db.TakeVersion(ctx, u.ID, nil)), false)
	_, err := db.TakeVersion(ctx, "nobody", []int64{0})
	fails(t, "TakeVersion", err, user.ErrNotFound)
	is(t, "User", get[user.User](t)(db.User(ctx, u.ID)), u)
	n := race(t, func(i int) (won bool, err error) {
		err = store.TxFunc[user.Store](db)(ctx, func(s user.Store) error {
			if won, err = s.TakeVersion(ctx, u.ID, []int64{u.Version}); err != nil || !won {
				return err
			}
			changed := u
			changed.LastName = string(rune('a' + i))
			return s.UpdateUser(ctx, changed)
		})
		return won, err
	})
	is(t, "how many changed one version", n, 1)
	is(t, "the version", get[user.User](t)(db.User(ctx, u.ID)).Version, u.Version+1)
}

func replacePassword(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "rehash")
	n := race(t, func(i int) (bool, error) {
		return db.ReplacePassword(ctx, u.ID, u.Password, secret.New("new "+string(rune('a'+i))))
	})
	is(t, "how many replaced one string", n, 1)
	is(t, "replacing another string", get[bool](t)(db.ReplacePassword(ctx, u.ID, u.Password, secret.New("late"))), false)
	is(t, "changing another string", get[bool](t)(db.ChangePassword(ctx, u.ID, u.Password, secret.New("late"))), false)
}

// The mark that a password was given out goes with that password, and not when the
// same one is written in another way.
func passwordMustChange(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := person("initial")
	u.PasswordMustChange = true
	must(t, db.InsertUser(ctx, u))
	after := func(what string, want bool) {
		is(t, what, get[user.User](t)(db.User(ctx, u.ID)).PasswordMustChange, want)
	}
	is(t, "ReplacePassword", get[bool](t)(db.ReplacePassword(ctx, u.ID, u.Password, secret.New("same"))), true)
	after("after ReplacePassword", true)
	must(t, db.UpdateUser(ctx, u))
	after("after UpdateUser", true)
	is(t, "ChangePassword", get[bool](t)(db.ChangePassword(ctx, u.ID, secret.New("same"), secret.New("own"))), true)
	after("after ChangePassword", false)
	is(t, "the password", get[user.User](t)(db.User(ctx, u.ID)).Password.Reveal(), "own")
}

// registerRace has half of the racers write the name as it is and half in another
// case, with the same key, each in a transaction as a registration is.
func registerRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	inTx := store.TxFunc[user.Store](db)
	n := race(t, func(i int) (bool, error) {
		u := person("racer")
		if i%2 == 1 {
			u.Username = "rAcEr"
		}
		err := inTx(ctx, func(s user.Store) error { return s.InsertUser(ctx, u) })
		if errors.Is(err, user.ErrUsernameTaken) {
			return false, nil
		}
		return err == nil, err
	})
	is(t, "accounts of one name", n, 1)
	u := get[user.User](t)(db.UserByUsername(ctx, "nobody's", "racer"))
	is(t, "the key of the one", strings.ToLower(u.Username), "racer")
}

func userNumbers(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "versions")
	var mu sync.Mutex
	seen := map[string][]int64{}
	for what, next := range map[string]func(context.Context) (int64, error){
		"rights version": func(ctx context.Context) (int64, error) { return db.RaiseRightsVersion(ctx, u.ID) },
		"user number":    db.NextUserNumber,
	} {
		race(t, func(int) (bool, error) {
			v, err := next(ctx)
			mu.Lock()
			defer mu.Unlock()
			seen[what] = append(seen[what], v)
			return true, err
		})
		got := slices.Sorted(slices.Values(seen[what]))
		if len(slices.Compact(slices.Clone(got))) != racers || got[racers-1]-got[0] != racers-1 {
			t.Errorf("%s: %v, want %d numbers without a gap", what, got, racers)
		}
	}
	is(t, "first rights version", slices.Min(seen["rights version"]), u.RightsVersion+1)
	is(t, "first user number", slices.Min(seen["user number"]), 1)
}

func deleteUser(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, other := addUser(t, db, "gone"), addUser(t, db, "stays")
	r := addRole(t, db, "of both")
	sessions := map[ident.UserID]session.Session{}
	for _, id := range []ident.UserID{u.ID, other.ID} {
		sessions[id] = addSession(t, db, id)
		get[bool](t)(db.AssignRole(ctx, id, r.ID, time.Time{}))
		get[bool](t)(db.GrantPermission(ctx, id, access.ViewKey, time.Time{}))
	}
	must(t, db.DeleteUser(ctx, u.ID))
	_, err := db.User(ctx, u.ID)
	fails(t, "User", err, user.ErrNotFound)
	_, err = db.Session(ctx, sessions[u.ID].ID)
	fails(t, "Session", err, session.ErrNotFound)
	is(t, "UserRoles", get[[]role.Held](t)(db.UserRoles(ctx, u.ID, moment(0))), nil)
	is(t, "UsersWithPermission", get[[]ident.UserID](t)(db.UsersWithPermission(ctx, access.ViewKey)), []ident.UserID{other.ID})
	is(t, "the other one's session", get[session.Session](t)(db.Session(ctx, sessions[other.ID].ID)), sessions[other.ID])
	is(t, "the other one's roles", get[access.Rights](t)(db.Rights(ctx, other.ID, moment(0))).Roles, []string{"of both"})
}

func userRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := person("never")
	before := get[int64](t)(db.NextUserNumber(ctx))
	err := store.TxFunc[user.Store](db)(ctx, func(s user.Store) error {
		if _, err := s.NextUserNumber(ctx); err != nil {
			return err
		}
		if err := s.InsertUser(ctx, u); err != nil {
			return err
		}
		if _, err := s.User(ctx, u.ID); err != nil {
			return err // it is there inside
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	_, err = db.User(ctx, u.ID)
	fails(t, "User after a rollback", err, user.ErrNotFound)
	is(t, "the number after a rollback", get[int64](t)(db.NextUserNumber(ctx)), before+1)

	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if db.InsertUser(cancelled, u) == nil {
		t.Error("InsertUser with a cancelled context: no error")
	}
	_, err = db.User(ctx, u.ID)
	fails(t, "User after a cancelled call", err, user.ErrNotFound)
}
