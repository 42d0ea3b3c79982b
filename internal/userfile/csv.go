package userfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// errNoHeader is returned for a file without a first row.
var errNoHeader = errors.New("the file is empty; its first row names the columns")

// CSV reads a file of comma-separated values (RFC 4180) whose first row names the
// columns, in any order. Lists are separated by semicolons.
type CSV struct {
	lines   *lines
	parsing *bufio.Reader // kept, so that a record does not need a new one
	columns []*column
}

// NewCSV reads the header. An error is one of the whole file: a column that there is
// not, one that is there twice, or no column username.
func NewCSV(r io.Reader) (*CSV, error) {
	c := &CSV{lines: newLines(r), parsing: bufio.NewReader(nil)}
	cells, at, err := c.record()
	if errors.Is(err, io.EOF) {
		return nil, errNoHeader
	}
	if err != nil {
		return nil, err
	}
	for _, name := range cells {
		name = strings.TrimSpace(name)
		known, err := columnOf(name)
		if err != nil && len(cells) == 1 && strings.ContainsAny(name, ";\t") {
			return nil, fmt.Errorf("line %d: columns are separated by commas", at)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		if slices.Contains(c.columns, known) {
			return nil, fmt.Errorf("line %d: the column %s is there twice", at, name)
		}
		c.columns = append(c.columns, known)
	}
	if !slices.ContainsFunc(c.columns, func(known *column) bool { return known.name == "username" }) {
		return nil, fmt.Errorf("line %d: there is no column username", at)
	}
	return c, nil
}

// Read implements Reader.
func (c *CSV) Read() (Row, error) {
	cells, at, err := c.record()
	if err != nil {
		return Row{}, err
	}
	if len(cells) != len(c.columns) {
		return Row{}, &RowError{at, fmt.Sprintf("the row has %d cells and the first row names %d columns", len(cells), len(c.columns))}
	}
	row := Row{Line: at}
	for i, known := range c.columns {
		v := value{text: cells[i]}
		if known.list {
			v = value{kind: listValue, list: strings.Split(cells[i], ";")}
		}
		if err := known.put(&row, v); err != nil {
			return Row{}, &RowError{at, err.Error()}
		}
	}
	return row, nil
}

// record reads one record and returns where it begins. Of several lines that are no
// record together, the first is refused and the others are read again.
func (c *CSV) record() (cells []string, at int, err error) {
	first, err := c.lines.next()
	for err == nil && !first.long && len(bytes.TrimRight(first.text, "\r\n")) == 0 {
		first, err = c.lines.next()
	}
	if err != nil {
		return nil, 0, err
	}
	if first.long {
		return nil, first.number, tooLong(first.number)
	}
	all, ends, err := c.whole(first)
	if err != nil {
		return nil, 0, err
	}
	why := errOpen
	if ends {
		cells, why = c.parse(all)
	}
	if why != nil {
		c.lines.giveBack(all[1:])
		return nil, first.number, &RowError{first.number, why.Error()}
	}
	return cells, first.number, nil
}

// errOpen is said of a quote whose other one is not found in a row's length.
var errOpen = errors.New("a quoted field does not end")

// whole adds the lines that a quoted field goes on in. ends is false when the row
// becomes too long, or the file ends, before the field does.
func (c *CSV) whole(first line) (all []line, ends bool, err error) {
	all = []line{first}
	size := len(first.text)
	for q := (quoting{}); q.open(all[len(all)-1].text); {
		next, err := c.lines.next()
		if errors.Is(err, io.EOF) {
			return all, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		all = append(all, next)
		if size += len(next.text); size > MaxRow || next.long {
			return all, false, nil
		}
	}
	return all, true, nil
}

// parse reads the one record that lines are.
func (c *CSV) parse(all []line) ([]string, error) {
	var text []byte
	for _, part := range all {
		text = append(text, part.text...)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the row is not UTF-8")
	}
	c.parsing.Reset(bytes.NewReader(text))
	r := csv.NewReader(c.parsing)
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err == nil {
		if _, after := r.Read(); !errors.Is(after, io.EOF) {
			return nil, errors.New("the quotes of the row do not match")
		}
		return cells, nil
	}
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("byte %d of the line: %w", wrong.Column, wrong.Err)
	}
	return nil, err
}

// quoting follows the quotes of a record from line to line.
type quoting struct{ inside bool }

// open reports whether the record goes on after this line of it.
func (q *quoting) open(text []byte) bool {
	for len(text) > 0 {
		if !q.inside {
			if text[0] == '"' {
				q.inside, text = true, text[1:]
				continue
			}
			field, after, found := bytes.Cut(text, []byte{','})
			if !found || bytes.IndexByte(field, '"') >= 0 {
				return false // the end of the record, or an error that the parser finds
			}
			text = after
			continue
		}
		_, after, found := bytes.Cut(text, []byte{'"'})
		if !found {
			return true
		}
		if bytes.HasPrefix(after, []byte{'"'}) { // a quote that stands for itself
			text = after[1:]
			continue
		}
		q.inside = false
		if !bytes.HasPrefix(after, []byte{','}) {
			return false // the end of the record, or an error that the parser finds
		}
		text = after[1:]
	}
	return q.inside
}
