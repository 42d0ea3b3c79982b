package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

// counted counts the statements of a store, and stops before one of them.
type counted struct {
	*store.DB
	mu      sync.Mutex
	n       int
	stopped chan struct{} // told when a load has read the account
	goOn    chan struct{} // and waits for this
}

func (c *counted) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// statements returns how many there were since it was asked last.
func (c *counted) statements() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = 0
	return n
}

func (c *counted) User(ctx context.Context, id ident.UserID) (user.User, error) {
	c.count()
	u, err := c.DB.User(ctx, id)
	c.mu.Lock()
	stopped, goOn := c.stopped, c.goOn
	c.stopped = nil
	c.mu.Unlock()
	if stopped != nil {
		close(stopped)
		<-goOn
	}
	return u, err
}

func (c *counted) Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error) {
	c.count()
	return c.DB.Rights(ctx, id, at)
}

func (c *counted) AccessVersion(ctx context.Context) (int64, error) {
	c.count()
	return c.DB.AccessVersion(ctx)
}

func open(t *testing.T, size int) (*snapshot.Cache, *counted) {
	t.Helper()
	s := &counted{DB: storetest.New(t)}
	c, err := snapshot.New(s, size, func() time.Time { return begin })
	must(t, err)
	return c, s
}

func add(t *testing.T, s *counted, id ident.UserID) user.User {
	t.Helper()
	u := user.User{
		ID: id, Username: string(id), UsernameKey: string(id), Password: secret.New("!"),
		Active: true, Staff: true, RightsVersion: 3, JoinedAt: begin,
	}
	must(t, s.InsertUser(t.Context(), u))
	return u
}

func get(t *testing.T, c *snapshot.Cache, id ident.UserID) *snapshot.Snapshot {
	t.Helper()
	s, err := c.Get(t.Context(), id)
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func about(subject event.Subject) event.Event {
	return event.New(access.Command("test"), begin, event.UserUpdated, subject)
}

func TestGet(t *testing.T) {
	t.Parallel()
	c, s := open(t, 100)
	u := add(t, s, "ann")
	_, err := s.GrantPermission(t.Context(), "ann", access.ViewKey, time.Time{})
	must(t, err)
	version, err := s.RaiseAccessVersion(t.Context())
	must(t, err)
	want := &snapshot.Snapshot{
		User: u, AccessVersion: version, Rights: access.Rights{Staff: true, Permissions: []access.Permission{access.ViewKey}},
	}
	got := get(t, c, "ann")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Get (-want +got):\n%s", diff)
	}
	if n := s.statements(); n == 0 {
		t.Fatal("the statements are not counted")
	}
	for range 100 {
		if get(t, c, "ann") != got {
			t.Error("a hit gave another snapshot")
		}
	}
	if n := s.statements(); n != 0 {
		t.Errorf("%d statements for a hit, want none", n)
	}
}

// A missing account is not remembered: it may be made in a moment.
func TestGetOfNobody(t *testing.T) {
	t.Parallel()
	c, s := open(t, 100)
	for _, id := range []ident.UserID{"", "ann", "x\x00", ident.UserID(make([]byte, 5000))} {
		if _, err := c.Get(t.Context(), id); !errors.Is(err, user.ErrNotFound) {
			t.Errorf("Get(%.10q): %v, want %v", id, err, user.ErrNotFound)
		}
	}
	add(t, s, "ann")
	get(t, c, "ann")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(gone, "bob"); err == nil || errors.Is(err, user.ErrNotFound) {
		t.Errorf("Get with a context that has ended: %v", err)
	}
}

func TestHeard(t *testing.T) {
	t.Parallel()
	started := event.New(access.Caller{Kind: access.Person, UserID: "ann"}, begin, event.SessionStarted, event.Session("s"))
	ended := started
	ended.Action = event.SessionEnded
	for name, c := range map[string]struct {
		e        event.Event
		ann, bob bool // whether they are read anew
	}{
		"a_user":                {about(event.User("ann", "ann")), true, false},
		"a_user_who_is_unknown": {about(event.User("eve", "eve")), false, false},
		"a_role":                {about(event.Role("r", "R")), true, true},
		"a_permission":          {about(event.Permission("blog.edit")), true, true},
		"a_key":                 {about(event.Key("kid")), false, false},
		"a_sign-in":             {started, true, false}, // which writes into the account
		"a_sign-out":            {ended, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache, s := open(t, 100)
			add(t, s, "ann")
			add(t, s, "bob")
			get(t, cache, "ann")
			get(t, cache, "bob")
			s.statements()
			cache.Heard(c.e)
			for id, anew := range map[ident.UserID]bool{"ann": c.ann, "bob": c.bob} {
				get(t, cache, id)
				if n := s.statements(); (n > 0) != anew {
					t.Errorf("%s: %d statements, read anew: want %v", id, n, anew)
				}
			}
		})
	}
}

// Case E30: what was read before a change was heard of is used once and not kept.
func TestLoadThatOverlapsAnEvent(t *testing.T) {
	t.Parallel()
	for name, hear := range map[string]func(*snapshot.Cache){
		"of_the_user":  func(c *snapshot.Cache) { c.Heard(about(event.User("ann", ""))) },
		"of_a_role":    func(c *snapshot.Cache) { c.Heard(about(event.Role("r", ""))) },
		"of_a_restore": func(c *snapshot.Cache) { c.Forget() },
		"none":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := open(t, 100)
			add(t, s, "ann")
			stopped, goOn := make(chan struct{}), make(chan struct{})
			s.stopped, s.goOn = stopped, goOn
			var got *snapshot.Snapshot
			var err error
			var wg sync.WaitGroup
			wg.Go(func() { got, err = c.Get(t.Context(), "ann") })
			<-stopped
			if _, err := s.SetActive(t.Context(), "ann", false); err != nil {
				t.Error(err)
			}
			if hear != nil {
				hear(c)
			}
			close(goOn)
			wg.Wait()
			must(t, err)
			if !got.User.Active {
				t.Error("the load did not begin before the change")
			}
			if kept := get(t, c, "ann").User.Active; kept != (hear == nil) {
				t.Errorf("the account is active as it was before: %v", kept)
			}
		})
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	c, s := open(t, 100)
	add(t, s, "ann")
	get(t, c, "ann")
	c.Forget()
	s.statements()
	get(t, c, "ann")
	if s.statements() == 0 {
		t.Error("nothing was read after Forget")
	}
}

// The number of snapshots is bounded.
func TestSize(t *testing.T) {
	t.Parallel()
	c, s := open(t, 5)
	const accounts = 60
	for i := range accounts {
		id := ident.UserID(fmt.Sprint("u", i))
		add(t, s, id)
		get(t, c, id)
	}
	read := 0
	for range 200 { // what is too many is dropped a moment later
		s.statements()
		for i := range accounts {
			get(t, c, ident.UserID(fmt.Sprint("u", i)))
		}
		if read = s.statements(); read > accounts {
			return
		}
	}
	t.Errorf("%d statements for %d accounts with room for 5", read, accounts)
}

// Whoever looks after a change was heard sees it, whatever is read meanwhile.
func TestChangesWhileOthersRead(t *testing.T) {
	t.Parallel()
	c, s := open(t, 100)
	add(t, s, "ann")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := c.Get(t.Context(), "ann"); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for range 100 {
		least, err := s.RaiseRightsVersion(t.Context(), "ann")
		must(t, err)
		c.Heard(about(event.User("ann", "")))
		if got := get(t, c, "ann").User.RightsVersion; got < least {
			t.Errorf("rights version %d after a change to %d was heard", got, least)
			break
		}
	}
	close(stop)
	wg.Wait()
}
