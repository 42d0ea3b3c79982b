package signin_test

import (
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/user"
)

// A password that must be changed is told from a wrong one to who has it, starts no
// session, and is no failure. Writing it anew leaves it what it is.
func TestSignIn_password_must_change(t *testing.T) {
	t.Parallel()
	p := alone(t)
	u := p.add(t, "ann", func(u *user.User) { u.PasswordMustChange = true })
	_, err := p.SignIn(t.Context(), here, "ann", secret.New("wrong"))
	fails(t, "a wrong one", err, signin.ErrBadCredentials)
	for range 2 {
		_, err = p.SignIn(t.Context(), here, "ann", secret.New(right))
		fails(t, "the right one", err, signin.ErrPasswordMustChange)
	}
	proven, err := p.Prove(t.Context(), here, "ann", secret.New(right))
	must(t, err)
	now, err := p.db.User(t.Context(), u.ID)
	must(t, err)
	if !now.PasswordMustChange || !now.Password.Equal(proven.Password) || !now.LastSignInAt.IsZero() {
		t.Errorf("the account is %+v", now)
	}
	if failed, started := p.recorded(t, event.SignInFailed), p.recorded(t, event.SessionStarted); len(failed) != 1 || len(started) != 0 {
		t.Errorf("%d failures, want the wrong one; %d sessions, want none", len(failed), len(started))
	}
}

// What proves a password returns the string that is kept now, also when it was
// written anew: whoever changes it next compares that.
func TestProve_returns_what_is_kept(t *testing.T) {
	t.Parallel()
	p := alone(t)
	other, err := password.NewHasher(password.Config{Parameters: password.Parameters{MemoryKiB: 32, Iterations: 1, Parallelism: 1}, Workers: 1})
	must(t, err)
	t.Cleanup(other.Close)
	outdated, err := other.Hash(t.Context(), secret.New(right))
	must(t, err)
	old := p.add(t, "ann", func(u *user.User) { u.Password = secret.New(outdated) })
	proven, err := p.Prove(t.Context(), here, "ann", secret.New(right))
	must(t, err)
	now, err := p.db.User(t.Context(), old.ID)
	must(t, err)
	if proven.Password.Equal(old.Password) || !proven.Password.Equal(now.Password) {
		t.Error("the string is not the one that is kept")
	}
}
