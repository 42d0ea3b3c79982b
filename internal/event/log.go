package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/verify"
)

// ErrStale is returned while the process cannot read the log and may therefore
// miss revocations.
var ErrStale = fault.New(fault.Unavailable, "revocations_stale",
	"The service cannot tell right now whether this token was revoked; try again shortly.").RetryIn(time.Second)

const (
	batch       = 256             // rows sealed or read at a time
	syncTimeout = 2 * time.Second // what a caller waits for the seal of their revocation
	housekeep   = time.Minute
)

// Log is one process's view of the event log: it seals what was committed, reads
// what is sealed, and tells the parts of this process.
type Log struct {
	Store Store
	Key   []byte // of the chain, 32 bytes

	// CheckpointKey signs where the log was cut: 32 bytes, used for nothing else.
	CheckpointKey []byte

	Revocations *verify.Revocations
	Now         func() time.Time
	Log         *slog.Logger

	// Poll is how often the log is looked at when nothing wakes it.
	Poll time.Duration

	// MaxStaleness is how long the log may be unreadable before Fresh refuses.
	MaxStaleness time.Duration

	// Heard is called for each event: in the process that committed it before
	// its caller is answered, and again, as in every other process, when the
	// sealed row is read. Calls may come from several goroutines.
	Heard func(Event)

	// Forgot is called when the process cannot read on where it had read to: the log
	// was replaced under it (a restored database), or cut before it had read it.
	// Whatever was learned from events has to be learned again.
	Forgot func()

	mu   sync.Mutex // one sync at a time
	read int64      // the last number read
	wake chan struct{}
}

// Start reads the cut-offs in force and the end of the log. It must succeed
// before the process verifies anything.
func (l *Log) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake = make(chan struct{}, 1)
	return l.reload(ctx)
}

// Started reports whether Start succeeded.
func (l *Log) Started() bool { return !l.Revocations.AsOf().IsZero() }

// reload learns everything anew. The caller holds mu.
func (l *Log) reload(ctx context.Context) error {
	started := l.Now()
	cutoffs, seq, err := l.Store.LiveCutoffs(ctx, started)
	if err != nil {
		return fmt.Errorf("read the cut-offs in force: %w", err)
	}
	if err := l.Revocations.Apply(started, cutoffs...); err != nil {
		return fmt.Errorf("apply the cut-offs in force: %w", err)
	}
	l.read = seq
	return nil
}

// Committed tells the process what a transaction of its own wrote. Cut-offs are
// in force here when it returns, and their events are sealed unless the database
// went away meanwhile: then the next process that reaches it seals them.
func (l *Log) Committed(ctx context.Context, events []Event) {
	revoking := false
	for _, e := range events {
		if e.Cutoff != nil {
			revoking = true
			l.apply(ctx, e)
		}
		l.Heard(e)
	}
	if !revoking {
		select {
		case l.wake <- struct{}{}:
		default: // a wake-up is waiting already
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), syncTimeout)
	defer cancel()
	if err := l.Sync(ctx); err != nil {
		l.Log.WarnContext(ctx, "a revocation is committed and in force here, but not sealed yet", "err", err)
	}
}

// apply puts a cut-off of this process's own in force.
func (l *Log) apply(ctx context.Context, e Event) {
	if err := l.Revocations.Apply(time.Time{}, e.revoked()); err != nil {
		l.Log.ErrorContext(ctx, "a cut-off of this version is not one", "action", e.Action, "err", err) // only a bug comes here
	}
}

// Run seals and reads until ctx ends.
func (l *Log) Run(ctx context.Context) {
	poll := time.NewTicker(l.Poll)
	defer poll.Stop()
	clean := time.NewTicker(housekeep)
	defer clean.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-clean.C:
			l.forget(ctx)
			continue
		case <-poll.C:
		case <-l.wake:
		}
		err := l.Sync(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing { // one line when it begins and one when it ends
			failing = err != nil
			if failing {
				l.Log.ErrorContext(ctx, "the event log cannot be sealed or read", "err", err)
			} else {
				l.Log.InfoContext(ctx, "the event log can be sealed and read again")
			}
		}
	}
}

// Sync seals what is committed and reads what is sealed, to the end. Where only
// the sealing fails, the error says so and the process knows of every revocation
// all the same.
func (l *Log) Sync(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	started := l.Now()
	pos, err := l.Store.LogPosition(ctx)
	if err != nil {
		return fmt.Errorf("find the end of the event log: %w", err)
	}
	if pos.Seq < l.read {
		return l.relearn(ctx, pos.Seq)
	}
	var unsealed error
	if pos.Unsealed {
		if unsealed = l.seal(ctx); unsealed != nil {
			// A full disk or a database that is read-only still tells what is
			// revoked. These rows are read before the sealed ones, so that none
			// is missed that another process seals now.
			if err := l.readUnsealed(ctx); err != nil {
				return errors.Join(unsealed, err)
			}
		}
	}
	if pos.Unsealed || pos.Seq > l.read {
		if err := l.readOn(ctx); err != nil {
			return errors.Join(unsealed, err)
		}
	}
	return errors.Join(unsealed, l.Revocations.Apply(started))
}

// relearn begins anew with a log that does not go on where this process had read to.
// The caller holds mu.
func (l *Log) relearn(ctx context.Context, found int64) error {
	l.Log.WarnContext(ctx, "the event log does not go on where it was read to; learning it anew", "read", l.read, "found", found)
	l.Forgot()
	return l.reload(ctx)
}

// readUnsealed tells this process of the rows that cannot be sealed. They are
// told again when they are.
func (l *Log) readUnsealed(ctx context.Context) error {
	rows, err := l.Store.UnsealedEvents(ctx, batch)
	if err != nil {
		return fmt.Errorf("read unsealed events: %w", err)
	}
	for _, e := range rows {
		if e.Cutoff != nil {
			if err := l.Revocations.Apply(time.Time{}, e.revoked()); err != nil {
				return fmt.Errorf("apply the cut-off of event %s: %w", e.ID, err)
			}
		}
		l.Heard(e)
	}
	if len(rows) == batch {
		return errors.New("more events wait for their seal than are read at a time")
	}
	return nil
}

// readOn reads sealed rows to the end. The caller holds mu.
func (l *Log) readOn(ctx context.Context) error {
	for {
		rows, err := l.Store.SealedEvents(ctx, l.read, batch)
		if err != nil {
			return fmt.Errorf("read the event log after %d: %w", l.read, err)
		}
		for _, e := range rows {
			if e.Seq != l.read+1 {
				return l.relearn(ctx, e.Seq)
			}
			if e.Cutoff != nil {
				// A kind that only a newer version knows cannot be applied. The set
				// then grows old instead of looking complete, and Fresh refuses.
				if err := l.Revocations.Apply(time.Time{}, e.revoked()); err != nil {
					return fmt.Errorf("apply the cut-off of event %d: %w", e.Seq, err)
				}
			}
			l.Heard(e)
			l.read = e.Seq
		}
		if len(rows) < batch {
			return nil
		}
	}
}

// Fresh returns nil while the process knows of every revocation that is older
// than the bound, ErrStale otherwise.
func (l *Log) Fresh() error {
	if l.Revocations.Age(l.Now()) > l.MaxStaleness {
		return ErrStale
	}
	return nil
}

// forget drops the cut-offs that concern no token any more.
func (l *Log) forget(ctx context.Context) {
	now := l.Now()
	l.Revocations.Drop(now)
	for {
		n, err := l.Store.DeleteCutoffs(ctx, now, batch)
		if err != nil {
			l.Log.WarnContext(ctx, "expired cut-offs were not deleted", "err", err)
			return
		}
		if n < batch {
			return
		}
	}
}
