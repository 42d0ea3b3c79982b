package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// A profile is no part of a token: changing it revokes nothing.
func TestUpdate_profile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	device := f.signIn(alice)
	changer := f.as(f.add("changer", access.ChangeUser))

	after := must(f.Update(t.Context(), changer, alice.ID, account.Change{
		Email: new("Alice@NEW.example"), FirstName: new("Alice"), LastName: new("A."),
	}))(t)
	want := alice
	want.Email, want.EmailKey, want.FirstName, want.LastName = "Alice@new.example", "alice@new.example", "Alice", "A."
	want.Version++
	equal(t, "the account", f.kept(alice.ID), want)
	equal(t, "what Update returns", after, want)
	e := f.only(event.UserUpdated)
	f.recorded(e, changer, alice)
	if e.Cutoff != nil || !f.live(device) {
		t.Errorf("a new profile revoked something: %+v", e.Cutoff)
	}
	profile := func(email, first, last string) map[string]any {
		return map[string]any{"username": "alice", "email": email, "first_name": first, "last_name": last, "staff": false, "superuser": false}
	}
	equal(t, "the detail", detail(t, e), map[string]any{
		"before": profile("someone@example.org", "", ""), "after": profile("Alice@new.example", "Alice", "A."),
	})

	must(f.Update(t.Context(), changer, alice.ID, account.Change{FirstName: new("Alice")}))(t)
	f.only(event.UserUpdated) // what changes nothing is not recorded
	f.silent()
}

// A token says name and flags: each change of them makes older tokens stale, and
// ends no session.
func TestUpdate_what_tokens_say(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]account.Change{
		"username":        {Username: new("alicia")},
		"case alone":      {Username: new("Alice")},
		"staff":           {Staff: new(true)},
		"superuser":       {Superuser: new(true)},
		"with an address": {Username: new("alicia"), Email: new("a@example.org")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			alice := f.add("alice")
			device := f.signIn(alice)
			after := must(f.Update(t.Context(), operator, alice.ID, c))(t)
			if after.RightsVersion != alice.RightsVersion+1 {
				t.Errorf("rights version %d, want %d", after.RightsVersion, alice.RightsVersion+1)
			}
			e := f.only(event.UserUpdated)
			f.cutOff(e, alice.ID, after.RightsVersion, verify.ReasonRolesChanged)
			if !f.live(device) {
				t.Error("a session ended")
			}
			equal(t, "what is kept", f.kept(alice.ID), after)
		})
	}
}

func TestUpdate_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob")
	for name, c := range map[string]struct {
		change account.Change
		want   error
		field  string
	}{
		"name of another":       {account.Change{Username: new("BOB")}, user.ErrUsernameTaken, "username"},
		"no name":               {account.Change{Username: new("")}, user.ErrInvalid, "username"},
		"no address":            {account.Change{Email: new("nowhere")}, user.ErrInvalid, "email"},
		"control character":     {account.Change{LastName: new("a\x1b[31m")}, user.ErrInvalid, "last_name"},
		"first name with a NUL": {account.Change{FirstName: new("\x00")}, user.ErrInvalid, "first_name"},
	} {
		_, err := f.Update(t.Context(), operator, alice.ID, c.change)
		fails(t, name, err, c.want)
		if f := fault.Of(err); f == nil || len(f.Fields[c.field]) == 0 {
			t.Errorf("%s: %v does not name the field %s", name, err, c.field)
		}
	}
	_, err := f.Update(t.Context(), operator, "nobody", account.Change{})
	fails(t, "no account", err, user.ErrNotFound)
	equal(t, "alice", f.kept(alice.ID), alice)
	equal(t, "bob", f.kept(bob.ID), bob)
	equal(t, "events", len(f.events(event.UserUpdated)), 0)
}

// Case H22: nobody acts on somebody who holds more, and nobody gives a flag that
// they do not have.
func TestUpdate_holds_more(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	flagged := func(name string, c account.Change) user.User {
		return must(f.Update(t.Context(), operator, f.add(name, access.ChangeUser).ID, c))(t)
	}
	changer := f.as(f.add("changer", access.ChangeUser))
	staff := f.as(flagged("staff", account.Change{Staff: new(true)}))
	root := f.as(f.addSuperuser("root"))
	small, more := f.add("small"), f.add("more", access.ViewUser, access.ChangeUser)

	mail := account.Change{Email: new("x@example.org")}
	for name, c := range map[string]struct {
		who    access.Caller
		on     user.User
		change account.Change
		want   error
	}{
		"less":                          {changer, small, mail, nil},
		"more":                          {changer, more, mail, access.ErrHoldsMore},
		"staff by plain":                {changer, f.kept(staff.UserID), mail, access.ErrHoldsMore},
		"superuser by plain":            {changer, f.kept(root.UserID), mail, access.ErrHoldsMore},
		"superuser by staff":            {staff, f.kept(root.UserID), mail, access.ErrHoldsMore},
		"more, by superuser":            {root, more, mail, nil},
		"superuser by operator":         {operator, f.kept(root.UserID), mail, nil},
		"oneself":                       {changer, f.kept(changer.UserID), mail, nil},
		"oneself to staff":              {changer, f.kept(changer.UserID), account.Change{Staff: new(true)}, account.ErrGivesFlag},
		"oneself to superuser":          {changer, f.kept(changer.UserID), account.Change{Superuser: new(true)}, account.ErrGivesFlag},
		"staff gives superuser":         {staff, small, account.Change{Superuser: new(true)}, account.ErrGivesFlag},
		"no permission":                 {f.as(small), small, mail, access.ErrForbidden},
		"flag that is there, set again": {staff, f.kept(staff.UserID), account.Change{Staff: new(true)}, nil},
		"flag of oneself, given up":     {staff, f.kept(staff.UserID), account.Change{Staff: new(true), Superuser: new(false)}, nil},
		"flag that is not there, taken": {staff, small, account.Change{Staff: new(false)}, nil},
	} {
		_, err := f.Update(t.Context(), c.who, c.on.ID, c.change)
		fails(t, name, err, c.want)
	}
}

// The account that the decision was made on is the account that is changed: rights
// that came between reading and writing refuse the change.
func TestUpdate_changed_meanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	changer := f.as(f.add("changer", access.ChangeUser))
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(account.Store) error) error {
		if _, err := f.db.RaiseRightsVersion(ctx, alice.ID); err != nil {
			return err
		}
		return inTx(ctx, do)
	}
	_, err := f.Update(t.Context(), changer, alice.ID, account.Change{Email: new("x@example.org")})
	fails(t, "Update", err, user.ErrChanged)
	equal(t, "the address", f.kept(alice.ID).Email, alice.Email)
	equal(t, "events", len(f.events(event.UserUpdated)), 0)
}

// promoting is a store in which the account becomes a superuser at the moment when
// its rights are read: before it, or right after.
type promoting struct {
	account.Store
	before, after func(context.Context)
}

func (p promoting) Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error) {
	p.before(ctx)
	defer p.after(ctx)
	return p.Store.Rights(ctx, id, at)
}

// Case H22: rights that come while the decision is made are part of it.
func TestUpdate_given_more_meanwhile(t *testing.T) {
	t.Parallel()
	for want, when := range map[error]string{access.ErrHoldsMore: "before", user.ErrChanged: "after"} {
		f := newFixture(t)
		alice := f.add("alice")
		changer := f.as(f.add("changer", access.ChangeUser))
		promote := func(ctx context.Context) {
			promoted := f.kept(alice.ID)
			promoted.Superuser = true
			ok(t, f.db.UpdateUser(ctx, promoted))
			must(f.db.RaiseRightsVersion(ctx, alice.ID))(t)
		}
		p := promoting{f.db, func(context.Context) {}, func(context.Context) {}}
		if when == "before" {
			p.before = promote
		} else {
			p.after = promote
		}
		f.Store = p
		_, err := f.Update(t.Context(), changer, alice.ID, account.Change{Email: new("x@example.org")})
		fails(t, when, err, want)
		equal(t, "the address", f.kept(alice.ID).Email, alice.Email)
	}
}

// Of a disabling and changes at the same moment, the disabling always stays.
func TestUpdate_never_undoes_a_disabling(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		root := f.as(f.addSuperuser("root"))
		for round := range 5 {
			alice := f.add("alice" + string(rune('a'+round)))
			errs := together(8, func(i int) error {
				if i == 0 {
					return f.Disable(t.Context(), root, alice.ID)
				}
				_, err := f.Update(t.Context(), root, alice.ID, account.Change{
					FirstName: new(string(rune('a' + i))), Staff: new(i%2 == 0),
				})
				return err
			})
			winners(t, errs, user.ErrChanged)
			ok(t, errs[0])
			if kept := f.kept(alice.ID); kept.Active {
				t.Fatalf("round %d: the disabled account is active again: %+v", round, kept)
			}
		}
	})
}

// Case H08: one's own profile is email and names, whatever else is asked for.
func TestUpdateSelf(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	after := must(f.UpdateSelf(t.Context(), f.as(alice), account.Change{
		Username: new("root"), Email: new("new@example.org"), FirstName: new("A"), LastName: new("B"),
		Staff: new(true), Superuser: new(true),
	}))(t)
	want := alice
	want.Email, want.EmailKey, want.FirstName, want.LastName = "new@example.org", "new@example.org", "A", "B"
	want.Version++
	equal(t, "the account", f.kept(alice.ID), want)
	equal(t, "what UpdateSelf returns", after, want)
	e := f.only(event.UserUpdated)
	f.recorded(e, f.as(alice), alice)
	if e.Cutoff != nil {
		t.Error("one's own profile revokes nothing")
	}

	_, err := f.UpdateSelf(t.Context(), f.as(alice), account.Change{Email: new("nowhere")})
	fails(t, "a bad address", err, user.ErrInvalid)
	_, err = f.UpdateSelf(t.Context(), access.Caller{}, account.Change{})
	fails(t, "nobody", err, access.ErrAnonymous)
	_, err = f.UpdateSelf(t.Context(), operator, account.Change{})
	fails(t, "the command line, which has no account", err, user.ErrNotFound)
}

// Case E18: disabling ends everything, once; enabling brings nothing back.
func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob")
	devices := []ident.SessionID{f.signIn(alice), f.signIn(alice)}
	bobs := f.signIn(bob)
	root := f.as(f.addSuperuser("root"))

	for range 2 {
		ok(t, f.Disable(t.Context(), root, alice.ID))
	}
	kept := f.kept(alice.ID)
	if kept.Active || kept.RightsVersion != alice.RightsVersion+1 {
		t.Errorf("active %v, rights version %d, want inactive and %d", kept.Active, kept.RightsVersion, alice.RightsVersion+1)
	}
	e := f.only(event.UserDisabled)
	f.recorded(e, root, alice)
	f.cutOff(e, alice.ID, kept.RightsVersion, "user_disabled")
	equal(t, "sessions_ended", detail(t, e)["sessions_ended"], any(2.0))
	for _, id := range devices {
		equal(t, "the session", must(f.db.Session(t.Context(), id))(t).EndReason, session.UserDisabled)
	}
	if !f.live(bobs) {
		t.Error("the session of another ended")
	}

	for range 2 {
		ok(t, f.Enable(t.Context(), root, alice.ID))
	}
	e = f.only(event.UserEnabled)
	f.recorded(e, root, alice)
	if kept = f.kept(alice.ID); !kept.Active || e.Cutoff != nil || f.live(devices[0]) {
		t.Errorf("enabled: %+v, cut-off %+v, session live %v", kept, e.Cutoff, f.live(devices[0]))
	}
	if kept.RightsVersion != alice.RightsVersion+1 {
		t.Error("tokens from before the disabling are good again")
	}
	f.silent()
}

func TestDisable_is_recorded_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		alice := f.add("alice")
		f.signIn(alice)
		winners(t, together(16, func(int) error { return f.Disable(t.Context(), operator, alice.ID) }))
		e := f.only(event.UserDisabled)
		f.cutOff(e, alice.ID, alice.RightsVersion+1, "user_disabled")
		equal(t, "the rights version", f.kept(alice.ID).RightsVersion, alice.RightsVersion+1)
	})
}

// Case E19: who registers the name of a deleted account gets nothing of it.
func TestDelete(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice", access.ViewUser, access.ChangeUser)
	f.signIn(alice)
	root := f.as(f.addSuperuser("root"))

	ok(t, f.Delete(t.Context(), root, alice.ID))
	_, err := f.db.User(t.Context(), alice.ID)
	fails(t, "the account", err, user.ErrNotFound)
	e := f.only(event.UserDeleted)
	f.recorded(e, root, alice)
	f.cutOff(e, alice.ID, alice.RightsVersion+1, "user_deleted")
	equal(t, "email in the detail", detail(t, e)["email"], any(alice.Email))
	fails(t, "twice", f.Delete(t.Context(), root, alice.ID), user.ErrNotFound)

	again := f.add("alice")
	if again.ID == alice.ID {
		t.Fatal("the id was given again")
	}
	if rights := f.as(again).Rights; len(rights.Permissions)+len(rights.Roles) != 0 || rights.Staff || rights.Superuser {
		t.Errorf("the new account holds %+v", rights)
	}
	of := must(f.db.Sessions(t.Context(), session.Filter{UserID: again.ID, LiveAt: f.now}, page.Request{}))(t)
	equal(t, "its sessions", len(of.Items), 0)
	f.silent()
}

func TestDelete_is_recorded_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		alice := f.add("alice")
		f.signIn(alice)
		errs := together(16, func(int) error { return f.Delete(t.Context(), operator, alice.ID) })
		if n := winners(t, errs, user.ErrNotFound); n != 1 {
			t.Errorf("%d deletions succeeded, want one", n)
		}
		f.only(event.UserDeleted)
	})
}
