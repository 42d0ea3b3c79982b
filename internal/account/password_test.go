package account_test

import (
	"context"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// opens reports whether the password is the account's.
func (f *fixture) opens(id ident.UserID, plain string) bool {
	f.t.Helper()
	match, _, err := f.Hasher.Check(f.t.Context(), f.kept(id).Password.Reveal(), secret.New(plain))
	ok(f.t, err)
	return match
}

// Cases E20 and E21: a new password ends everything that was open with the old
// one, the caller's own session too.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob")
	devices := []ident.SessionID{f.signIn(alice), f.signIn(alice)}
	bobs := f.signIn(bob)
	who := f.as(alice)
	who.Session = devices[0]

	ok(t, f.ChangePassword(t.Context(), who, secret.New(plain), secret.New(other)))
	if !f.opens(alice.ID, other) || f.opens(alice.ID, plain) {
		t.Error("the new password is not the password")
	}
	e := f.only(event.UserPasswordChanged)
	f.recorded(e, who, alice)
	f.cutOff(e, alice.ID, alice.RightsVersion+1, "password_changed")
	equal(t, "the rights version", f.kept(alice.ID).RightsVersion, alice.RightsVersion+1)
	equal(t, "sessions_ended", detail(t, e)["sessions_ended"], any(2.0))
	for _, id := range devices {
		equal(t, "the session", must(f.db.Session(t.Context(), id))(t).EndReason, session.PasswordChanged)
	}
	if !f.live(bobs) {
		t.Error("the session of another ended")
	}
	f.silent()
}

func TestChangePassword_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alicewonder")
	device := f.signIn(alice)
	for name, c := range map[string]struct {
		current, next string
		want          error
		field         string
		says          []string
	}{
		"wrong":             {"wrong", other, account.ErrWrongPassword, "current_password", []string{"The current password is not right."}},
		"wrong by case":     {strings.ToLower(plain), other, account.ErrWrongPassword, "current_password", []string{"The current password is not right."}},
		"wrong and no next": {"", "", account.ErrWrongPassword, "current_password", []string{"The current password is not right."}},
		"wrong by length":   {strings.Repeat("x", 1025), other, account.ErrWrongPassword, "current_password", []string{"The current password is not right."}},
		"four problems": {plain, "123456", user.ErrInvalid, "new_password", []string{
			"This password is too short. It must contain at least 8 characters.",
			"This password is too common.", "This password is entirely numeric.",
		}},
		"like the name": {plain, "alicewonder1", user.ErrInvalid, "new_password", []string{"The password is too similar to the username."}},
		"too long": {plain, strings.Repeat("x", 1025), user.ErrInvalid, "new_password", []string{
			"This password is too long. It must contain at most 1024 bytes.",
		}},
	} {
		err := f.ChangePassword(t.Context(), f.as(alice), secret.New(c.current), secret.New(c.next))
		fails(t, name, err, c.want)
		equal(t, name, fault.Of(err).Fields, map[string][]string{c.field: c.says})
	}
	fails(t, "nobody", f.ChangePassword(t.Context(), access.Caller{}, secret.New(plain), secret.New(other)), access.ErrAnonymous)
	equal(t, "alice", f.kept(alice.ID), alice)
	if !f.live(device) || len(f.events(event.UserPasswordChanged)) != 0 {
		t.Error("a refused change changed something")
	}
}

// Whoever knew the old password only does not win against the new one that was set
// while they were asking.
func TestChangePassword_set_by_another_meanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(account.Store) error) error {
		f.InTx = inTx
		ok(t, f.SetPassword(ctx, operator, alice.ID, secret.New(other)))
		return inTx(ctx, do)
	}
	err := f.ChangePassword(t.Context(), f.as(alice), secret.New(plain), secret.New("Th1rd-pass-44"))
	fails(t, "ChangePassword", err, user.ErrChanged)
	if !f.opens(alice.ID, other) {
		t.Error("the password that was set is not the password")
	}
	f.only(event.UserPasswordChanged)
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	device := f.signIn(alice)
	changer := f.as(f.add("changer", access.ChangeUser))

	ok(t, f.SetPassword(t.Context(), changer, alice.ID, secret.New(other)))
	if !f.opens(alice.ID, other) || f.live(device) {
		t.Error("the password is not set, or the session lives")
	}
	e := f.only(event.UserPasswordChanged)
	f.recorded(e, changer, alice)
	f.cutOff(e, alice.ID, alice.RightsVersion+1, "password_changed")

	err := f.SetPassword(t.Context(), changer, alice.ID, secret.New("12345678"))
	fails(t, "a bad password", err, user.ErrInvalid)
	equal(t, "its problems", fault.Of(err).Fields, map[string][]string{
		"password": {"This password is too common.", "This password is entirely numeric."},
	})
	fails(t, "no account", f.SetPassword(t.Context(), changer, "nobody", secret.New(other)), user.ErrNotFound)
	fails(t, "one's own", f.SetPassword(t.Context(), changer, changer.UserID, secret.New(other)), account.ErrOwnPassword)
	f.silent()
}

// Cases F38, F44 and F46: a password is what was typed.
func TestSetPassword_exactly_as_typed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	for typed, wrong := range map[string][]string{
		"  blank at both ends ": {"blank at both ends", " blank at both ends "},
		"nul\x00in the middle":  {"nul", "nulin the middle"},
		"cafe\u0301-au-lait":    {"café-au-lait"},
	} {
		ok(t, f.SetPassword(t.Context(), operator, alice.ID, secret.New(typed)))
		if !f.opens(alice.ID, typed) {
			t.Errorf("%q is not the password", typed)
		}
		for _, w := range wrong {
			if f.opens(alice.ID, w) {
				t.Errorf("%q is the password besides %q", w, typed)
			}
		}
	}
}
