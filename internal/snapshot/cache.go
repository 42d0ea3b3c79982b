package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// Snapshot is an account at one moment. It is shared and must not be changed.
type Snapshot struct {
	User          user.User
	Rights        access.Rights
	AccessVersion int64
}

// Store is what this package reads.
type Store interface {
	User(ctx context.Context, id ident.UserID) (user.User, error)
	Rights(ctx context.Context, id ident.UserID, at time.Time) (access.Rights, error)
	AccessVersion(ctx context.Context) (int64, error)
}

// Cache remembers a bounded number of snapshots.
type Cache struct {
	store Store
	now   func() time.Time
	kept  *otter.Cache[ident.UserID, *Snapshot]

	mu         sync.Mutex // held to keep and to forget
	generation uint64     // counts what was heard
}

// New makes a cache of at most size snapshots.
func New(store Store, size int, now func() time.Time) (*Cache, error) {
	kept, err := otter.New(&otter.Options[ident.UserID, *Snapshot]{MaximumSize: size})
	if err != nil {
		return nil, fmt.Errorf("make the snapshot cache: %w", err)
	}
	return &Cache{store: store, now: now, kept: kept}, nil
}

// Get returns the snapshot of an account, user.ErrNotFound when there is none. One
// with something in it that has ended is read anew.
func (c *Cache) Get(ctx context.Context, id ident.UserID) (*Snapshot, error) {
	if s, ok := c.kept.GetIfPresent(id); ok && !s.Rights.Ended(c.now()) {
		return s, nil
	}
	c.mu.Lock()
	began := c.generation
	c.mu.Unlock()

	s, err := c.load(ctx, id, c.now())
	if err != nil {
		return nil, err
	}
	if now := c.now(); s.Rights.Ended(now) { // while it was read
		return c.load(ctx, id, now)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == began { // else something was heard meanwhile: use it once
		c.kept.Set(id, s)
	}
	return s, nil
}

func (c *Cache) load(ctx context.Context, id ident.UserID, at time.Time) (*Snapshot, error) {
	version, err := c.store.AccessVersion(ctx)
	if err != nil {
		return nil, fmt.Errorf("snapshot of user %s: %w", id, err)
	}
	u, err := c.store.User(ctx, id)
	if errors.Is(err, user.ErrNotFound) {
		return nil, user.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("snapshot of user %s: %w", id, err)
	}
	rights, err := c.store.Rights(ctx, id, at)
	if errors.Is(err, user.ErrNotFound) {
		return nil, user.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("snapshot of user %s: %w", id, err)
	}
	return &Snapshot{User: u, Rights: rights, AccessVersion: version}, nil
}

// Heard forgets what an event concerns.
func (c *Cache) Heard(e event.Event) {
	switch e.Subject.Kind {
	case "user":
		c.forget(ident.UserID(e.Subject.ID))
	case "session":
		// A sign-in writes its time into the account.
		if e.Action == event.SessionStarted {
			c.forget(e.Actor.ID)
		}
	case "role", "permission":
		c.Forget()
	}
}

func (c *Cache) forget(id ident.UserID) {
	c.mu.Lock()
	c.generation++
	c.kept.Invalidate(id)
	c.mu.Unlock()
}

// Drop forgets one account.
func (c *Cache) Drop(id ident.UserID) {
	c.mu.Lock()
	c.generation++
	c.kept.Invalidate(id)
	c.mu.Unlock()
}

// Forget forgets everything.
func (c *Cache) Forget() {
	c.mu.Lock()
	c.generation++
	c.kept.InvalidateAll()
	c.mu.Unlock()
}
