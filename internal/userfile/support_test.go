package userfile_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// plain is a password that the policy takes.
const plain = "Str0ng-pass-42"

var (
	began    = time.UnixMilli(1_800_000_000_000).UTC()
	operator = access.Command("root")
)

// fixture is the service on a database of its own, at a time that stands still.
type fixture struct {
	*userfile.Service
	t     *testing.T
	db    *store.DB
	found []userfile.Finding
	rows  int // what Progress was told
}

func newFixture(t *testing.T) *fixture { return fixtureOn(t, storetest.New(t)) }

func fixtureOn(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	hasher, err := password.NewHasher(password.Config{
		Parameters: password.Parameters{MemoryKiB: 64, Iterations: 1, Parallelism: 1}, Workers: 3, MaxWait: time.Minute,
	})
	must(t, err)
	t.Cleanup(hasher.Close)
	now := func() time.Time { return began }
	return &fixture{t: t, db: db, Service: &userfile.Service{
		Store: db, InTx: store.TxFunc[userfile.Store](db), Hasher: hasher, Now: now,
		Roles: &role.Service{Store: db, InTx: store.TxFunc[role.Store](db), Now: now},
	}}
}

// take imports lines of JSON and returns the report.
func (f *fixture) take(o userfile.Options, lines ...string) userfile.Report {
	f.t.Helper()
	report, err := f.try(o, strings.Join(lines, "\n"))
	must(f.t, err)
	return report
}

func (f *fixture) try(o userfile.Options, text string) (userfile.Report, error) {
	f.found, f.rows = nil, 0
	o.Told = func(one userfile.Finding) { f.found = append(f.found, one) }
	o.Progress = func(rows int) { f.rows += rows }
	return f.Import(f.t.Context(), operator, userfile.NewJSONLines(strings.NewReader(text)), o)
}

// reasons are the findings as text, a line each.
func (f *fixture) reasons() string {
	var all strings.Builder
	for _, one := range f.found {
		if one.Conflict {
			all.WriteString("conflict ")
		}
		all.WriteString(one.Username + ": " + one.Reason + "\n")
	}
	return all.String()
}

// user is the account of a name.
func (f *fixture) user(name string) user.User {
	f.t.Helper()
	u, err := f.db.UserByUsername(f.t.Context(), name, name)
	must(f.t, err)
	return u
}

// export is the file of all users.
func (f *fixture) export(o userfile.ExportOptions) string {
	f.t.Helper()
	var out bytes.Buffer
	n, err := f.Export(f.t.Context(), operator, &out, o)
	must(f.t, err)
	if lines := strings.Count(out.String(), "\n"); lines != n {
		f.t.Errorf("%d lines for %d users", lines, n)
	}
	return out.String()
}

// declare declares permissions and makes roles.
func (f *fixture) declare(names ...string) {
	f.t.Helper()
	for _, name := range names {
		if strings.Contains(name, ".") {
			_, err := f.Roles.CreatePermission(f.t.Context(), operator, role.Permission{Name: access.Permission(name)})
			must(f.t, err)
			continue
		}
		_, err := f.Roles.Create(f.t.Context(), operator, role.Draft{Name: name})
		must(f.t, err)
	}
}

// opens reports whether a password is the account's.
func (f *fixture) opens(u user.User, plain string) bool {
	f.t.Helper()
	match, _, err := f.Hasher.Check(f.t.Context(), u.Password.Reveal(), secret.New(plain))
	must(f.t, err)
	return match
}

// events are those with the action, newest first.
func (f *fixture) events(what event.Action) []event.Event {
	f.t.Helper()
	found, err := f.db.Events(f.t.Context(), event.Filter{Action: what}, page.Request{Limit: page.MaxLimit})
	must(f.t, err)
	return found.Items
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// interrupting runs a store's transactions with something before them.
func interrupting(f *fixture, before func()) {
	inTx := f.InTx
	f.InTx = func(ctx context.Context, do func(userfile.Store) error) error {
		f.InTx = inTx
		before()
		return inTx(ctx, do)
	}
}

var errBroken = errors.New("broken")
