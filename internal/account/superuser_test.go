package account_test

import (
	"fmt"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// ends are the ways in which a superuser can go.
var ends = map[string]func(f *fixture, who access.Caller, id ident.UserID) error{
	"demoted": func(f *fixture, who access.Caller, id ident.UserID) error {
		_, err := f.Update(f.t.Context(), who, id, account.Change{Superuser: new(false)})
		return err
	},
	"disabled": func(f *fixture, who access.Caller, id ident.UserID) error { return f.Disable(f.t.Context(), who, id) },
	"deleted":  func(f *fixture, who access.Caller, id ident.UserID) error { return f.Delete(f.t.Context(), who, id) },
}

// The last active superuser stays, whoever asks: themselves, the command line.
func TestLastSuperuser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	root := f.addSuperuser("root")
	off := f.addSuperuser("off")
	ok(t, f.Disable(t.Context(), operator, off.ID))
	session, before := f.signIn(root), f.kept(root.ID)
	for name, end := range ends {
		for _, who := range []access.Caller{operator, f.as(root)} {
			fails(t, name, end(f, who, root.ID), user.ErrLastSuperuser)
		}
		equal(t, name, f.kept(root.ID), before)
	}
	if !f.live(session) {
		t.Error("a refused change ended the session")
	}
	equal(t, "events", len(f.events(event.UserDeleted))+len(f.events(event.UserUpdated)), 0)

	// What does not end them works, and so does ending one who may not sign in.
	must(f.Update(t.Context(), operator, root.ID, account.Change{Staff: new(false), FirstName: new("Rue")}))(t)
	must(f.Update(t.Context(), operator, off.ID, account.Change{Superuser: new(false)}))(t)
	must(f.Update(t.Context(), operator, off.ID, account.Change{Superuser: new(true)}))(t)
	ok(t, f.Delete(t.Context(), operator, off.ID))
	for name, end := range ends { // with another one, each way is open
		one := f.addSuperuser("one-" + name)
		ok(t, end(f, operator, one.ID))
	}
}

// Case H13: two superusers who end each other at the same moment leave one, in
// whatever way they do it.
func TestLastSuperuser_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		one := f.addSuperuser("one")
		round := 0
		for name, end := range ends {
			for range 15 {
				round++
				two := f.addSuperuser(fmt.Sprint("two", round))
				pair := []user.User{one, two}
				callers := []access.Caller{f.as(one), f.as(two)}
				errs := together(2, func(i int) error { return end(f, callers[i], pair[1-i].ID) })
				if winners(t, errs, user.ErrLastSuperuser) != 1 {
					t.Fatalf("%s: errors %v, want one", name, errs)
				}
				if errs[1] == nil { // the second one ended the first
					one = two
				}
				if u := f.kept(one.ID); !u.Active || !u.Superuser {
					t.Fatalf("%s: who is left is %+v", name, u)
				}
			}
		}
	})
}
