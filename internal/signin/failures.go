package signin

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

const (
	failuresEach = 10          // a minute, account and network, each recorded by itself
	failuresKept = 10_000      // pairs that are counted at a time
	failureSpan  = time.Minute // what "a minute" is
	failureName  = 600         // bytes of a name that are told apart; no account's name is longer
)

// Failures records failed sign-ins without letting a flood of them fill the log.
type Failures struct {
	Store event.Appender
	Now   func() time.Time

	mu      sync.Mutex
	pairs   map[string]*failure
	repeats map[string]*failure // sessions: a flood of failures must not take their places
}

// failure counts one account from one network, or one session.
type failure struct {
	since   time.Time
	count   int
	from    access.Origin
	subject event.Subject
}

// Record writes the event of a failed sign-in, or counts it when there were many
// for the account from this network within the minute. The name is recorded only
// for accounts that exist: people type passwords into the wrong field.
func (f *Failures) Record(ctx context.Context, from access.Origin, key string, id ident.UserID) error {
	subject := event.User(id, "")
	if len(key) > failureName { // 10,000 names as long as a request's body are too much to keep
		key = key[:failureName]
	}
	if !f.count(&f.pairs, key+" "+network(from.IP), from, subject) {
		return nil
	}
	who := access.Caller{Kind: access.Anonymous, Origin: from}
	return f.Store.AppendEvent(ctx, event.New(who, f.Now(), event.SignInFailed, subject))
}

// first reports whether a repeated refresh of this session still goes into the log
// by itself.
func (f *Failures) first(of ident.SessionID) bool {
	return f.count(&f.repeats, string(of), access.Origin{}, event.Subject{})
}

func (f *Failures) count(in *map[string]*failure, key string, from access.Origin, subject event.Subject) bool {
	now := f.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if *in == nil {
		*in = make(map[string]*failure)
	}
	pairs := *in
	pair := pairs[key]
	if pair == nil && len(pairs) >= failuresKept {
		// So many at once are counted together.
		key, subject = "", event.Subject{Kind: subject.Kind}
		pair = pairs[key]
	}
	if pair == nil {
		pair = &failure{since: now, from: from, subject: subject}
		pairs[key] = pair
	}
	pair.count++
	return pair.count <= failuresEach
}

// Run writes what was counted and not recorded, until ctx ends, and then once
// more.
func (f *Failures) Run(ctx context.Context) {
	tick := time.NewTicker(failureSpan / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			f.flush(last, time.Time{})
			cancel()
			return
		case <-tick.C:
			f.flush(ctx, f.Now().Add(-failureSpan))
		}
	}
}

// flush writes and forgets the pairs that were begun before a time; all for the
// zero time. What cannot be written is dropped: it is a count.
func (f *Failures) flush(ctx context.Context, before time.Time) {
	f.mu.Lock()
	var due []*failure
	for _, pairs := range []map[string]*failure{f.pairs, f.repeats} {
		for key, pair := range pairs {
			if !before.IsZero() && !pair.since.Before(before) {
				continue
			}
			delete(pairs, key)
			if pair.count > failuresEach && pair.subject.Kind != "" {
				due = append(due, pair)
			}
		}
	}
	f.mu.Unlock()
	for _, pair := range due {
		who := access.Caller{Kind: access.Anonymous, Origin: pair.from}
		e := event.New(who, f.Now(), event.SignInFailed, pair.subject).With(map[string]any{
			"more": pair.count - failuresEach, "since": pair.since.Format(time.RFC3339),
		})
		if err := f.Store.AppendEvent(ctx, e); err != nil {
			return
		}
	}
}

// network is what counts as one place: an IPv4 address, or the /64 of an IPv6
// one.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap()
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
