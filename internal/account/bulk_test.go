package account_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

func (f *fixture) bulk() *account.Bulk {
	return &account.Bulk{
		Accounts: f.Service, Roles: f.roles(),
		Sessions: &session.Service{Store: f.db, InTx: store.TxFunc[session.Administration](f.db), Now: f.Now, Horizon: horizon},
	}
}

// does checks what became of each.
func (f *fixture) does(who access.Caller, r account.BulkRequest, want ...account.BulkResult) {
	f.t.Helper()
	got := must(f.bulk().Do(f.t.Context(), who, r))(f.t)
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", r.Action, diff)
	}
}

// Each is decided by itself, in the order of the request; what is refused for one
// leaves the others alone.
func TestBulk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		who := f.as(f.add("changer", access.ChangeUser, access.DeleteUser, access.EndSession))
		ann, bob, more, root := f.add("ann"), f.add("bob"), f.add("more", access.ViewKey), f.addSuperuser("root")
		clerks := role.Role{ID: ident.RoleID(ident.New()), Name: "clerks", CreatedAt: f.now}
		keepers := role.Role{ID: ident.RoleID(ident.New()), Name: "keepers", CreatedAt: f.now, Permissions: []access.Permission{access.ViewKey}}
		ok(t, db.InsertRole(t.Context(), clerks))
		ok(t, db.InsertRole(t.Context(), keepers))
		all := []ident.UserID{bob.ID, root.ID, "nobody", ann.ID, bob.ID, more.ID, "", "not\x00one"}
		each := func(of error) []account.BulkResult {
			return []account.BulkResult{
				{ID: bob.ID, Err: of}, {ID: root.ID, Err: access.ErrHoldsMore}, {ID: "nobody", Err: user.ErrNotFound}, {ID: ann.ID, Err: of},
				{ID: more.ID, Err: access.ErrHoldsMore}, {ID: "", Err: user.ErrNotFound}, {ID: "not\x00one", Err: user.ErrNotFound},
			}
		}
		device, safe := f.signIn(ann), f.signIn(more)
		f.does(who, account.BulkRequest{Action: account.BulkEndSessions, IDs: all}, each(nil)...)
		if f.live(device) || !f.live(safe) {
			t.Error("the session of ann lives, or that of more does not")
		}
		f.does(who, account.BulkRequest{Action: account.BulkAssignRole, IDs: all, Role: clerks.ID}, each(nil)...)
		equal(t, "ann's roles", must(db.Rights(t.Context(), ann.ID, f.now))(t).Roles, []string{"clerks"})
		f.does(who, account.BulkRequest{Action: account.BulkRemoveRole, IDs: all, Role: clerks.ID}, each(nil)...)
		equal(t, "ann's roles", must(db.Rights(t.Context(), ann.ID, f.now))(t).Roles, nil)
		f.does(who, account.BulkRequest{Action: account.BulkAssignRole, IDs: all[3:5], Role: keepers.ID},
			account.BulkResult{ID: ann.ID, Err: access.ErrGivesMore}, account.BulkResult{ID: bob.ID, Err: access.ErrGivesMore})
		f.does(who, account.BulkRequest{Action: account.BulkAssignRole, IDs: all[3:4], Role: "none"}, account.BulkResult{ID: ann.ID, Err: role.ErrNotFound})
		ok(t, f.Disable(t.Context(), operator, bob.ID))
		disabled := each(nil)
		disabled[0].Already = true
		f.does(who, account.BulkRequest{Action: account.BulkDisable, IDs: all}, disabled...)
		equal(t, "who was disabled", len(f.events(event.UserDisabled)), 2)
		equal(t, "root", f.kept(root.ID), root)
		f.does(who, account.BulkRequest{Action: account.BulkEnable, IDs: all}, each(nil)...)
		equal(t, "ann is active", f.kept(ann.ID).Active, true)
		f.does(who, account.BulkRequest{Action: account.BulkDelete, IDs: all}, each(nil)...)
		f.does(operator, account.BulkRequest{Action: account.BulkDelete, IDs: []ident.UserID{root.ID, more.ID, ann.ID}},
			account.BulkResult{ID: root.ID, Err: user.ErrLastSuperuser}, account.BulkResult{ID: more.ID}, account.BulkResult{ID: ann.ID, Err: user.ErrNotFound})
	})
}

// Who may not is told so before anything of the request is looked at.
func TestBulk_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ann := f.add("ann")
	one, many := []ident.UserID{ann.ID}, make([]ident.UserID, account.MaxBulk+1)
	changer, nobody := f.as(f.add("changer", access.ChangeUser)), f.as(f.add("plain"))
	for name, c := range map[string]struct {
		who  access.Caller
		r    account.BulkRequest
		want error
	}{
		"anonymous":          {access.Caller{}, account.BulkRequest{Action: account.BulkDisable, IDs: one}, access.ErrAnonymous},
		"no permission":      {nobody, account.BulkRequest{Action: account.BulkEnable, IDs: one}, access.ErrForbidden},
		"and a broken form":  {nobody, account.BulkRequest{Action: "explode"}, access.ErrForbidden},
		"may not delete":     {changer, account.BulkRequest{Action: account.BulkDelete, IDs: many}, access.ErrForbidden},
		"may not sign out":   {changer, account.BulkRequest{Action: account.BulkEndSessions, IDs: one}, access.ErrForbidden},
		"an unknown action":  {changer, account.BulkRequest{Action: "explode", IDs: one}, account.ErrBulkAction},
		"no action":          {changer, account.BulkRequest{IDs: one}, account.ErrBulkAction},
		"nobody":             {changer, account.BulkRequest{Action: account.BulkDisable}, account.ErrBulkNobody},
		"too many":           {changer, account.BulkRequest{Action: account.BulkDisable, IDs: many}, account.ErrBulkMany},
		"no role":            {changer, account.BulkRequest{Action: account.BulkAssignRole, IDs: one}, account.ErrBulkRole},
		"a role for nothing": {changer, account.BulkRequest{Action: account.BulkDisable, IDs: one, Role: "r"}, account.ErrBulkRole},
	} {
		got, err := f.bulk().Do(t.Context(), c.who, c.r)
		fails(t, name, err, c.want)
		equal(t, name, len(got), 0)
	}
	equal(t, "ann", f.kept(ann.ID), ann)
}

// What fails in between, and is nobody's refusal, ends it: what is done stays done.
func TestBulk_fails_in_between(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ann, bob := f.add("ann"), f.add("bob")
	inTx, broken := f.InTx, errors.New("the disk is gone")
	runs := 0
	f.InTx = func(ctx context.Context, do func(account.Store) error) error {
		if runs++; runs > 1 {
			return broken
		}
		return inTx(ctx, do)
	}
	got, err := f.bulk().Do(t.Context(), operator, account.BulkRequest{Action: account.BulkDisable, IDs: []ident.UserID{ann.ID, bob.ID}})
	fails(t, "the second", err, broken)
	equal(t, "what is done", got, []account.BulkResult{{ID: ann.ID}})
	f.InTx = inTx
	f.does(operator, account.BulkRequest{Action: account.BulkDisable, IDs: []ident.UserID{ann.ID, bob.ID}},
		account.BulkResult{ID: ann.ID, Already: true}, account.BulkResult{ID: bob.ID})
}

// Two who each disable both superusers in one request leave one.
func TestBulk_last_superuser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		all := []user.User{f.addSuperuser("one"), f.addSuperuser("two")}
		callers := []access.Caller{f.as(all[0]), f.as(all[1])}
		winners(t, together(2, func(i int) error {
			r := account.BulkRequest{Action: account.BulkDisable, IDs: []ident.UserID{all[i].ID, all[1-i].ID}}
			_, err := f.bulk().Do(t.Context(), callers[i], r)
			return err
		}))
		if one, two := f.kept(all[0].ID).Active, f.kept(all[1].ID).Active; one == two {
			t.Errorf("both superusers are active: %v", one)
		}
	})
}
