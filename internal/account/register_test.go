package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stranger := access.Caller{Kind: access.Anonymous, Origin: access.Origin{IP: "192.0.2.1", UserAgent: "a", RequestID: "r"}}
	d := draft("Zoë")
	d.Email, d.FirstName = "Zoe@EXAMPLE.org", "Zoë"

	made := must(f.Register(t.Context(), stranger, d))(t)
	if !strings.HasPrefix(made.Password.Reveal(), "$argon2id$") {
		t.Error("the password is not kept as a hash")
	}
	equal(t, "the account", f.kept(made.ID), user.User{
		ID: made.ID, Username: "Zoë", UsernameKey: "zoë", Email: "Zoe@example.org", EmailKey: "zoe@example.org",
		FirstName: "Zoë", Password: made.Password, Active: true, RightsVersion: made.RightsVersion, JoinedAt: began,
	})
	if !ident.Valid(string(made.ID)) {
		t.Errorf("the id %q is not one", made.ID)
	}
	e := f.only(event.UserRegistered)
	f.recorded(e, stranger, made)
	if e.Cutoff != nil {
		t.Error("a registration revokes nothing")
	}
	f.silent()
}

// Case H06: flags in the draft are never effective, whoever registers.
func TestRegister_never_gives_a_flag(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, who := range []access.Caller{{}, {Kind: access.Anonymous}, f.as(f.addSuperuser("root")), operator} {
		d := draft("mallory-" + string(who.Kind))
		d.Staff, d.Superuser = true, true
		made := must(f.Register(t.Context(), who, d))(t)
		if kept := f.kept(made.ID); kept.Staff || kept.Superuser || made.Staff || made.Superuser {
			t.Errorf("%q registered an account with flags: %+v", who.Kind, kept)
		}
	}
}

// Case F48: closed is closed, for everybody.
func TestRegister_closed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.RegistrationOpen = false
	for _, who := range []access.Caller{{}, operator} {
		_, err := f.Register(t.Context(), who, draft("alice"))
		fails(t, "Register", err, account.ErrRegistrationClosed)
	}
	_, err := f.db.UserByUsername(t.Context(), "alice", "alice")
	fails(t, "the account", err, user.ErrNotFound)
}

// Case L21: one name, whatever its case and normalisation; the preset's rule is
// Django's, which tells cases apart.
func TestRegister_names_that_look_alike(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.add("Straße")
	for _, again := range []string{"Straße", "STRASSE", "straße", " Straße ", "Ｓtraße"} {
		_, err := f.Register(t.Context(), access.Caller{}, draft(again))
		fails(t, again, err, user.ErrUsernameTaken)
		equal(t, again, fault.Of(err).Fields, map[string][]string{"username": {"A user with that username already exists."}})
	}

	f.Naming = user.Naming{CaseSensitive: true}
	f.add("alice")
	f.add("Alice")
	_, err := f.Register(t.Context(), access.Caller{}, draft("Ａlice"))
	fails(t, "the same name in full width", err, user.ErrUsernameTaken)
}

func TestRegister_says_every_problem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	long := strings.Repeat("ü", 151)
	for name, c := range map[string]struct {
		d    account.Draft
		want []string // the fields with problems
	}{
		"everything":          {account.Draft{Email: "x", FirstName: long, LastName: "a\x00"}, []string{"email", "first_name", "last_name", "username"}},
		"username with space": {account.Draft{Username: "a b", Password: secret.New(plain)}, []string{"username"}},
		"username, bad UTF-8": {account.Draft{Username: "a\xff", Password: secret.New(plain)}, []string{"username"}},
		"password alone":      {account.Draft{Username: "bob"}, []string{"password"}},
		"password like name":  {account.Draft{Username: "bobbington", Password: secret.New("bobbington1")}, []string{"password"}},
		"password too long":   {account.Draft{Username: "bob", Password: secret.New(strings.Repeat("Aa1-", 257))}, []string{"password"}},
	} {
		_, err := f.Register(t.Context(), access.Caller{}, c.d)
		fails(t, name, err, user.ErrInvalid)
		var got []string
		for field, problems := range fault.Of(err).Fields {
			if len(problems) == 0 || slices.Contains(problems, "") {
				t.Errorf("%s: %s has no problem: %q", name, field, problems)
			}
			got = append(got, field)
		}
		slices.Sort(got)
		equal(t, name, got, c.want)
	}
}

// Case F47: of fifty registrations of one name and its variants at once, one makes
// an account, and the others are told that the name is taken.
func TestRegister_race(t *testing.T) {
	t.Parallel()
	variants := []string{"racer", "Racer", "RACER", "ｒacer", " racer"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		errs := together(50, func(i int) error {
			_, err := f.Register(t.Context(), access.Caller{}, draft(variants[i%len(variants)]))
			return err
		})
		if n := winners(t, errs, user.ErrUsernameTaken); n != 1 {
			t.Errorf("%d registrations succeeded, want one", n)
		}
		f.only(event.UserRegistered)
	})
}

// With integer ids every account has the next number, also at once, and the
// number of a deleted account is not given again.
func TestRegister_integer_ids(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		f.IntegerIDs = true
		first := f.add("first")
		equal(t, "the first id", first.ID, "1")
		ids := make([]string, 12)
		errs := together(len(ids), func(i int) error {
			u, err := f.Register(t.Context(), access.Caller{}, draft("u"+string(rune('a'+i))))
			ids[i] = string(u.ID)
			return err
		})
		if n := winners(t, errs); n != len(ids) {
			t.Fatalf("%d registrations succeeded, want all", n)
		}
		slices.Sort(ids)
		equal(t, "the ids", ids, []string{"10", "11", "12", "13", "2", "3", "4", "5", "6", "7", "8", "9"})

		ok(t, f.Delete(t.Context(), operator, "13"))
		equal(t, "the id after a deletion", f.add("last").ID, "14")
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	staff := func(d account.Draft) account.Draft { d.Staff = true; return d }
	super := func(d account.Draft) account.Draft { d.Superuser = true; return d }
	plainly := func(d account.Draft) account.Draft { return d }

	adder := f.as(f.add("adder", access.AddUser))
	staffAdder := adder
	staffAdder.Rights.Staff = true
	root := f.as(f.addSuperuser("root"))
	for i, c := range []struct {
		who   access.Caller
		flags func(account.Draft) account.Draft
		want  error
	}{
		{access.Caller{}, plainly, access.ErrAnonymous},
		{f.as(f.add("nobody", access.ViewUser, access.ChangeUser)), plainly, access.ErrForbidden},
		{adder, plainly, nil},
		{adder, staff, account.ErrGivesFlag},
		{adder, super, account.ErrGivesFlag},
		{staffAdder, staff, nil},
		{staffAdder, super, account.ErrGivesFlag},
		{root, super, nil},
		{operator, staff, nil},
	} {
		d := c.flags(draft("made" + string(rune('a'+i))))
		made, err := f.Create(t.Context(), c.who, d)
		fails(t, d.Username, err, c.want)
		if err != nil {
			continue
		}
		if made.Staff != d.Staff || made.Superuser != d.Superuser {
			t.Errorf("%s: flags %v %v, want %v %v", d.Username, made.Staff, made.Superuser, d.Staff, d.Superuser)
		}
		created := f.events(event.UserCreated)
		f.recorded(created[len(created)-1], c.who, made)
	}
	f.silent()
}

// nameless is a store that cannot look for names now.
type nameless struct{ account.Store }

var errNameless = errors.New("the disk is on fire")

func (nameless) UserByUsername(context.Context, string, string) (user.User, error) {
	return user.User{}, errNameless
}

// A name that cannot be looked for is not taken for one that is free.
func TestRegister_while_the_database_fails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Store = nameless{f.db}
	_, err := f.Register(t.Context(), access.Caller{}, draft("alice"))
	fails(t, "Register", err, errNameless)
	equal(t, "events", len(f.events(event.UserRegistered)), 0)
}
