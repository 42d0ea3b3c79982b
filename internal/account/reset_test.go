package account_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

const public = "https://auth.example.org"

// resetLink makes a link and returns its token.
func (f *fixture) resetLink(who access.Caller, of user.User) secret.Text {
	f.t.Helper()
	f.PublicURL = public
	made := must(f.MakeResetLink(f.t.Context(), who, of.ID))(f.t)
	return secret.New(strings.TrimPrefix(made.URL.Reveal(), public+account.ResetPath))
}

// reset uses a link.
func (f *fixture) reset(token secret.Text, next string) error {
	_, err := f.ResetPassword(f.t.Context(), from, token, secret.New(next))
	return err
}

// resets reports whether a link works. It looks at it only.
func (f *fixture) resets(token secret.Text) bool {
	f.t.Helper()
	_, err := f.ResetUser(f.t.Context(), token)
	if err != nil {
		fails(f.t, "a link that does not work", err, account.ErrResetLink)
	}
	return err == nil
}

func TestMakeResetLink(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.PublicURL = public
	alice := f.add("alice")
	device := f.signIn(alice)
	changer := f.as(f.add("changer", access.ChangeUser))
	made := must(f.MakeResetLink(t.Context(), changer, alice.ID))(t)
	equal(t, "until", made.ExpiresAt, f.now.Add(30*time.Minute))
	token, below := strings.CutPrefix(made.URL.Reveal(), public+"/account/reset/")
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 || !below {
		t.Errorf("the link %s has %d bytes (%v), want 32", made.URL.Reveal(), len(raw), err)
	}
	if strings.Contains(made.URL.String(), token) {
		t.Error("the link prints itself")
	}
	if _, err := f.db.ResetLink(t.Context(), []byte(token), f.now); err == nil {
		t.Error("the link itself is kept")
	}
	e := f.only(event.UserResetLinkMade)
	f.recorded(e, changer, alice)
	equal(t, "detail", detail(t, e), map[string]any{"expires_at": made.ExpiresAt.Format(time.RFC3339)})
	equal(t, "the account", f.kept(alice.ID), alice)
	if !f.live(device) {
		t.Error("making a link ended a session")
	}
	f.silent(token)
}

func TestMakeResetLink_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alice")
	changer := f.as(f.add("changer", access.ChangeUser))
	off := f.add("off")
	ok(t, f.Disable(t.Context(), operator, off.ID))
	for name, c := range map[string]struct {
		who  access.Caller
		on   user.User
		want error
	}{
		"one's own":                    {changer, user.User{ID: changer.UserID}, account.ErrOwnPassword},
		"one's own without permission": {f.as(alice), alice, access.ErrForbidden},
		"nobody's":                     {changer, user.User{ID: "nobody"}, user.ErrNotFound},
		"a disabled one's":             {changer, off, account.ErrDisabled},
	} {
		_, err := f.MakeResetLink(t.Context(), c.who, c.on.ID)
		fails(t, name, err, c.want)
	}
	equal(t, "links recorded", len(f.events(event.UserResetLinkMade)), 0)
}

// Case E20: a reset ends everything that was open, and a password that was given out
// must not be changed once more.
func TestResetPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	given := f.add("given")
	given.PasswordMustChange = true
	ok(t, f.db.DeleteUser(t.Context(), given.ID))
	ok(t, f.db.InsertUser(t.Context(), given))
	bobs := f.signIn(f.add("bob"))
	device := f.signIn(given)
	giver := f.as(f.add("changer", access.ChangeUser))
	token := f.resetLink(giver, given)
	for range 2 {
		equal(t, "whose link it is", must(f.ResetUser(t.Context(), token))(t).ID, given.ID)
	}
	reset := must(f.ResetPassword(t.Context(), from, token, secret.New(other)))(t)
	equal(t, "whose password it is", reset.ID, given.ID)
	if kept := f.kept(given.ID); kept.PasswordMustChange || !f.opens(given.ID, other) || kept.RightsVersion != given.RightsVersion+1 {
		t.Errorf("the account is %+v", kept)
	}
	e := f.only(event.UserPasswordChanged)
	f.recorded(e, access.Caller{Kind: access.Anonymous, Name: "reset link", Origin: from}, given)
	f.cutOff(e, given.ID, given.RightsVersion+1, "password_changed")
	said := detail(t, e)
	delete(said, "cutoff")
	equal(t, "detail", said, map[string]any{"how": "reset_link", "link_made_by": string(giver.UserID), "sessions_ended": 1.0})
	equal(t, "the session", must(f.db.Session(t.Context(), device))(t).EndReason, session.PasswordChanged)
	if !f.live(bobs) {
		t.Error("the session of another ended")
	}
	fails(t, "the link again", f.reset(token, "Th1rd-pass-44"), account.ErrResetLink)
	f.silent(token.Reveal())
}

// What the person can correct leaves the link open.
func TestResetPassword_bad_password_leaves_the_link(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.add("alicewonder")
	token := f.resetLink(operator, alice)
	for name, c := range map[string]struct{ next, says string }{
		"common":        {"password1", "This password is too common."},
		"like the name": {"alicewonder1", "The password is too similar to the username."},
		"too long":      {strings.Repeat("x", 1025), "This password is too long. It must contain at most 1024 bytes."},
	} {
		err := f.reset(token, c.next)
		fails(t, name, err, user.ErrInvalid)
		equal(t, name, fault.Of(err).Fields, map[string][]string{"password": {c.says}})
	}
	equal(t, "the account", f.kept(alice.ID), alice)
	ok(t, f.reset(token, other))
}

func TestResetPassword_links_that_do_not_work(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice, bob := f.add("alice"), f.add("bob")
	old := f.resetLink(operator, alice)
	token := f.resetLink(operator, alice)
	bobs := f.resetLink(operator, bob)
	for name, c := range map[string]struct {
		token secret.Text
		after time.Duration
		live  bool
	}{
		"the new one":      {token, 0, true},
		"until the end":    {token, account.ResetLifetime - time.Millisecond, true},
		"at the end":       {token, account.ResetLifetime, false},
		"the replaced one": {old, 0, false},
		"another's":        {bobs, 0, true},
		"nothing":          {secret.Text{}, 0, false},
		"one less":         {secret.New(token.Reveal()[1:]), 0, false},
		"with more":        {secret.New(token.Reveal() + "A"), 0, false},
		"padded":           {secret.New(token.Reveal() + "="), 0, false},
		"a NUL":            {secret.New("\x00"), 0, false},
		"no text":          {secret.New("\xff"), 0, false},
	} {
		f.now = began.Add(c.after)
		equal(t, name, f.resets(c.token), c.live)
		if !c.live {
			fails(t, name, f.reset(c.token, other), account.ErrResetLink)
		}
	}
	equal(t, "the account", f.kept(alice.ID), alice)
}

// Of fifty at once one sets the password.
func TestResetPassword_race(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		alice := f.add("alice")
		token := f.resetLink(f.as(f.addSuperuser("root")), alice)
		next := func(i int) string { return "Str0ng-pass-" + string(rune('A'+i%26)) + string(rune('a'+i/26)) }
		errs := together(50, func(i int) error { return f.reset(token, next(i)) })
		if n := winners(t, errs, account.ErrResetLink); n != 1 {
			t.Errorf("%d passwords were set, want one", n)
		}
		for i, err := range errs {
			if err == nil && !f.opens(alice.ID, next(i)) {
				t.Error("the password is not the winner's")
			}
		}
		f.only(event.UserPasswordChanged)
		equal(t, "the rights version", f.kept(alice.ID).RightsVersion, alice.RightsVersion+1)
	})
}

// Of sixteen links for one account at once the last one works, and no other.
func TestMakeResetLink_race(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		f.PublicURL = public
		alice := f.add("alice")
		made := make([]account.Reset, 16)
		winners(t, together(len(made), func(i int) error {
			var err error
			made[i], err = f.MakeResetLink(t.Context(), operator, alice.ID)
			return err
		}))
		n := 0
		for _, m := range made {
			if f.resets(secret.New(strings.TrimPrefix(m.URL.Reveal(), public+account.ResetPath))) {
				n++
			}
		}
		equal(t, "links that work", n, 1)
	})
}
