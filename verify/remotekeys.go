package verify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// RemoteConfig says where the published keys of an issuer are and how long they
// are believed. All but URL may be left out.
type RemoteConfig struct {
	// URL is where the key set is published (RFC 7517 section 5): https, or http
	// to a loopback host. It has no user and no fragment. Required.
	URL string

	// Client asks. It is copied: redirects are followed only to the scheme, host
	// and port of URL and at most three times, whatever else it allows, and where
	// it has no Timeout it gets 5 s. Default: a client of its own, which knows the
	// proxy settings of the environment.
	Client *http.Client

	// MinInterval is the least time between two fetches that an unknown key ID
	// asks for, and the least that the issuer can ask for between two refreshes.
	// Default: 10 s.
	MinInterval time.Duration

	// MaxAge is how long an answer is fresh whose Cache-Control does not say. What
	// it says counts from MinInterval to 24 h, and never above half of MaxStale.
	// Default: 5 min.
	MaxAge time.Duration

	// MaxStale is how long keys are believed without a successful fetch. It bounds
	// what cutting a verifier off from its issuer is worth to a thief of a key
	// that was withdrawn. Default: 24 h.
	MaxStale time.Duration

	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// Log gets a line when fetching begins to fail, when the keys become too old
	// to be believed, when fetching works again, and when the keys change. Only
	// Run writes to it. Default: nothing is written.
	Log *slog.Logger
}

// RemoteKeys is the published keys of an issuer, fetched over HTTP and kept. It
// is safe for concurrent use. Reading the keys never waits for the network: Run
// fetches them, and a verifier uses what was fetched last.
type RemoteKeys struct {
	cfg    RemoteConfig // with defaults
	place  string       // the URL as errors name it
	client *http.Client
	none   *KeySet // what is believed before the first answer and after MaxStale

	answer  atomic.Pointer[remoteAnswer] // the last good one; nil before it
	missed  chan struct{}                // a key ID was not held
	running atomic.Bool
	turn    chan struct{} // held by the one that fetches

	mu       sync.Mutex
	begun    uint64 // fetches
	beganAt  time.Time
	finished remoteOutcome // of the last fetch that its caller did not give up
}

// remoteAnswer is what a successful fetch brought. It never changes.
type remoteAnswer struct {
	set   *KeySet
	etag  string        // "" when there is none to send
	age   time.Duration // how long it is fresh, from began on
	began time.Time
}

// remoteOutcome is how a fetch ended. Its number says which one it was.
type remoteOutcome struct {
	number uint64
	err    error
}

// NewRemoteKeys returns an empty set of remote keys, and fetches nothing yet. Its
// error names every mistake in cfg, without the URL, which may hold a secret.
func NewRemoteKeys(cfg RemoteConfig) (*RemoteKeys, error) {
	where, errURL := parseRemoteURL(cfg.URL)
	cfg = cfg.withDefaults()
	if err := errors.Join(errURL, cfg.validate()); err != nil {
		return nil, err
	}
	return &RemoteKeys{
		cfg:    cfg,
		place:  where.Scheme + "://" + where.Host + where.EscapedPath(),
		client: remoteClient(cfg.Client),
		none:   &KeySet{},
		missed: make(chan struct{}, 1),
		turn:   make(chan struct{}, 1),
	}, nil
}

// Keys returns the keys as they were published last, for Config.Keys. It never
// returns nil and never waits. The set is empty before the first successful
// fetch, and when the last one is MaxStale ago.
func (r *RemoteKeys) Keys() *KeySet {
	a := r.answer.Load()
	if a == nil || r.cfg.Now().Sub(a.began) >= r.cfg.MaxStale {
		return r.none
	}
	return a.set
}

// Missed says that a token named a key that the set does not hold, which happens
// when an issuer changes its keys at once. It never waits, and keeps nothing of
// the ID: strangers choose it. Run then fetches, at once or as soon as MinInterval
// has passed since the last fetch; until then further calls change nothing.
func (r *RemoteKeys) Missed(kid string) {
	if _, held := r.Keys().Key(kid); held || kid == "" {
		return // fetched since the verifier looked
	}
	select {
	case r.missed <- struct{}{}:
	default: // a call is waiting already
	}
}

// Fetch fetches the keys now. When it returns nil, Keys holds what the issuer
// published after Fetch was called. Only one fetch runs at a time, and callers who
// wait for the same one share its outcome. On an error the keys stay as they
// were; the error names the place and what is wrong with the answer.
func (r *RemoteKeys) Fetch(ctx context.Context) error {
	r.mu.Lock()
	asked := r.begun
	r.mu.Unlock()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return r.wrap(ctx.Err())
	}
	defer func() { <-r.turn }()

	r.mu.Lock()
	if r.finished.number > asked { // it began after we asked
		defer r.mu.Unlock()
		return r.finished.err
	}
	r.begun++
	number, began := r.begun, r.cfg.Now()
	r.beganAt = began
	r.mu.Unlock()

	err := r.load(ctx, began)
	if err == nil || ctx.Err() == nil {
		r.mu.Lock()
		r.finished = remoteOutcome{number, err}
		r.mu.Unlock()
	}
	return err
}
