package verify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// publisher is an issuer that publishes what a test tells it to.
type publisher struct {
	mu     sync.Mutex
	body   []byte
	header map[string]string
	answer http.HandlerFunc // instead of the body
	down   bool
	asked  []*http.Request
	at     []time.Time
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked, p.at = append(p.asked, r), append(p.at, time.Now())
	answer, header, body := p.answer, p.header, p.body
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	for name, value := range header {
		w.Header().Set(name, value)
	}
	if tag := header["ETag"]; tag != "" && r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}

// set changes the publisher while it serves.
func (p *publisher) set(change func(p *publisher)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// publish replaces the keys. The headers are pairs of name and value.
func (p *publisher) publish(t testing.TB, keys []signer, header ...string) {
	t.Helper()
	list := make([]map[string]any, len(keys))
	for i, s := range keys {
		list[i] = jwkOf(t, s)
	}
	named := map[string]string{}
	for pair := range slices.Chunk(header, 2) {
		named[pair[0]] = pair[1]
	}
	p.set(func(p *publisher) { p.body, p.header, p.answer = jwksOf(list...), named, nil })
}

func (p *publisher) requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *publisher) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.at)
}

func (p *publisher) gone(is bool) { p.set(func(p *publisher) { p.down = is }) }

// inside is a listener for connections within the process. The clock of a synctest
// bubble stands still while anything waits for a real one.
type inside struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *inside) Close() error {
	close(l.closed)
	return nil
}

func (l *inside) Addr() net.Addr { return &net.UnixAddr{Name: "inside"} }

// serveInside serves p without a network and returns a client that reaches it
// under every name, unless it is down. Inside a bubble, where it is made.
func serveInside(t *testing.T, p *publisher) *http.Client {
	l := &inside{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: p}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		wg.Wait()
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down {
			p.set(func(p *publisher) { p.at = append(p.at, time.Now()) })
			return nil, errors.New("connection refused")
		}
		near, far := net.Pipe()
		select {
		case l.conns <- far:
			return near, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// late lets an answer wait, until nobody waits for it.
func late(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// inBubble returns remote keys of p at the defaults. Inside a bubble.
func inBubble(t *testing.T, p *publisher, change ...func(*RemoteConfig)) *RemoteKeys {
	t.Helper()
	cfg := RemoteConfig{URL: "http://localhost/jwks", Client: serveInside(t, p)}
	for _, f := range change {
		f(&cfg)
	}
	return newRemote(t, cfg)
}

// run runs r until the test ends.
func run(t *testing.T, r *RemoteKeys) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

func newRemote(t testing.TB, cfg RemoteConfig) *RemoteKeys {
	t.Helper()
	r, err := NewRemoteKeys(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// onLoopback serves p on a real port.
func onLoopback(t testing.TB, p *publisher) *RemoteKeys {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	r := newRemote(t, RemoteConfig{URL: server.URL + "/jwks"})
	r.client.Timeout = time.Minute // of a busy machine
	return r
}

// esSigner returns a new ES256 signer.
func esSigner(id string) signer {
	return signer{id, ES256, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
}

// wantKeys fails unless r holds exactly the keys of these signers.
func wantKeys(t testing.TB, r *RemoteKeys, want ...signer) {
	t.Helper()
	set := r.Keys()
	if set == nil {
		t.Error("Keys = nil")
	}
	if got := set.Keys(); len(got) != len(want) {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	for _, s := range want {
		if _, ok := set.Key(s.id); !ok {
			t.Errorf("the key %s is missing", s.id)
		}
	}
}

// wantFetched fails unless a fetch succeeds.
func wantFetched(t testing.TB, r *RemoteKeys) {
	t.Helper()
	if err := r.Fetch(t.Context()); err != nil {
		t.Error(err)
	}
}

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// log drops the time, which is the bubble's.
func (j *journal) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
