package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/session"
)

// Case H22: who is given more in the moment in which a lesser administrator ends their
// sessions keeps them.
func TestEndAll_of_who_is_given_more_meanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ender, alice := f.add("ender", access.EndSession), f.add("alice")
	hers := f.signIn(alice)
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(session.Administration) error) error {
		_, err := f.db.GrantPermission(ctx, alice.UserID, access.RotateKey, time.Time{})
		ok(t, err)
		return inTx(ctx, do)
	}
	fails(t, "given more meanwhile", f.EndAll(t.Context(), ender, alice.UserID), access.ErrHoldsMore)
	f.ended(hers, time.Time{}, "")
	if found := f.events(event.SessionsEnded); len(found) != 0 {
		t.Errorf("what was refused is recorded: %v", found)
	}
	ok(t, f.SignOutEverywhere(t.Context(), alice))
	f.ended(hers, began, session.SignedOutEverywhere)
}
