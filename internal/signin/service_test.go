package signin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	p := alone(t)
	u := p.add(t, "Ann")
	tokens := p.signIn(t, "  aNN ") // names are compared without regard to case and the white space around
	claims, err := p.Access.Verify(tokens.Access.Reveal())
	must(t, err)
	if claims.UserID != string(u.ID) || claims.SessionID != string(tokens.SessionID) || tokens.UserID != u.ID || !tokens.Rotated {
		t.Errorf("tokens %+v, claims %+v", tokens, claims)
	}
	row := p.row(t, tokens)
	if row.UserID != u.ID || row.Generation != 0 || row.IP != here.IP || row.UserAgent != here.UserAgent || len(row.Salt) != 16 ||
		!row.IdleExpiresAt.Equal(begin.Add(p.IdleLifetime)) || !row.ExpiresAt.Equal(begin.Add(p.Lifetime)) {
		t.Errorf("session %+v", row)
	}
	now, err := p.db.User(t.Context(), u.ID)
	must(t, err)
	if !now.LastSignInAt.Equal(begin) {
		t.Errorf("last sign-in %s, want %s", now.LastSignInAt, begin)
	}
	started := p.recorded(t, event.SessionStarted)
	if len(started) != 1 || started[0].Subject.ID != string(tokens.SessionID) || started[0].Actor.ID != u.ID || started[0].Origin != here {
		t.Errorf("recorded %+v", started)
	}
	other := p.signIn(t, "Ann")
	if other.SessionID == tokens.SessionID || other.Refresh.Equal(tokens.Refresh) {
		t.Error("two sign-ins have one session")
	}
}

func TestKeepLastSignIn(t *testing.T) {
	t.Parallel()
	p := presetAlone(t)
	p.KeepLastSignIn = true
	u := p.add(t, "Ann")
	p.signIn(t, "Ann")
	now, err := p.db.User(t.Context(), u.ID)
	must(t, err)
	if !now.LastSignInAt.IsZero() {
		t.Errorf("last sign-in %s, want none", now.LastSignInAt)
	}
	_, err = p.SignIn(t.Context(), here, "ann", secret.New(right))
	fails(t, "another case under the preset", err, signin.ErrBadCredentials)
}

// nobodies are the ways in which a sign-in fails.
func nobodies(t *testing.T, p *process) map[string]struct{ login, plain string } {
	t.Helper()
	p.add(t, "ann")
	p.add(t, "off", func(u *user.User) { u.Active = false })
	p.add(t, "unusable", func(u *user.User) { u.Password = secret.New("!") })
	p.add(t, "imported", func(u *user.User) { u.Password = secret.New("md5$salt$digest") })
	p.add(t, "none", func(u *user.User) { u.Password = secret.New("") })
	return map[string]struct{ login, plain string }{
		"unknown":                 {"nobody", right},
		"no_name":                 {"", right},
		"a_name_that_is_too_long": {strings.Repeat("n", 5000), right},
		"a_name_with_NUL":         {"ann\x00", right},
		"a_name_of_no_text":       {"\xff\xfe", right},
		"wrong":                   {"ann", "wrong"},
		"empty":                   {"ann", ""},
		"padded":                  {"ann", right + " "},
		"disabled":                {"off", right},
		"disabled_and_wrong":      {"off", "wrong"},
		"unusable":                {"unusable", "!"},
		"unknown_format":          {"imported", right},
		"no_password":             {"none", ""},
	}
}

// Cases F01-F03: all failures read alike.
func TestFailuresReadAlike(t *testing.T) {
	t.Parallel()
	p := alone(t)
	for name, c := range nobodies(t, p) {
		tokens, err := p.SignIn(t.Context(), here, c.login, secret.New(c.plain))
		if !errors.Is(err, signin.ErrBadCredentials) || err.Error() != signin.ErrBadCredentials.Error() || tokens != (signin.Tokens{}) {
			t.Errorf("%s: %+v, %v", name, tokens, err)
		}
	}
	if n := len(p.recorded(t, event.SignInFailed)); n == 0 {
		t.Error("no failure is recorded")
	}
	for _, e := range p.recorded(t, event.SignInFailed) {
		if e.Actor.Kind != access.Anonymous || e.Origin != here || e.Subject.Kind != "user" || e.Subject.Name != "" || e.Detail != "{}" {
			t.Errorf("recorded %+v", e) // people type passwords into the wrong field
		}
	}
}

// Cases F01-F03: nobody is answered without a hash. A hasher that takes no more
// work is felt by all.
func TestEveryFailureCostsAHash(t *testing.T) {
	t.Parallel()
	p := alone(t)
	cases := nobodies(t, p)
	p.Hasher.Close()
	for name, c := range cases {
		_, err := p.SignIn(t.Context(), here, c.login, secret.New(c.plain))
		fails(t, name, err, password.ErrBusy)
	}
	if n := len(p.recorded(t, event.SignInFailed)); n != 0 {
		t.Errorf("%d failures are recorded of sign-ins that were not judged", n)
	}
}

// unread fails the test when anybody is looked up.
type unread struct {
	signin.Store
	t *testing.T
}

func (u unread) UserByUsername(context.Context, string, string) (user.User, error) {
	u.t.Error("a user was looked up")
	return user.User{}, user.ErrNotFound
}

// Case F36: a password that is too long costs nothing and tells nothing.
func TestLongPassword(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.Store = unread{p.db, t}
	_, err := p.SignIn(t.Context(), here, "ann", secret.New(strings.Repeat("x", password.MaxBytes+1)))
	fails(t, "SignIn", err, password.ErrTooLong)
}

func TestSignInByEmail(t *testing.T) {
	t.Parallel()
	p := alone(t)
	mail := func(address string) func(*user.User) {
		return func(u *user.User) { u.Email, u.EmailKey = address, user.EmailKey(address) }
	}
	ann := p.add(t, "ann", mail("Ann@example.org"))
	p.add(t, "two", mail("shared@example.org"))
	p.add(t, "three", mail("SHARED@example.org"))
	named := p.add(t, "ann2@example.org", mail("x@example.org"))
	p.add(t, "four", mail("ann2@example.org"))
	p.add(t, "plain")
	for _, c := range []struct {
		login   string
		byEmail bool
		want    ident.UserID
	}{
		{"ann@EXAMPLE.org", true, ann.ID},
		{" ann@example.org ", true, ann.ID},
		{"ann", true, ann.ID},
		{"ann@example.org", false, ""},
		{"shared@example.org", true, ""},        // of two accounts
		{"ann2@example.org", true, named.ID},    // a username comes first
		{"nobody@example.org", true, ""},        // of nobody
		{"@", true, ""},                         // accounts without an address
		{"ann@example.org\x00", true, ""},       // not text
		{"x@example.org@example.org", true, ""}, // not an address
	} {
		p.ByEmail = c.byEmail
		tokens, err := p.SignIn(t.Context(), here, c.login, secret.New(right))
		if tokens.UserID != c.want || (c.want == "") != errors.Is(err, signin.ErrBadCredentials) {
			t.Errorf("%q (by email: %v) = %q, %v, want %q", c.login, c.byEmail, tokens.UserID, err, c.want)
		}
	}
}

func TestRehash(t *testing.T) {
	t.Parallel()
	p := alone(t)
	u := p.add(t, "ann")
	stored := func() string {
		now, err := p.db.User(t.Context(), u.ID)
		must(t, err)
		return now.Password.Reveal()
	}
	p.signIn(t, "ann")
	if stored() != u.Password.Reveal() {
		t.Error("a hash in today's parameters was written anew")
	}
	dearer, err := password.NewHasher(password.Config{Parameters: password.Parameters{MemoryKiB: 128, Iterations: 2, Parallelism: 1}, Nice: -1})
	must(t, err)
	t.Cleanup(dearer.Close)
	p.Hasher = dearer
	_, err = p.SignIn(t.Context(), here, "ann", secret.New("wrong"))
	fails(t, "a wrong password", err, signin.ErrBadCredentials)
	if stored() != u.Password.Reveal() {
		t.Error("a wrong password was hashed into the account")
	}
	p.signIn(t, "ann")
	if !strings.HasPrefix(stored(), "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("stored %.30s, want today's parameters", stored())
	}
	p.signIn(t, "ann")
}

// interrupted runs something just before a step of a sign-in.
type interrupted struct {
	signin.Store
	replace func()
}

func (i interrupted) ReplacePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error) {
	if i.replace != nil {
		i.replace()
	}
	return i.Store.ReplacePassword(ctx, id, from, to)
}

// Somebody changes the password while it is checked, or hashed anew: the new one
// stays, and the old one opens nothing (E18).
func TestPasswordChangeWhileSigningIn(t *testing.T) {
	t.Parallel()
	for name, dearer := range map[string]bool{"checked": false, "rehashed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := alone(t)
			u := p.add(t, "ann")
			next, err := p.Hasher.Hash(t.Context(), secret.New("another"))
			must(t, err)
			change := func() { must(t, p.changePassword(t.Context(), u.ID, next)) }
			if dearer {
				p.Hasher, err = password.NewHasher(password.Config{Parameters: password.Parameters{MemoryKiB: 128, Iterations: 2, Parallelism: 1}, Nice: -1})
				must(t, err)
				t.Cleanup(p.Hasher.Close)
				p.Store = interrupted{Store: p.db, replace: change}
			} else {
				inTx := p.InTx
				p.InTx = func(ctx context.Context, fn func(signin.Store) error) error {
					change()
					return inTx(ctx, fn)
				}
			}
			_, err = p.SignIn(t.Context(), here, "ann", secret.New(right))
			fails(t, "SignIn", err, signin.ErrBadCredentials)
			now, err := p.db.User(t.Context(), u.ID)
			must(t, err)
			if now.Password.Reveal() != next || p.live(t, u.ID) != 0 {
				t.Errorf("%d live sessions; the new password stays: %v", p.live(t, u.ID), now.Password.Reveal() == next)
			}
			if n := len(p.recorded(t, event.SignInFailed)); n != 1 {
				t.Errorf("%d failures recorded, want 1", n)
			}
		})
	}
}

// Cases E17, E18: whatever the order in which a disabling and sign-ins meet, no
// session outlives it.
func TestDisableWhileSigningIn(t *testing.T) {
	t.Parallel()
	const rounds, people = 50, 3
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{at: begin}
		one, two := start(t, url, c, false), start(t, url, c, false)
		in := 0
		for round := range rounds {
			u := one.add(t, ident.New())
			errs := make([]error, people)
			var disabled error
			var wg sync.WaitGroup
			for i := range people {
				wg.Go(func() {
					_, errs[i] = []*process{one, two}[i%2].SignIn(t.Context(), here, u.Username, secret.New(right))
				})
			}
			wg.Go(func() {
				if round%2 == 0 {
					disabled = one.disable(t.Context(), u.ID)
					return
				}
				disabled = one.changePassword(t.Context(), u.ID, "!")
			})
			wg.Wait()
			must(t, disabled)
			for _, err := range errs {
				if err == nil {
					in++
				} else if !errors.Is(err, signin.ErrBadCredentials) && !errors.Is(err, signin.ErrUserInactive) {
					t.Errorf("round %d: SignIn: %v", round, err)
				}
			}
			if n := one.live(t, u.ID); n != 0 {
				t.Fatalf("round %d: %d sessions live", round, n)
			}
		}
		t.Logf("%d of %d sign-ins came first", in, rounds*people)
	})
}

// A sign-in at a process that has not heard of a change yet gives tokens of the
// account as it is now: with an older rights version they would be revoked at once.
func TestSignInAfterAChangeElsewhere(t *testing.T) {
	t.Parallel()
	url, c := storetest.URL(t, "sqlite"), &clock{at: begin}
	one, two := start(t, url, c, false), start(t, url, c, false)
	u := one.add(t, "ann")
	two.refresh(t, two.signIn(t, "ann").Refresh) // and remembers the account
	must(t, one.changePassword(t.Context(), u.ID, u.Password.Reveal()))
	tokens := two.signIn(t, "ann")
	for name, p := range map[string]*process{"the process itself": two, "the other": one} {
		must(t, p.log.Sync(t.Context()))
		if _, err := p.Access.Verify(tokens.Access.Reveal()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A session is kept with its event or not at all.
func TestSignInIsOneTransaction(t *testing.T) {
	t.Parallel()
	p := alone(t)
	u := p.add(t, "ann")
	broken := errors.New("the disk is full")
	inTx := store.TxFunc[signin.Store](p.db)
	p.InTx = func(ctx context.Context, fn func(signin.Store) error) error {
		return inTx(ctx, func(tx signin.Store) error { return errors.Join(fn(tx), broken) })
	}
	_, err := p.SignIn(t.Context(), here, "ann", secret.New(right))
	fails(t, "SignIn", err, broken)
	now, userErr := p.db.User(t.Context(), u.ID)
	must(t, userErr)
	if p.live(t, u.ID) != 0 || len(p.recorded(t, event.SessionStarted)) != 0 || !now.LastSignInAt.IsZero() {
		t.Error("something of the sign-in is left")
	}
	if strings.Contains(err.Error(), right) {
		t.Error("the error holds the password")
	}
}
