package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

func form(name, plain string, staff bool) signin.BrowserSignIn {
	return signin.BrowserSignIn{Login: name, Password: secret.New(plain), Staff: staff, Idle: time.Hour, Lifetime: 2 * time.Hour}
}

func TestSignInBrowser(t *testing.T) {
	t.Parallel()
	p := alone(t)
	u := p.add(t, "ann")
	got, err := p.SignInBrowser(t.Context(), here, form("ann", right, false))
	must(t, err)
	row, err := p.db.Session(t.Context(), got.ID)
	must(t, err)
	if row.UserID != u.ID || !row.IdleExpiresAt.Equal(begin.Add(time.Hour)) || !row.ExpiresAt.Equal(begin.Add(2*time.Hour)) ||
		row.IP != here.IP || len(row.Salt) == 0 {
		t.Errorf("the session is %+v", row)
	}
	again, err := p.SignInBrowser(t.Context(), here, form("ann", right, false))
	must(t, err)
	if again.ID == got.ID || string(again.Salt) == string(got.Salt) {
		t.Error("two sign-ins share a session or a salt")
	}
	if n := len(p.recorded(t, event.SessionStarted)); n != 2 {
		t.Errorf("%d sign-ins are recorded, want 2", n)
	}
}

// Cases F01 to F04: every refusal costs and reads the same, but for what is said to
// who proved the password.
func TestSignInBrowser_refusals(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "plain")
	p.add(t, "staff", func(u *user.User) { u.Staff = true })
	p.add(t, "root", func(u *user.User) { u.Superuser = true })
	p.add(t, "gone", func(u *user.User) { u.Active, u.Staff = false, true })
	p.add(t, "given", func(u *user.User) { u.PasswordMustChange, u.Staff = true, true })
	for name, c := range map[string]struct {
		in   signin.BrowserSignIn
		want error
	}{
		"staff":                           {form("staff", right, true), nil},
		"plain at the account":            {form("plain", right, false), nil},
		"plain":                           {form("plain", right, true), signin.ErrNotStaff},
		"a superuser who is not staff":    {form("root", right, true), signin.ErrNotStaff},
		"plain, wrong password":           {form("plain", "wrong", true), signin.ErrBadCredentials},
		"nobody":                          {form("nobody", right, true), signin.ErrBadCredentials},
		"disabled":                        {form("gone", right, true), signin.ErrBadCredentials},
		"a password that was given":       {form("given", right, true), signin.ErrPasswordMustChange},
		"a password that was given,wrong": {form("given", "wrong", true), signin.ErrBadCredentials},
		"too long":                        {form("staff", string(make([]byte, 1<<16)), true), password.ErrTooLong},
	} {
		_, err := p.SignInBrowser(t.Context(), here, c.in)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := len(p.recorded(t, event.SessionStarted)); n != 2 {
		t.Errorf("%d sessions were started, want 2", n)
	}
}

// A service that only verifies signs nobody in.
func TestSignInBrowser_verify_only(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	p.Issuer.Keys = &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: p.Issuer.Root, Now: p.clock.now, Algorithm: verify.EdDSA,
		Remote: func() *verify.KeySet { return new(verify.KeySet) },
	}
	must(t, p.Issuer.Keys.Load(t.Context()))
	_, err := p.SignInBrowser(t.Context(), here, form("ann", right, false))
	fails(t, "a sign-in", err, keyring.ErrVerifyOnly)
}
