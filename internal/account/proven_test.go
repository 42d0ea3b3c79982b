package account_test

import (
	"context"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

var errProof = fault.New(fault.Unauthenticated, "bad_credentials", "no")

// proving has the fixture prove passwords as package signin does.
func proving(f *fixture) {
	f.Prove = func(ctx context.Context, _ access.Origin, login string, plain secret.Text) (user.User, error) {
		if password.TooLong(plain) {
			return user.User{}, password.ErrTooLong
		}
		u, err := f.db.UserByUsername(ctx, login, "")
		if err != nil {
			return user.User{}, errProof
		}
		match, _, err := f.Hasher.Check(ctx, u.Password.Reveal(), plain)
		if err == nil && !match {
			err = errProof
		}
		return u, err
	}
}

// given is an account whose password must be changed.
func given(f *fixture, name string) user.User {
	u := f.add(name)
	ok(f.t, f.db.DeleteUser(f.t.Context(), u.ID))
	u.PasswordMustChange = true
	ok(f.t, f.db.InsertUser(f.t.Context(), u))
	return u
}

// Cases E20 and E21, by who proves the password and has no session.
func TestChangeProvenPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	proving(f)
	alice := given(f, "alice")
	device := f.signIn(alice)
	where := access.Origin{IP: "192.0.2.9", UserAgent: "test/2", RequestID: "r"}
	ok(t, f.ChangeProvenPassword(t.Context(), where, account.Proof{Login: "alice", Current: secret.New(plain)}, secret.New(other)))
	if now := f.kept(alice.ID); now.PasswordMustChange || !f.opens(alice.ID, other) || f.opens(alice.ID, plain) || f.live(device) {
		t.Errorf("the account is %+v", now)
	}
	e := f.only(event.UserPasswordChanged)
	f.recorded(e, access.Caller{Kind: access.Person, UserID: alice.ID, Name: "alice", Origin: where}, alice)
	f.cutOff(e, alice.ID, alice.RightsVersion+1, "password_changed")
	f.silent()
}

func TestChangeProvenPassword_refusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	proving(f)
	alice := given(f, "alice")
	for name, c := range map[string]struct {
		login, current, next string
		want                 error
		field                string
	}{
		"wrong":                 {"alice", "wrong", other, errProof, ""},
		"wrong and weak":        {"alice", "wrong", "1", errProof, ""},
		"nobody":                {"nobody", plain, other, errProof, ""},
		"too long":              {"alice", strings.Repeat("x", 1025), other, password.ErrTooLong, "password"},
		"too long and nobody's": {"nobody", strings.Repeat("x", 1025), other, password.ErrTooLong, "password"},
		"weak":                  {"alice", plain, "12345678", user.ErrInvalid, "new_password"},
		"the same":              {"alice", plain, plain, user.ErrInvalid, "new_password"},
	} {
		err := f.ChangeProvenPassword(t.Context(), access.Origin{}, account.Proof{Login: c.login, Current: secret.New(c.current)}, secret.New(c.next))
		fails(t, name, err, c.want)
		if _, said := fault.Of(err).Fields[c.field]; said != (c.field != "") {
			t.Errorf("%s: fields %v, want %q", name, fault.Of(err).Fields, c.field)
		}
	}
	equal(t, "alice", f.kept(alice.ID), alice)
}

// Who proved the old password does not win against the new one that was set while
// theirs was hashed.
func TestChangeProvenPassword_set_by_another_meanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	proving(f)
	alice := given(f, "alice")
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(account.Store) error) error {
		f.InTx = inTx
		ok(t, f.SetPassword(ctx, operator, alice.ID, secret.New(other)))
		return inTx(ctx, do)
	}
	err := f.ChangeProvenPassword(t.Context(), access.Origin{}, account.Proof{Login: "alice", Current: secret.New(plain)}, secret.New("Th1rd-pass-44"))
	fails(t, "ChangeProvenPassword", err, user.ErrChanged)
	if now := f.kept(alice.ID); now.PasswordMustChange || !f.opens(alice.ID, other) {
		t.Errorf("the account is %+v", now)
	}
}
