package strictjson

import (
	"errors"
	"strconv"
)

// maxNumber is the longest text of a number, in bytes.
const maxNumber = 64

// What is wrong with a text.
var (
	ErrSyntax    = errors.New("not valid JSON")
	ErrNumber    = errors.New("a number is too large")
	ErrUTF8      = errors.New("not valid UTF-8")
	ErrSurrogate = errors.New("half of a surrogate pair")
	ErrNUL       = errors.New("a NUL character")
)

// Reader walks over a JSON text from the front. It does not change the text.
type Reader struct {
	data []byte
	pos  int
}

// NewReader returns a reader at the front of a text.
func NewReader(data []byte) Reader { return Reader{data: data} }

// Done reports whether the text is read to its end.
func (r *Reader) Done() bool { return r.pos >= len(r.data) }

// Pos returns how many bytes were read.
func (r *Reader) Pos() int { return r.pos }

// Since returns what was read from a position on. It is a part of the text.
func (r *Reader) Since(pos int) []byte { return r.data[pos:r.pos] }

// Peek returns the next byte, or 0, which starts nothing, at the end.
func (r *Reader) Peek() byte {
	if r.Done() {
		return 0
	}
	return r.data[r.pos]
}

// Take reads c if it is next, and reports whether it was.
func (r *Reader) Take(c byte) bool {
	if r.Done() || r.data[r.pos] != c {
		return false
	}
	r.pos++
	return true
}

// Space reads white space.
func (r *Reader) Space() {
	for !r.Done() {
		switch r.data[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// Word reads a literal name: true, false or null. ErrSyntax for anything else.
func (r *Reader) Word(w string) error {
	if len(r.data)-r.pos < len(w) || string(r.data[r.pos:r.pos+len(w)]) != w {
		return ErrSyntax
	}
	r.pos += len(w)
	return nil
}

// Number reads a number. ErrSyntax for what is none, ErrNumber for one of more
// than 64 bytes or beyond what a float64 holds: 1e400 is grammatical and yet no
// number to most readers.
func (r *Reader) Number() error {
	start := r.pos
	r.Take('-')
	if !r.Take('0') && !r.digits() {
		return ErrSyntax
	}
	if r.Take('.') && !r.digits() {
		return ErrSyntax
	}
	if r.Take('e') || r.Take('E') {
		if !r.Take('+') {
			r.Take('-')
		}
		if !r.digits() {
			return ErrSyntax
		}
	}
	if r.pos-start > maxNumber {
		return ErrNumber
	}
	if _, err := strconv.ParseFloat(string(r.Since(start)), 64); err != nil {
		return ErrNumber
	}
	return nil
}

func (r *Reader) digits() bool {
	start := r.pos
	for c := r.Peek(); '0' <= c && c <= '9'; c = r.Peek() {
		r.pos++
	}
	return r.pos > start
}
