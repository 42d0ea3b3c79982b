package account_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

const (
	horizon = 6 * time.Minute

	// plain and other are passwords that the policy takes.
	plain = "Str0ng-pass-42"
	other = "An0ther-pass-43"
)

// began is when every test begins.
var began = time.UnixMilli(1_800_000_000_000).UTC()

// operator is the command line.
var operator = access.Command("root")

// fixture is the service on a database of its own, at a time that stands still.
type fixture struct {
	*account.Service
	t   *testing.T
	db  *store.DB
	now time.Time
}

func newFixture(t *testing.T) *fixture { return fixtureOn(t, storetest.New(t)) }

func fixtureOn(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	hasher, err := password.NewHasher(password.Config{
		Parameters: password.Parameters{MemoryKiB: 64, Iterations: 1, Parallelism: 1}, Queue: 512, MaxWait: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hasher.Close)
	f := &fixture{t: t, db: db, now: began}
	f.Service = &account.Service{
		Store: db, InTx: store.TxFunc[account.Store](db), Hasher: hasher, RegistrationOpen: true,
		Now: func() time.Time { return f.now }, Horizon: horizon,
	}
	return f
}

// draft is an account of that name that nothing is wrong with.
func draft(name string) account.Draft {
	return account.Draft{Username: name, Email: "someone@example.org", Password: secret.New(plain)}
}

// add makes an account that holds the permissions.
func (f *fixture) add(name string, holds ...access.Permission) user.User {
	f.t.Helper()
	u := must(f.Register(f.t.Context(), access.Caller{}, draft(name)))(f.t)
	for _, p := range holds {
		if _, err := f.db.GrantPermission(f.t.Context(), u.ID, p, time.Time{}); err != nil {
			f.t.Fatal(err)
		}
	}
	return u
}

// addSuperuser makes a superuser.
func (f *fixture) addSuperuser(name string) user.User {
	f.t.Helper()
	return must(f.CreateSuperuser(f.t.Context(), operator, draft(name)))(f.t)
}

// as is the account asking, from where the events are to say.
func (f *fixture) as(u user.User) access.Caller {
	f.t.Helper()
	return access.Caller{
		Kind: access.Person, UserID: u.ID, Name: u.Username, Rights: must(f.db.Rights(f.t.Context(), u.ID, time.Time{}))(f.t),
		Origin: access.Origin{IP: "192.0.2.7", UserAgent: "test/1", RequestID: "request-of-" + u.Username},
	}
}

// signIn starts a session of the account.
func (f *fixture) signIn(u user.User) ident.SessionID {
	f.t.Helper()
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: f.now, Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: f.now, IdleExpiresAt: f.now.Add(time.Hour), ExpiresAt: f.now.Add(time.Hour),
	}
	if err := f.db.InsertSession(f.t.Context(), s); err != nil {
		f.t.Fatal(err)
	}
	return s.ID
}

// kept is the account as it is kept now.
func (f *fixture) kept(id ident.UserID) user.User {
	f.t.Helper()
	return must(f.db.User(f.t.Context(), id))(f.t)
}

// events are those with the action, oldest first.
func (f *fixture) events(what event.Action) []event.Event {
	f.t.Helper()
	found := must(f.db.Events(f.t.Context(), event.Filter{Action: what}, page.Request{Limit: page.MaxLimit}))(f.t).Items
	slices.Reverse(found)
	return found
}

// only is the one event with the action.
func (f *fixture) only(what event.Action) event.Event {
	f.t.Helper()
	found := f.events(what)
	if len(found) != 1 {
		f.t.Fatalf("%d events %s, want one", len(found), what)
	}
	return found[0]
}

// recorded checks who did what to whom, from where and when.
func (f *fixture) recorded(e event.Event, who access.Caller, on user.User) {
	f.t.Helper()
	e.ID, e.Action, e.Detail, e.Cutoff, e.Seq, e.MAC = "", "", "", nil, 0, nil
	want := event.Event{
		At: f.now, Actor: event.Actor{Kind: who.Kind, ID: who.UserID, Name: who.Name}, Origin: who.Origin,
		Subject: event.User(on.ID, on.Username),
	}
	equal(f.t, "the event", e, want)
}

// cutOff checks what an event revokes: everything of the account before the
// rights version that it has now, or had.
func (f *fixture) cutOff(e event.Event, id ident.UserID, least int64, why string) {
	f.t.Helper()
	equal(f.t, "the cut-off", e.Cutoff, &verify.Cutoff{
		Kind: verify.CutoffUser, ID: string(id), Min: least, Until: f.now.Add(horizon), Reason: why,
	})
}

// detail is the detail of an event.
func detail(t *testing.T, e event.Event) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(e.Detail), &fields); err != nil {
		t.Fatalf("detail %q: %v", e.Detail, err)
	}
	return fields
}

// silent fails when any event says one of the secrets.
func (f *fixture) silent(secrets ...string) {
	f.t.Helper()
	all := must(f.db.Events(f.t.Context(), event.Filter{}, page.Request{Limit: page.MaxLimit}))(f.t).Items
	if len(all) == 0 {
		f.t.Fatal("there are no events")
	}
	for _, e := range all {
		for _, s := range append(secrets, plain, other, "$argon2id$") {
			if strings.Contains(e.Detail+e.Subject.Name+e.Actor.Name, s) {
				f.t.Errorf("the event %s says a secret: %s", e.Action, e.Detail)
			}
		}
	}
}

// live reports whether the session can be refreshed.
func (f *fixture) live(id ident.SessionID) bool {
	f.t.Helper()
	return must(f.db.Session(f.t.Context(), id))(f.t).Live(f.now)
}

// must ends the test at an error and returns the value otherwise.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// together runs f n times at once and returns the errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// winners counts the calls without an error; the errors of the others must be
// one of those that losing may have.
func winners(t *testing.T, errs []error, losing ...error) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		if !slices.ContainsFunc(losing, func(want error) bool { return errors.Is(err, want) }) {
			t.Errorf("an unexpected error: %v", err)
		}
	}
	return n
}
