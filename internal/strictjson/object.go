package strictjson

import (
	"errors"
	"fmt"
	"strconv"
)

// maxDepth is how deep objects and lists may lie in each other.
const maxDepth = 16

// Number is a number as it is written.
type Number string

// Object is an object with its members in their order. A value is nil, a bool, a
// Number, a string, an []any or an Object.
type Object []Member

// Member is one name of an Object, of which each has one, and its value.
type Member struct {
	Name  string
	Value any
}

// Get returns the value of a member and whether there is one.
func (o Object) Get(name string) (any, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// ErrNoObject is returned for a text that does not begin as an object.
var ErrNoObject = errors.New("is not a JSON object")

// ReadObject reads a JSON text that is one object, at most 16 deep. A name that is
// given twice is refused: of two values one was meant. Its errors show places and
// names and no values, which may be secrets.
func ReadObject(text []byte) (Object, error) {
	r := valueReader{Reader: NewReader(text)}
	r.Space()
	if r.Peek() != '{' {
		return nil, ErrNoObject
	}
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.Space(); !r.Done() {
		return nil, fmt.Errorf("has text after the JSON object, at byte %d", r.Pos()+1)
	}
	return value.(Object), nil
}

// valueReader builds values from tokens.
type valueReader struct{ Reader }

func (r *valueReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("is JSON of more than %d levels", maxDepth)
	}
	start := r.Pos()
	switch r.Peek() {
	case '{':
		return r.object(depth)
	case '[':
		return r.list(depth)
	case '"':
		text, err := r.Text()
		return text, r.at(err)
	case 't':
		return true, r.at(r.Word("true"))
	case 'f':
		return false, r.at(r.Word("false"))
	case 'n':
		return nil, r.at(r.Word("null"))
	default:
		if err := r.Number(); err != nil {
			return nil, r.at(err)
		}
		return Number(r.Since(start)), nil
	}
}

func (r *valueReader) object(depth int) (Object, error) {
	found, seen := Object{}, map[string]bool{}
	r.Take('{')
	for r.Space(); !r.Take('}'); r.Space() {
		if len(found) > 0 {
			if !r.Take(',') {
				return nil, r.at(ErrSyntax)
			}
			r.Space()
		}
		name, err := r.Text()
		if err != nil {
			return nil, r.at(err)
		}
		if seen[name] {
			return nil, fmt.Errorf("gives %s twice", strconv.Quote(name))
		}
		seen[name] = true
		if r.Space(); !r.Take(':') {
			return nil, r.at(ErrSyntax)
		}
		r.Space()
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		found = append(found, Member{name, value})
	}
	return found, nil
}

func (r *valueReader) list(depth int) ([]any, error) {
	items := []any{}
	r.Take('[')
	for r.Space(); !r.Take(']'); r.Space() {
		if len(items) > 0 {
			if !r.Take(',') {
				return nil, r.at(ErrSyntax)
			}
			r.Space()
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	return items, nil
}

// at says what is wrong and where.
func (r *valueReader) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("is %w, at byte %d", err, r.Pos()+1)
}
