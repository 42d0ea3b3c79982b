package event

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/countersign/countersign/internal/fault"
)

// The chain finds whatever was changed inside the log, but not that its tail was
// cut off together with the head row: a shorter log is a good one. What finds it
// is a head that was written down outside the database.

// errHead is returned for text that is no head.
var errHead = errors.New("a head is a number and a MAC in hexadecimal digits")

// ErrHeadOld is returned by CheckWitness for a head that the log had before its
// beginning was removed. The log went on after it, and that is all that it proves.
var ErrHeadOld = fault.New(fault.Conflict, "head_older_than_log",
	"The head that was written down is older than the events that are kept. Whether the end of the log was cut off can only be told with a newer one.")

// String returns the head as text: its number and its MAC. Whoever has the text
// can check nothing and change nothing with it.
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + " " + hex.EncodeToString(h.MAC)
}

// ParseHead returns the head that String wrote.
func ParseHead(text string) (Head, error) {
	number, digits, _ := strings.Cut(strings.TrimSpace(text), " ")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 0 {
		return Head{}, errHead
	}
	sum, err := hex.DecodeString(digits)
	if err != nil {
		return Head{}, errHead
	}
	return Head{Seq: seq, MAC: sum}, nil
}

// CheckWitness returns nil when the log still has the row that was its head once,
// ErrChain when it does not: then what came after an earlier row was cut off, or
// the database was restored from an older copy. It returns ErrHeadOld where that row
// was removed at a checkpoint, which is no sign of anything.
func (l *Log) CheckWitness(ctx context.Context, once Head) error {
	if once.Seq == 0 {
		return nil
	}
	// The checkpoint is read after the row: it may move past it in between.
	rows, err := l.Store.SealedEvents(ctx, once.Seq-1, 1)
	if err != nil {
		return fmt.Errorf("read event %d: %w", once.Seq, err)
	}
	if len(rows) > 0 && rows[0].Seq == once.Seq && bytes.Equal(rows[0].MAC, once.MAC) {
		return nil
	}
	cut, err := l.checkpoint(ctx)
	if err != nil {
		return err
	}
	switch signed := l.trusts(cut); {
	case signed && cut.Seq == once.Seq && bytes.Equal(cut.MAC, once.MAC):
		return nil // the kept log follows it
	case signed && cut.Seq > once.Seq:
		return ErrHeadOld
	}
	return fmt.Errorf("%w: event %d, which was its last one once, is not there any more", ErrChain, once.Seq)
}
