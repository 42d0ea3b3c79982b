package importer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/djangodb"
	"github.com/countersign/countersign/internal/djangodb/djangotest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

var operator = access.Command("test")

// begin is later than what the recorded projects were written at, and earlier than
// their live tokens expire.
var begin = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// fixture imports into one database.
type fixture struct {
	*importer.Service
	db *store.DB
}

func newFixture(db *store.DB, naming user.Naming) *fixture {
	now := func() time.Time { return begin }
	return &fixture{db: db, Service: &importer.Service{
		Store: db, InTx: store.TxFunc[importer.Store](db), Naming: naming, Now: now, Horizon: time.Hour,
		Roles: &role.Service{Store: db, InTx: store.TxFunc[role.Store](db), Now: now, Horizon: time.Hour},
	}}
}

var preset = user.Naming{CaseSensitive: true}

// run imports and ends the test at an error.
func (f *fixture) run(t *testing.T, url string, o importer.Options) importer.Report {
	t.Helper()
	r, err := f.try(t, url, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (f *fixture) try(t *testing.T, url string, o importer.Options) (importer.Report, error) {
	t.Helper()
	from, err := djangodb.Open(t.Context(), url, djangodb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	return f.Run(t.Context(), operator, from, o)
}

func is[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
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

// user returns an account.
func (f *fixture) user(t *testing.T, id ident.UserID) user.User {
	t.Helper()
	return must[user.User](t)(f.db.User(t.Context(), id))
}

// actions are the events of an action, as "subject name".
func (f *fixture) actions(t *testing.T, what event.Action) []event.Event {
	t.Helper()
	return must[page.Page[event.Event]](t)(f.db.Events(t.Context(), event.Filter{Action: what}, page.Request{})).Items
}

// listed returns the problems, "kind table id: reason", that have a text in them.
func listed(r importer.Report, text string) []string {
	var all []string
	for _, p := range r.Problems {
		line := string(p.Kind) + " " + p.Table + " " + p.ID + ": " + p.Reason
		if strings.Contains(line, text) {
			all = append(all, line)
		}
	}
	return all
}

// problem ends the test unless exactly one problem has the text in it.
func problem(t *testing.T, r importer.Report, text string) {
	t.Helper()
	if n := len(listed(r, text)); n != 1 {
		t.Errorf("%d problems with %q, want one, in:\n%s", n, text, strings.Join(listed(r, ""), "\n"))
	}
}

// unchanged fails unless a run would write nothing.
func (f *fixture) unchanged(t *testing.T, url string, o importer.Options) {
	t.Helper()
	r := f.run(t, url, o)
	if r.Changed() != 0 {
		t.Errorf("another run changes %d rows: %+v", r.Changed(), r)
	}
}

// exec changes a project's database.
func exec(t *testing.T, url string, statements ...string) {
	t.Helper()
	for _, s := range statements {
		djangotest.Exec(t, url, s)
	}
}
