package event

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Checkpoint is where the kept log begins: everything to Seq was removed. The zero
// Checkpoint is that of a log of which nothing was.
type Checkpoint struct {
	Seq     int64     // of the last event that was removed
	MAC     []byte    // of that event: the first one that is kept follows it
	At      time.Time // of the removal, in milliseconds
	Removed int64     // how many events it removed

	// Signature is a MAC over the other fields, under a key that the database does
	// not have.
	Signature []byte
}

// none reports whether nothing was removed ever.
func (c Checkpoint) none() bool { return c.Seq == 0 && len(c.MAC) == 0 && len(c.Signature) == 0 }

// signed returns the MAC of what the checkpoint says.
func (l *Log) signed(c Checkpoint) []byte {
	h := hmac.New(sha256.New, l.CheckpointKey)
	var b []byte
	for _, n := range []int64{c.Seq, c.At.UnixMilli(), c.Removed, int64(len(c.MAC))} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	h.Write(b)
	h.Write(c.MAC)
	return h.Sum(nil)
}

// trusts reports whether a checkpoint is one that somebody with the key made.
func (l *Log) trusts(c Checkpoint) bool {
	return c.none() || hmac.Equal(c.Signature, l.signed(c))
}

// fields is the checkpoint as its event has it: what was removed can be proved to be
// what an older copy of the log has.
func (c Checkpoint) fields() map[string]any {
	return map[string]any{
		"seq": c.Seq, "mac": hex.EncodeToString(c.MAC), "at": c.At.UTC().Format(time.RFC3339Nano),
		"removed": c.Removed, "signature": hex.EncodeToString(c.Signature),
	}
}

// checkpoint reads where the kept log begins.
func (l *Log) checkpoint(ctx context.Context) (Checkpoint, error) {
	c, err := l.Store.LogCheckpoint(ctx)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read the checkpoint of the event log: %w", err)
	}
	return c, nil
}
