package signin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store/storetest"
)

// trail keeps events in memory.
type trail struct {
	mu     sync.Mutex
	events []event.Event
	err    error
}

func (r *trail) AppendEvent(_ context.Context, e event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.events = append(r.events, e)
	}
	return r.err
}

func (r *trail) take() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.events
	r.events = nil
	return taken
}

// run runs the worker in a bubble until the function that it returns is called.
func run(t *testing.T, f *signin.Failures) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func record(t *testing.T, f *signin.Failures, n int, ip, key string) {
	t.Helper()
	for range n {
		must(t, f.Record(t.Context(), access.Origin{IP: ip, UserAgent: "a/1"}, key, ident.UserID("id of "+key)))
	}
}

// Case K23: the first ten are recorded, the rest is one event with their number.
func TestFailuresAreAggregated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &trail{}
		f := &signin.Failures{Store: log, Now: time.Now}
		stop := run(t, f)
		since := time.Now().Format(time.RFC3339)
		record(t, f, 25, "192.0.2.1", "ann")
		record(t, f, 10, "192.0.2.2", "ann") // another network
		record(t, f, 3, "192.0.2.1", "bob")  // another account
		for _, e := range log.take() {
			if e.Detail != "{}" || e.Action != event.SignInFailed || e.Actor.Kind != access.Anonymous {
				t.Errorf("recorded %+v", e)
			}
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if n := len(log.take()); n != 0 {
			t.Errorf("%d events before the minute is over", n)
		}
		time.Sleep(16 * time.Second)
		synctest.Wait()
		more := log.take()
		want := fmt.Sprintf(`{"more":15,"since":%q}`, since)
		if len(more) != 1 || more[0].Detail != want || more[0].Subject.ID != "id of ann" || more[0].Origin.IP != "192.0.2.1" {
			t.Errorf("after a minute: %+v, want one event %s", more, want)
		}
		record(t, f, 11, "192.0.2.1", "ann") // a new minute
		if n := len(log.take()); n != 10 {
			t.Errorf("%d events in the next minute, want 10", n)
		}
		stop()
		if last := log.take(); len(last) != 1 || !strings.Contains(last[0].Detail, `"more":1,`) {
			t.Errorf("at the end: %+v, want what was counted", last)
		}
	})
}

// Each of a user's addresses in one IPv6 network is the same place.
func TestFailuresByNetwork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ips  []string
		want int
	}{
		"one_IPv4_network":    {[]string{"192.0.2.1", "192.0.2.2"}, 20},
		"IPv4_in_IPv6":        {[]string{"192.0.2.1", "::ffff:192.0.2.1"}, 10},
		"one_IPv6_network":    {[]string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:0db8:0001:0002::1"}, 10},
		"two_IPv6_networks":   {[]string{"2001:db8:1:2::1", "2001:db8:1:3::1"}, 20},
		"an_IPv6_zone":        {[]string{"fe80::1%eth0", "fe80::2%eth1"}, 10},
		"none_and_not_one":    {[]string{"", "unix"}, 20},
		"spelled_differently": {[]string{"2001:DB8:1:2::1", "2001:db8:1:2::1"}, 10},
	} {
		log := &trail{}
		f := &signin.Failures{Store: log, Now: func() time.Time { return begin }}
		for _, ip := range c.ips {
			record(t, f, 12, ip, "ann")
		}
		if n := len(log.take()); n != c.want {
			t.Errorf("%s: %d events, want %d", name, n, c.want)
		}
	}
}

// Case K23: however many names are tried, and however long they are, the memory
// is bounded and the log is.
func TestFailuresOfManyNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &trail{}
		f := &signin.Failures{Store: log, Now: time.Now}
		stop := run(t, f)
		for i := range 10_000 {
			record(t, f, 1, "192.0.2.1", fmt.Sprint("n", i))
		}
		if n := len(log.take()); n != 10_000 {
			t.Fatalf("%d events, want each", n)
		}
		for i := range 500 {
			record(t, f, 1, "192.0.2.1", fmt.Sprint("more", i))
		}
		if n := len(log.take()); n != 10 {
			t.Errorf("%d events beyond what is counted, want 10", n)
		}
		record(t, f, 10, "192.0.2.1", "n7") // who is counted is counted on
		if n := len(log.take()); n != 9 {
			t.Errorf("%d events of a name that is counted, want 9", n)
		}
		stop()
		if last := log.take(); len(last) != 2 || !strings.Contains(last[0].Detail+last[1].Detail, `"more":490,`) {
			t.Errorf("at the end: %+v", last)
		}
	})
	log := &trail{}
	f := &signin.Failures{Store: log, Now: func() time.Time { return begin }}
	for i := range 30 {
		record(t, f, 1, "192.0.2.1", strings.Repeat("x", 50_000)+fmt.Sprint(i))
	}
	if n := len(log.take()); n != 10 {
		t.Errorf("%d events of names that no account can have, want 10", n)
	}
}

// An error of the log is the caller's when a failure is recorded, and stops no
// worker when it is counted.
func TestFailuresWithoutALog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &trail{}
		f := &signin.Failures{Store: log, Now: time.Now}
		stop := run(t, f)
		record(t, f, 20, "192.0.2.1", "ann")
		log.err = errors.New("the disk is full")
		fails(t, "Record", f.Record(t.Context(), access.Origin{}, "bob", "b"), log.err)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		log.mu.Lock()
		log.err = nil
		log.mu.Unlock()
		log.take()
		record(t, f, 11, "192.0.2.1", "cleo")
		stop()
		if n := len(log.take()); n != 11 {
			t.Errorf("%d events after the log came back, want 11", n)
		}
	})
}

// Many at once, and the worker among them: every failure is recorded or counted.
func TestFailuresAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"), &clock{at: begin}, false)
	p.add(t, "ann")
	const n = 40
	errs := make([]error, n)
	atOnce(n, func(i int) { _, errs[i] = p.SignIn(t.Context(), here, "ann", secret.New("wrong")) })
	for _, err := range errs {
		fails(t, "SignIn", err, signin.ErrBadCredentials)
	}
	if got := len(p.recorded(t, event.SignInFailed)); got != 10 {
		t.Errorf("%d failures are recorded, want 10", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p.Failures.Run(ended) // the last flush is of a context that has ended
	found := p.recorded(t, event.SignInFailed)
	if len(found) != 11 || !strings.Contains(found[10].Detail, `"more":30,`) {
		t.Errorf("%d events, the last with %s", len(found), found[len(found)-1].Detail)
	}
	p.signIn(t, "ann") // failures lock nobody out
}
