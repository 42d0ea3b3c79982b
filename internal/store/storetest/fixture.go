package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// racers is how many goroutines try what one of them may do.
const racers = 16

// errAbandon is what a test ends a transaction with that is to leave nothing.
var errAbandon = errors.New("abandoned by the test")

// moment returns a time of the tests, so many milliseconds after their first.
func moment(ms int64) time.Time { return time.UnixMilli(1_800_000_000_000 + ms).UTC() }

// person returns an account of that name in which every field has a value.
func person(name string) user.User {
	return user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: strings.ToLower(name),
		Email: name + "@Example.org", EmailKey: strings.ToLower(name) + "@example.org",
		FirstName: "First " + name, LastName: "Last " + name, Password: secret.New("$argon2id$" + name),
		Active: true, Staff: true, Superuser: false, RightsVersion: 7,
		JoinedAt: moment(1), LastSignInAt: moment(2),
	}
}

// device returns a live session of the account in which every field that a live
// session has, has a value.
func device(of ident.UserID) session.Session {
	return session.Session{
		ID: ident.SessionID(ident.New()), UserID: of, Generation: 3, RotatedAt: moment(20), Salt: secret.Bytes(session.SaltBytes),
		CreatedAt: moment(10), IdleExpiresAt: moment(1000), ExpiresAt: moment(2000),
		IP: "192.0.2.1", UserAgent: "first/1.0", RotatedIP: "2001:db8::1", RotatedAgent: "last/1.0",
		AuthenticationMethods: []string{"pwd", "otp"},
	}
}

// roleCalled returns a role of that name that gives nothing.
func roleCalled(name string) role.Role {
	return role.Role{ID: ident.RoleID(ident.New()), Name: name, Description: "Role " + name, CreatedAt: moment(5)}
}

func addUser(t *testing.T, db *store.DB, name string) user.User {
	t.Helper()
	u := person(name)
	must(t, db.InsertUser(t.Context(), u))
	return u
}

func addSession(t *testing.T, db *store.DB, of ident.UserID) session.Session {
	t.Helper()
	s := device(of)
	must(t, db.InsertSession(t.Context(), s))
	return s
}

func addRole(t *testing.T, db *store.DB, name string, gives ...access.Permission) role.Role {
	t.Helper()
	r := roleCalled(name)
	r.Permissions = slices.Sorted(slices.Values(gives))
	must(t, db.InsertRole(t.Context(), r))
	return r
}

func addPermission(t *testing.T, db *store.DB, name access.Permission) {
	t.Helper()
	must(t, db.InsertPermission(t.Context(), role.Permission{Name: name, Description: "Test", CreatedAt: moment(3)}))
}

// must ends the test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get ends the test at an error and returns the value otherwise.
func get[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// is reports a result that is not the wanted one.
func is[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// fails reports an error that is not the wanted one.
func fails(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

// race runs f in all racers at once and returns how many got true. An error ends
// the test.
func race(t *testing.T, f func(i int) (bool, error)) int {
	t.Helper()
	won := make([]bool, racers)
	errs := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			won[i], errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	must(t, errors.Join(errs...))
	n := 0
	for _, w := range won {
		if w {
			n++
		}
	}
	return n
}

// walk reads a list to its end in pages of two rows and returns the names of the
// rows in the order in which they came. Between the pages it calls meanwhile.
func walk[T any](t *testing.T, read func(page.Request) (page.Page[T], error), name func(T) string, meanwhile func(read int)) []string {
	t.Helper()
	var names []string
	r := page.Request{Limit: 2}
	for range 1000 {
		p := get[page.Page[T]](t)(read(r))
		if len(p.Items) > r.Limit {
			t.Fatalf("a page has %d rows, want at most %d", len(p.Items), r.Limit)
		}
		for _, item := range p.Items {
			names = append(names, name(item))
		}
		if p.Next.IsZero() {
			return names
		}
		r.After = p.Next
		if meanwhile != nil {
			meanwhile(len(names))
		}
	}
	t.Fatal("the list has no end")
	return nil
}
