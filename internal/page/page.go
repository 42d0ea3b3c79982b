package page

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// Limits of a page, in rows.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// MaxCursor is the longest cursor that is looked at, in bytes: that of the longest
// username.
const MaxCursor = 2600

// ErrCursor is returned for a cursor that this installation did not give.
var ErrCursor = fault.New(fault.Invalid, "cursor_invalid", "This cursor does not belong to a list of this service.")

// Position is a place in a list ordered by (At, ID), newest first. The zero
// value is before the first row.
type Position struct {
	At time.Time
	ID string
}

// IsZero reports whether the position is before the first row.
func (p Position) IsZero() bool { return p.ID == "" }

// Request asks for the rows after a position.
type Request struct {
	After Position
	Limit int // rows; see Rows
}

// Rows returns the limit within its bounds: DefaultLimit when none was asked for,
// at most MaxLimit.
func (r Request) Rows() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	Next  Position // zero when this is the last page
}

// Of makes a page of rows that were read with a limit one above the asked one:
// the row too many says that there is more.
func Of[T any](rows []T, r Request, at func(T) Position) Page[T] {
	limit := r.Rows()
	if len(rows) <= limit {
		return Page[T]{Items: rows}
	}
	rows = rows[:limit]
	return Page[T]{Items: rows, Next: at(rows[limit-1])}
}

// Cursors turns positions into cursors and back.
type Cursors struct{ key []byte }

// NewCursors takes the key that authenticates cursors, at least 32 bytes.
func NewCursors(key []byte) *Cursors { return &Cursors{key: key} }

const macBytes = 16

// Encode returns the cursor of a position in the named list; "" for the zero
// position.
func (c *Cursors) Encode(list string, p Position) string {
	if p.IsZero() {
		return ""
	}
	body := binary.BigEndian.AppendUint64(nil, uint64(p.At.UnixMilli()))
	body = append(body, p.ID...)
	return base64.RawURLEncoding.EncodeToString(append(body, c.mac(list, body)...))
}

// Decode returns the position that Encode was given for the same list. The empty
// cursor is the zero position; ErrCursor for anything else that is not ours.
func (c *Cursors) Decode(list, cursor string) (Position, error) {
	if cursor == "" {
		return Position{}, nil
	}
	if len(cursor) > MaxCursor {
		return Position{}, ErrCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= 8+macBytes {
		return Position{}, ErrCursor
	}
	if len(cursor) != base64.RawURLEncoding.EncodedLen(len(raw)) { // the decoder skips line ends
		return Position{}, ErrCursor
	}
	body, mac := raw[:len(raw)-macBytes], raw[len(raw)-macBytes:]
	if !hmac.Equal(mac, c.mac(list, body)) {
		return Position{}, ErrCursor
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(body))).UTC()
	return Position{At: at, ID: string(body[8:])}, nil
}

func (c *Cursors) mac(list string, body []byte) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(list))
	h.Write([]byte{0})
	h.Write(body)
	return h.Sum(nil)[:macBytes]
}
