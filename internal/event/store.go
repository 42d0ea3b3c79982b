package event

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/verify"
)

// Appender is the part of a transaction that takes events. Every feature whose
// changes are recorded embeds it in its Store, which is how the change and its
// record come to be written together or not at all.
type Appender interface {
	// AppendEvent writes e and its cut-off. Outside a transaction it is one of
	// its own.
	AppendEvent(ctx context.Context, e Event) error
}

// Head is the end of the sealed log.
type Head struct {
	Seq int64
	MAC []byte // of the last sealed row; nil at the start of a chain
}

// Position is how far the log has got.
type Position struct {
	Seq      int64 // the last sealed number
	Unsealed bool  // whether rows wait for their seal
}

// Filter chooses events. Zero fields choose all.
type Filter struct {
	Actor   ident.UserID
	Action  Action
	Subject Subject   // Kind and ID
	From    time.Time // included
	Until   time.Time // not included

	// UpTo chooses sealed rows alone, to this number; nil also those that wait.
	UpTo *int64
}

// Store is what the log needs kept.
type Store interface {
	Appender

	// LogPosition is the one question that is asked several times a second; it
	// must be cheap.
	LogPosition(ctx context.Context) (Position, error)

	// LogHead returns the end of the sealed log.
	LogHead(ctx context.Context) (Head, error)

	// UnsealedEvents returns rows that are committed and not sealed, by id, at
	// most limit.
	UnsealedEvents(ctx context.Context, limit int) ([]Event, error)

	// SealEvents moves the head from the given one to the last of the batch and
	// writes Seq and MAC of each row, in one transaction. It reports false, and
	// changes nothing, when the head was not the given one any more.
	SealEvents(ctx context.Context, from Head, batch []Event) (bool, error)

	// SealedEvents returns the sealed rows after a number, in order, at most limit.
	SealedEvents(ctx context.Context, after int64, limit int) ([]Event, error)

	// LogCheckpoint returns where the kept log begins, the zero Checkpoint where
	// nothing was removed. It returns ErrChain when somebody removed its row.
	LogCheckpoint(ctx context.Context) (Checkpoint, error)

	// CutEvents moves the checkpoint from the given one on, removes the rows up to
	// the new one and appends the event that says so, in one transaction. Cut-offs
	// of removed rows stay as they are. It reports false, and changes nothing, when
	// the checkpoint was not the given one any more, and an error, also without any
	// change, when there are not as many rows as the new one says.
	CutEvents(ctx context.Context, from, to Checkpoint, record Event) (bool, error)

	// LiveCutoffs returns the cut-offs of committed rows whose Until is after now,
	// with the time of their event as At and with their numbers, 0 for rows that
	// wait for their seal, and the sealed number that the answer is complete to.
	LiveCutoffs(ctx context.Context, now time.Time) ([]verify.Cutoff, int64, error)

	// DeleteCutoffs forgets the cut-offs whose Until is not after now, at most
	// limit, and returns how many. The events stay.
	DeleteCutoffs(ctx context.Context, now time.Time, limit int) (int64, error)

	// Event returns the event with this id, sealed or not, or ErrNotFound.
	Event(ctx context.Context, id string) (Event, error)

	// Events is a page of the log, newest first, sealed or not. Its order is that of
	// the times and then of the ids, which every filter has an index for; the order
	// of the numbers can differ from it by as much as clocks and commits do.
	Events(ctx context.Context, f Filter, r page.Request) (page.Page[Event], error)
}
