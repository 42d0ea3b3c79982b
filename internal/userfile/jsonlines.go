package userfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/countersign/countersign/internal/strictjson"
)

// JSONLines reads a file with one JSON object a line. null is what is not said.
type JSONLines struct{ lines *lines }

// NewJSONLines returns a reader of the file.
func NewJSONLines(r io.Reader) *JSONLines { return &JSONLines{newLines(r)} }

// Read implements Reader.
func (j *JSONLines) Read() (Row, error) {
	for {
		next, err := j.lines.next()
		if err != nil {
			return Row{}, err
		}
		if next.long {
			return Row{}, tooLong(next.number)
		}
		text := bytes.Trim(next.text, " \t\r\n") // the white space of JSON
		if len(text) == 0 {
			continue
		}
		row := Row{Line: next.number}
		if err := readObject(text, &row); err != nil {
			return Row{}, &RowError{next.number, err.Error()}
		}
		return row, nil
	}
}

var (
	errNoObject = errors.New("the line is not one JSON object")
	errNested   = errors.New("is an object")
)

// readObject reads the members of the one object of a line.
func readObject(data []byte, row *Row) error {
	r := strictjson.NewReader(data)
	if !r.Take('{') {
		return errNoObject
	}
	seen := map[string]bool{}
	r.Space()
	for first := true; !r.Take('}'); first = false {
		if !first {
			if !r.Take(',') {
				return errNoObject
			}
			r.Space()
		}
		name, err := readName(&r)
		if err != nil {
			return err
		}
		known, err := columnOf(name)
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("%s is there twice", name)
		}
		seen[name] = true
		v, said, err := readValue(&r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if said {
			if err := known.put(row, v); err != nil {
				return err
			}
		}
		r.Space()
	}
	if !r.Done() {
		return errNoObject
	}
	return nil
}

// readName reads a member's name and what follows it.
func readName(r *strictjson.Reader) (string, error) {
	name, err := r.Text()
	if err != nil {
		return "", errNoObject
	}
	r.Space()
	if !r.Take(':') {
		return "", errNoObject
	}
	r.Space()
	return name, nil
}

// readValue reads one value; said is false for null.
func readValue(r *strictjson.Reader) (v value, said bool, err error) {
	switch c := r.Peek(); c {
	case 'n':
		return value{}, false, r.Word("null")
	case 't':
		return value{kind: flagValue, flag: true}, true, r.Word("true")
	case 'f':
		return value{kind: flagValue}, true, r.Word("false")
	case '"':
		text, err := r.Text()
		return value{text: text}, true, err
	case '[':
		all, err := readList(r)
		return value{kind: listValue, list: all}, true, err
	case '{':
		return value{}, false, errNested
	}
	from := r.Pos()
	if err := r.Number(); err != nil {
		return value{}, false, err
	}
	number := string(r.Since(from))
	if strings.ContainsAny(number, ".eE-") {
		return value{}, false, errors.New("is a number, and not a whole one")
	}
	return value{kind: numberValue, text: number}, true, nil
}

// readList reads an array of texts.
func readList(r *strictjson.Reader) ([]string, error) {
	r.Take('[')
	all := []string{}
	r.Space()
	for first := true; !r.Take(']'); first = false {
		if !first {
			if !r.Take(',') {
				return nil, strictjson.ErrSyntax
			}
			r.Space()
		}
		text, err := r.Text()
		if err != nil {
			return nil, err
		}
		all = append(all, text)
		r.Space()
	}
	return all, nil
}
