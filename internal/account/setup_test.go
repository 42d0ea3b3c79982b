package account_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

var from = access.Origin{IP: "192.0.2.9", UserAgent: "browser/1", RequestID: "setup-request"}

func (f *fixture) link() secret.Text {
	f.t.Helper()
	return must(f.SetupLink(f.t.Context(), operator))(f.t)
}

func (f *fixture) setupLive(link secret.Text) bool {
	f.t.Helper()
	return must(f.SetupLive(f.t.Context(), link))(f.t)
}

func TestSetup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.add("early") // people may register before there is a superuser
	link := f.link()
	if raw, err := base64.RawURLEncoding.DecodeString(link.Reveal()); err != nil || len(raw) != 32 {
		t.Errorf("the link has %d bytes (%v), want 32", len(raw), err)
	}
	for range 2 {
		if !f.setupLive(link) {
			t.Fatal("looking at the link consumed it")
		}
	}
	made := must(f.Setup(t.Context(), from, link, draft("root")))(t)
	if kept := f.kept(made.ID); !kept.Superuser || !kept.Staff || !kept.Active {
		t.Errorf("the superuser is %+v", kept)
	}
	e := f.only(event.SetupCompleted)
	f.recorded(e, access.Caller{Kind: access.Anonymous, Name: "setup link", Origin: from}, made)

	if f.setupLive(link) {
		t.Error("the link lives on")
	}
	_, err := f.Setup(t.Context(), from, link, draft("second"))
	fails(t, "the link again", err, account.ErrSetupLink)
	_, err = f.SetupLink(t.Context(), operator)
	fails(t, "another link", err, account.ErrSetupDone)
	f.silent(link.Reveal())
}

// Case H05: of fifty at once one makes the superuser.
func TestSetup_race(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		f.IntegerIDs = true
		link := f.link()
		errs := together(50, func(i int) error {
			_, err := f.Setup(t.Context(), from, link, draft("root"+strconv.Itoa(i/2)))
			return err
		})
		if n := winners(t, errs, account.ErrSetupLink); n != 1 {
			t.Errorf("%d superusers, want one", n)
		}
		yes := true
		all := must(f.Users(t.Context(), operator, user.Filter{Superuser: &yes}, page.Request{}))(t).Items
		if len(all) != 1 || all[0].Username == "" || all[0].Password.IsZero() {
			t.Errorf("the superusers are %+v", all)
		}
		f.only(event.SetupCompleted)
	})
}

// A superuser who was made in another way at the same moment closes the link.
func TestSetup_against_createsuperuser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		link := f.link()
		errs := together(8, func(i int) error {
			if i == 0 {
				_, err := f.CreateSuperuser(t.Context(), operator, draft("commanded"))
				return err
			}
			_, err := f.Setup(t.Context(), from, link, draft("linked"+string(rune('a'+i))))
			return err
		})
		winners(t, errs, account.ErrSetupLink)
		ok(t, errs[0]) // an operator may make as many as they want
		if f.setupLive(link) {
			t.Error("the link lives")
		}
	})
}

func TestSetup_links_that_do_not_work(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old := f.link()
	link := f.link()
	for name, c := range map[string]struct {
		link  secret.Text
		after time.Duration
		live  bool
	}{
		"the new one":      {link, 0, true},
		"until the end":    {link, account.SetupLifetime - time.Millisecond, true},
		"at the end":       {link, account.SetupLifetime, false},
		"the replaced one": {old, 0, false},
		"nothing":          {secret.Text{}, 0, false},
		"one character":    {secret.New(link.Reveal()[1:]), 0, false},
		"with more":        {secret.New(link.Reveal() + "A"), 0, false},
		"a NUL":            {secret.New("\x00"), 0, false},
	} {
		f.now = began.Add(c.after)
		if f.setupLive(c.link) != c.live {
			t.Errorf("%s: live %v, want %v", name, !c.live, c.live)
		}
		if c.live {
			continue
		}
		_, err := f.Setup(t.Context(), from, c.link, draft("root"))
		fails(t, name, err, account.ErrSetupLink)
	}
	equal(t, "superusers", must(f.db.SuperuserExists(t.Context()))(t), false)
}

// What the person can correct leaves the link open.
func TestSetup_invalid_input_leaves_the_link(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.add("taken")
	link := f.link()
	for name, c := range map[string]struct {
		d    account.Draft
		want error
	}{
		"bad name":     {account.Draft{Username: "a b", Password: secret.New(plain)}, user.ErrInvalid},
		"bad password": {account.Draft{Username: "root", Password: secret.New("12345678")}, user.ErrInvalid},
		"name taken":   {draft("Taken"), user.ErrUsernameTaken},
	} {
		_, err := f.Setup(t.Context(), from, link, c.d)
		fails(t, name, err, c.want)
	}
	must(f.Setup(t.Context(), from, link, draft("root")))(t)
}

// A transaction that has to run again makes the account that was asked for.
func TestSetup_runs_again_after_a_conflict(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.IntegerIDs = true
	link := f.link()
	conflict := errors.New("a conflict that passes")
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(account.Store) error) error {
		failed := inTx(ctx, func(tx account.Store) error { return do(uncounted{tx, conflict}) })
		fails(t, "the first run", failed, conflict)
		return inTx(ctx, do)
	}
	made := must(f.Setup(t.Context(), from, link, draft("root")))(t)
	if kept := f.kept(made.ID); kept.Username != "root" || !kept.Superuser || kept.Password.IsZero() {
		t.Errorf("the superuser is %+v", kept)
	}
}

// uncounted is a store whose counter fails.
type uncounted struct {
	account.Store
	err error
}

func (u uncounted) NextUserNumber(context.Context) (int64, error) { return 0, u.err }

// Only the hash is kept. What the database holds is compared by looking the hash
// up as a link.
func TestSetupLink_only_the_hash_is_kept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	link := f.link()
	if live := must(f.db.SetupLinkLive(t.Context(), []byte(link.Reveal()), f.now))(t); live {
		t.Error("the link itself is kept")
	}
	e := f.only(event.SetupLinkMade)
	equal(t, "detail", e.Detail, "{}")
	f.silent(link.Reveal())
}

// Whoever makes a superuser, and however, needs the link no more.
func TestSetupLink_is_dropped(t *testing.T) {
	t.Parallel()
	d := draft("root")
	d.Superuser = true
	for name, make := range map[string]func(*fixture) error{
		"createsuperuser": func(f *fixture) error { _, err := f.CreateSuperuser(t.Context(), operator, draft("root")); return err },
		"create":          func(f *fixture) error { _, err := f.Create(t.Context(), operator, d); return err },
		"promotion": func(f *fixture) error {
			_, err := f.Update(t.Context(), operator, f.add("root").ID, account.Change{Superuser: new(true)})
			return err
		},
	} {
		f := newFixture(t)
		link := f.link()
		f.add("plain")
		if !f.setupLive(link) {
			t.Errorf("%s: a plain account closed the link", name)
		}
		ok(t, make(f))
		if f.setupLive(link) {
			t.Errorf("%s: the link lives", name)
		}
	}
}

// A superuser who may not sign in is none: the operator gets a new link.
func TestSetupLink_while_the_superuser_is_disabled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	root := f.addSuperuser("root")
	must(f.db.SetActive(t.Context(), root.ID, false))(t) // by nobody: no use case does it to the last one
	must(f.Setup(t.Context(), from, f.link(), draft("second")))(t)
}

// What holds when the link is consumed counts, not what held when it was looked
// at: it may have expired meanwhile, and somebody may be a superuser by then.
func TestSetup_too_late(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*fixture, user.User){
		"expired": func(f *fixture, _ user.User) { f.now = began.Add(account.SetupLifetime) },
		"a superuser": func(f *fixture, early user.User) {
			early.Superuser = true
			ok(t, f.db.UpdateUser(t.Context(), early))
		},
	} {
		f := newFixture(t)
		early := f.add("early")
		link := f.link()
		inTx := f.InTx
		f.InTx = func(ctx context.Context, do func(account.Store) error) error {
			meanwhile(f, early)
			return inTx(ctx, do)
		}
		_, err := f.Setup(t.Context(), from, link, draft("root"))
		fails(t, name, err, account.ErrSetupLink)
		_, err = f.db.UserByUsername(t.Context(), "root", "root")
		fails(t, name, err, user.ErrNotFound)
	}
}
