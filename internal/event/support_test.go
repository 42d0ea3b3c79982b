package event_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

// chainKey is the key of the chain, unless a test wants another.
var chainKey = bytes.Repeat([]byte{7}, 32)

// cutKey is the key of checkpoints.
var cutKey = bytes.Repeat([]byte{9}, 32)

const day = 24 * time.Hour

// clock is a time that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// process is one process on a database: a log, and what it was told.
type process struct {
	*event.Log
	db    *store.DB
	clock *clock

	mu     sync.Mutex
	heard  []event.Event
	forgot int
}

// told returns how often the process was told of an event.
func (p *process) told(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, e := range p.heard {
		if e.ID == id {
			n++
		}
	}
	return n
}

// unstarted returns a process that has not begun.
func unstarted(t *testing.T, s event.Store) *process {
	t.Helper()
	p := &process{clock: &clock{at: begin}}
	p.Log = &event.Log{
		Store: s, Key: chainKey, CheckpointKey: cutKey, Revocations: verify.NewRevocations(), Now: p.clock.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Poll: time.Second, MaxStaleness: 5 * time.Second,
		Heard: func(e event.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.heard = append(p.heard, e)
		},
		Forgot: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.forgot++
		},
	}
	return p
}

// start opens the database in a process of its own.
func start(t *testing.T, url string) *process {
	t.Helper()
	db := storetest.Open(t, url)
	p := unstarted(t, db)
	p.db = db
	db.OnCommit(p.Committed)
	must(t, p.Start(t.Context()))
	return p
}

// append commits an event in a transaction.
func (p *process) append(t *testing.T, e event.Event) event.Event {
	t.Helper()
	must(t, store.TxFunc[event.Store](p.db)(t.Context(), func(tx event.Store) error { return tx.AppendEvent(t.Context(), e) }))
	return e
}

// something is an event of no consequence.
func something(name string) event.Event {
	return event.New(access.Command("test"), begin, event.UserUpdated, event.User("u-1", name))
}

// ending is an event that revokes a session until an hour after begin.
func ending(session string) event.Event {
	return event.New(access.Command("test"), begin, event.SessionEnded, event.Subject{Kind: "session", ID: session}).
		Revoking(verify.Cutoff{Kind: verify.CutoffSession, ID: session, Until: begin.Add(time.Hour), Reason: "signed_out"})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails reports an error that is not the wanted one.
func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// sealed returns every sealed row.
func sealed(t *testing.T, db *store.DB) []event.Event {
	t.Helper()
	var all []event.Event
	for last := int64(0); ; last = all[len(all)-1].Seq {
		rows, err := db.SealedEvents(context.WithoutCancel(t.Context()), last, 1000)
		must(t, err)
		if len(rows) == 0 {
			return all
		}
		all = append(all, rows...)
	}
}

// aged commits and seals n events that happened some time before begin.
func (p *process) aged(t *testing.T, n int, age time.Duration) {
	t.Helper()
	for i := range n {
		e := something("row").With(map[string]any{"i": i})
		e.At = begin.Add(-age)
		p.append(t, e)
	}
	must(t, p.Sync(t.Context()))
}

// retained has the process remove what is older than keep, and seal the record of it.
func (p *process) retained(t *testing.T, keep time.Duration) int64 {
	t.Helper()
	n, err := p.Retain(t.Context(), keep)
	must(t, err)
	must(t, p.Sync(t.Context()))
	return n
}
