package userfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errUTF16 is said of what spreadsheets call "Unicode text".
var errUTF16 = errors.New("the file is UTF-16; save it as UTF-8")

// line is one line of a file, with its end.
type line struct {
	text   []byte
	number int  // from 1
	long   bool // longer than MaxRow, and skipped
}

// lines reads a file line by line.
type lines struct {
	from   *bufio.Reader
	number int
	back   []line // was read and given back, the next one last
}

func newLines(r io.Reader) *lines { return &lines{from: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line, or io.EOF.
func (l *lines) next() (line, error) {
	if n := len(l.back); n > 0 {
		next := l.back[n-1]
		l.back = l.back[:n-1]
		return next, nil
	}
	next := line{number: l.number + 1}
	for {
		part, err := l.from.ReadSlice('\n')
		if next.long = next.long || len(next.text)+len(part) > MaxRow; !next.long {
			next.text = append(next.text, part...)
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && (len(next.text) > 0 || next.long):
			l.number++
			return l.cleaned(next)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return line{}, io.EOF
		default:
			return line{}, fmt.Errorf("read line %d: %w", next.number, err)
		}
	}
}

// cleaned takes the byte order mark off the first line.
func (l *lines) cleaned(next line) (line, error) {
	if next.number != 1 {
		return next, nil
	}
	if bytes.HasPrefix(next.text, []byte{0xff, 0xfe}) || bytes.HasPrefix(next.text, []byte{0xfe, 0xff}) {
		return line{}, errUTF16
	}
	next.text = bytes.TrimPrefix(next.text, []byte{0xef, 0xbb, 0xbf})
	return next, nil
}

// giveBack has next return these lines again.
func (l *lines) giveBack(all []line) {
	for i := len(all) - 1; i >= 0; i-- {
		l.back = append(l.back, all[i])
	}
}

// tooLong is the refusal of a row.
func tooLong(at int) error {
	return &RowError{at, fmt.Sprintf("the row is longer than %d KiB", MaxRow>>10)}
}
