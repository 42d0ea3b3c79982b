package account_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// useCase is one thing that can be asked for, of an account that holds nothing.
type useCase struct {
	name  string
	needs access.Permission
	ask   func(f *fixture, who access.Caller, on ident.UserID) error
}

var useCases = []useCase{
	{"Create", access.AddUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.Create(f.t.Context(), who, draft("n"+strings.ReplaceAll(string(on), "-", "")))
		return err
	}},
	{"User", access.ViewUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.User(f.t.Context(), who, on)
		return err
	}},
	{"UserByName", access.ViewUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.UserByName(f.t.Context(), who, string(on))
		return err
	}},
	{"Users", access.ViewUser, func(f *fixture, who access.Caller, _ ident.UserID) error {
		_, err := f.Users(f.t.Context(), who, user.Filter{}, page.Request{})
		return err
	}},
	{"Update", access.ChangeUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.Update(f.t.Context(), who, on, account.Change{FirstName: new("A")})
		return err
	}},
	{"SetPassword", access.ChangeUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		return f.SetPassword(f.t.Context(), who, on, secret.New(other))
	}},
	{"MakeResetLink", access.ChangeUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.MakeResetLink(f.t.Context(), who, on)
		return err
	}},
	{"Disable", access.ChangeUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		return f.Disable(f.t.Context(), who, on)
	}},
	{"Enable", access.ChangeUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		return f.Enable(f.t.Context(), who, on)
	}},
	{"Delete", access.DeleteUser, func(f *fixture, who access.Caller, on ident.UserID) error {
		return f.Delete(f.t.Context(), who, on)
	}},
	{"SetupLink", "the command line", func(f *fixture, who access.Caller, _ ident.UserID) error {
		_, err := f.SetupLink(f.t.Context(), who)
		return err
	}},
	{"CreateSuperuser", "the command line", func(f *fixture, who access.Caller, on ident.UserID) error {
		_, err := f.CreateSuperuser(f.t.Context(), who, draft("s"+strings.ReplaceAll(string(on), "-", "")))
		return err
	}},
}

// Cases H14 to H19: every use case, asked for by everybody.
func TestPermissions(t *testing.T) {
	t.Parallel()
	for _, c := range useCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			commandOnly := strings.Contains(string(c.needs), " ")
			callers := map[string]access.Caller{
				"the zero value": {},
				"anonymous":      {Kind: access.Anonymous, Rights: access.Rights{Superuser: true}},
				"plain":          f.as(f.add("plain")),
				"superuser":      f.as(must(f.Create(t.Context(), operator, rootDraft()))(t)),
				"operator":       operator,
			}
			want := map[string]error{
				"the zero value": access.ErrAnonymous, "anonymous": access.ErrAnonymous, "plain": access.ErrForbidden,
			}
			if commandOnly {
				for name := range callers {
					want[name] = access.ErrForbidden
				}
				want["operator"] = nil
				if c.name == "SetupLink" {
					want["operator"] = account.ErrSetupDone // the superuser above
				}
			} else {
				callers["with the permission"] = f.as(f.add("holder", c.needs))
				callers["with another permission"] = f.as(f.add("other", access.ViewRole, access.EndSession))
				want["with another permission"] = access.ErrForbidden
			}
			i := 0
			for name, who := range callers {
				on := f.add("subject" + strconv.Itoa(i))
				i++
				fails(t, name, c.ask(f, who, on.ID), want[name])
				if kept, err := f.db.User(t.Context(), on.ID); want[name] != nil && (err != nil || kept != on) {
					t.Errorf("%s: a refused caller changed the account: %+v, %v", name, kept, err)
				}
			}
		})
	}
}

func rootDraft() account.Draft {
	d := draft("root")
	d.Superuser = true
	return d
}

// Case H22 for the use cases that act on somebody: with the permission alone,
// nobody acts on staff, on a superuser, or on who holds something else.
func TestHoldsMore(t *testing.T) {
	t.Parallel()
	for _, c := range useCases {
		if c.needs != access.ChangeUser && c.needs != access.DeleteUser {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			holder := f.as(f.add("holder", c.needs))
			staff := must(f.Update(t.Context(), operator, f.add("staff").ID, account.Change{Staff: new(true)}))(t)
			for _, on := range []user.User{f.add("more", access.ViewKey), staff, f.addSuperuser("root")} {
				fails(t, on.Username, c.ask(f, holder, on.ID), access.ErrHoldsMore)
				equal(t, on.Username, f.kept(on.ID), on)
			}
			fails(t, "equal", c.ask(f, holder, f.add("equal", c.needs).ID), nil)
			fails(t, "no account", c.ask(f, holder, "nobody"), user.ErrNotFound)
		})
	}
}

// Everybody sees their own account, and nobody's besides.
func TestUser_oneself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob")
	equal(t, "oneself", must(f.User(t.Context(), f.as(alice), alice.ID))(t), alice)
	_, err := f.User(t.Context(), f.as(alice), bob.ID)
	fails(t, "another", err, access.ErrForbidden)
	_, err = f.User(t.Context(), access.Caller{Kind: access.Anonymous, UserID: alice.ID}, alice.ID)
	fails(t, "an anonymous caller with an id", err, access.ErrAnonymous)
}

func TestUserByName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("Alice")
	for _, name := range []string{"Alice", "alice", " ＡＬＩＣＥ ", string(alice.ID)} {
		equal(t, name, must(f.UserByName(t.Context(), operator, name))(t), alice)
	}
	for _, name := range []string{"", "alic", "nobody", "a b", "\x00", strings.Repeat("x", 10_000)} {
		_, err := f.UserByName(t.Context(), operator, name)
		fails(t, name, err, user.ErrNotFound)
	}
	f.Naming = user.Naming{CaseSensitive: true}
	_, err := f.UserByName(t.Context(), operator, "alice")
	fails(t, "under the preset", err, user.ErrNotFound)
}
