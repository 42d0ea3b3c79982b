package config

import (
	"fmt"

	"github.com/countersign/countersign/internal/strictjson"
)

// maxDepth is how deep objects and lists may lie in each other.
const maxDepth = 16

// What a JSON text holds: nil, bool, number, string, []any or object.
type (
	number string
	object []member
	member struct {
		name  string
		value any
	}
)

// get returns the value of a member and whether there is one.
func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// readObject reads a JSON text that is one object. A name that is given twice is
// refused: of two values the operator meant one. Its errors show places and names
// and no values, which may be secrets.
func readObject(text []byte) (object, error) {
	r := jsonReader{Reader: strictjson.NewReader(text)}
	r.Space()
	if r.Peek() != '{' {
		return nil, fmt.Errorf("is not a JSON object: write {\"LEEWAY\": 10}")
	}
	value, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.Space(); !r.Done() {
		return nil, fmt.Errorf("has text after the JSON object, at byte %d", r.Pos()+1)
	}
	return value.(object), nil
}

// jsonReader builds values from tokens.
type jsonReader struct{ strictjson.Reader }

func (r *jsonReader) value(depth int) (any, error) {
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
		return number(r.Since(start)), nil
	}
}

func (r *jsonReader) object(depth int) (object, error) {
	found, seen := object{}, map[string]bool{}
	r.Take('{')
	for r.Space(); !r.Take('}'); r.Space() {
		if len(found) > 0 {
			if !r.Take(',') {
				return nil, r.at(strictjson.ErrSyntax)
			}
			r.Space()
		}
		name, err := r.Text()
		if err != nil {
			return nil, r.at(err)
		}
		if seen[name] {
			return nil, fmt.Errorf("gives %s twice", quote(name))
		}
		seen[name] = true
		if r.Space(); !r.Take(':') {
			return nil, r.at(strictjson.ErrSyntax)
		}
		r.Space()
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		found = append(found, member{name, value})
	}
	return found, nil
}

func (r *jsonReader) list(depth int) ([]any, error) {
	items := []any{}
	r.Take('[')
	for r.Space(); !r.Take(']'); r.Space() {
		if len(items) > 0 {
			if !r.Take(',') {
				return nil, r.at(strictjson.ErrSyntax)
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
func (r *jsonReader) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("is %w, at byte %d", err, r.Pos()+1)
}
