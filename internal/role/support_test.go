package role_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

const horizon = 6 * time.Minute

// began is when every test begins.
var began = time.UnixMilli(1_800_000_000_000).UTC()

// operator is the command line.
var operator = access.Command("root")

const (
	read  access.Permission = "shop.read"
	write access.Permission = "shop.write"
)

// fixture is the service on a database of its own, at a time that stands still.
// The permissions read and write are declared.
type fixture struct {
	*role.Service
	t  *testing.T
	db *store.DB
}

func newFixture(t *testing.T) *fixture { return fixtureOn(t, storetest.New(t)) }

func fixtureOn(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, db: db, Service: &role.Service{
		Store: db, InTx: store.TxFunc[role.Store](db), Now: func() time.Time { return began }, Horizon: horizon,
	}}
	for _, p := range []access.Permission{read, write} {
		must(f.CreatePermission(t.Context(), operator, role.Permission{Name: p}))(t)
	}
	return f
}

// add makes an account that holds the permissions directly.
func (f *fixture) add(name string, holds ...access.Permission) ident.UserID {
	f.t.Helper()
	u := user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: strings.ToLower(name),
		Password: secret.New("!"), Active: true, RightsVersion: 5, JoinedAt: began,
	}
	ok(f.t, f.db.InsertUser(f.t.Context(), u))
	for _, p := range holds {
		must(f.db.GrantPermission(f.t.Context(), u.ID, p, time.Time{}))(f.t)
	}
	return u.ID
}

// as is the account asking, from where the events are to say.
func (f *fixture) as(id ident.UserID) access.Caller {
	f.t.Helper()
	return access.Caller{
		Kind: access.Person, UserID: id, Name: "somebody", Rights: must(f.db.Rights(f.t.Context(), id, time.Time{}))(f.t),
		Origin: access.Origin{IP: "192.0.2.7", UserAgent: "test/1", RequestID: "request"},
	}
}

// asHolder is a new account that holds the permissions, asking.
func (f *fixture) asHolder(name string, holds ...access.Permission) access.Caller {
	f.t.Helper()
	return f.as(f.add(name, holds...))
}

// role makes a role with the permissions.
func (f *fixture) role(name string, gives ...access.Permission) role.Role {
	f.t.Helper()
	return must(f.Create(f.t.Context(), operator, role.Draft{Name: name, Permissions: gives}))(f.t)
}

// versions are the access version and the account's rights version.
func (f *fixture) versions(id ident.UserID) (av, rv int64) {
	f.t.Helper()
	return must(f.db.AccessVersion(f.t.Context()))(f.t), must(f.db.User(f.t.Context(), id))(f.t).RightsVersion
}

func (f *fixture) rights(id ident.UserID) access.Rights {
	f.t.Helper()
	return must(f.db.Rights(f.t.Context(), id, time.Time{}))(f.t)
}

// events are those with the action, oldest first.
func (f *fixture) events(what event.Action) []event.Event {
	f.t.Helper()
	found := must(f.db.Events(f.t.Context(), event.Filter{Action: what}, page.Request{Limit: page.MaxLimit}))(f.t).Items
	slices.Reverse(found)
	return found
}

// only is the one event with the action, which who did to the subject.
func (f *fixture) only(what event.Action, who access.Caller, on event.Subject) event.Event {
	f.t.Helper()
	found := f.events(what)
	if len(found) != 1 {
		f.t.Fatalf("%d events %s, want one", len(found), what)
	}
	e := found[0]
	equal(f.t, string(what), []any{e.At, e.Actor, e.Origin, e.Subject},
		[]any{began, event.Actor{Kind: who.Kind, ID: who.UserID, Name: who.Name}, who.Origin, on})
	return e
}

// roleCutOff checks that tokens which list the name are stale below the version.
func roleCutOff(t *testing.T, e event.Event, name string, least int64) {
	t.Helper()
	equal(t, "the cut-off of "+string(e.Action), e.Cutoff, &verify.Cutoff{
		Kind: verify.CutoffRole, ID: name, Min: least, Until: began.Add(horizon), Reason: "roles_changed",
	})
}

// userCutOff checks that the account's tokens are stale below the version.
func userCutOff(t *testing.T, e event.Event, id ident.UserID, least int64) {
	t.Helper()
	equal(t, "the cut-off of "+string(e.Action), e.Cutoff, &verify.Cutoff{
		Kind: verify.CutoffUser, ID: string(id), Min: least, Until: began.Add(horizon), Reason: "roles_changed",
	})
}

// detail is a field of an event's detail.
func detail(t *testing.T, e event.Event, field string) any {
	t.Helper()
	var fields map[string]any
	ok(t, json.Unmarshal([]byte(e.Detail), &fields))
	return fields[field]
}

// must ends the test at an error and returns the value otherwise.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		ok(t, err)
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
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// together runs f n times at once; an error ends the test.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
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
	ok(t, errors.Join(errs...))
}
