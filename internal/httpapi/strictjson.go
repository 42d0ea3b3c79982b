package httpapi

import (
	"errors"
	"strings"

	"github.com/countersign/countersign/internal/strictjson"
)

// A body is read strictly (package strictjson) before the framework's decoder sees
// it, by a scanner that also knows which field it was in when it gave up.

const maxDepth = 32 // of arrays and objects, the outermost counted

// What the scanner says of a body. They end up in a problem document.
const (
	msgNotJSON   = "This is not valid JSON."
	msgNotObject = "A JSON object is expected."
	msgNotUTF8   = "This is not valid UTF-8."
	msgTwice     = "This name is given twice."
	msgTooDeep   = "Arrays and objects are nested too deeply."
	msgNumber    = "This number is too large."
	msgNull      = "Null characters are not allowed."
	msgSurrogate = "Half of a surrogate pair is not a character."
)

// scanError is what is wrong with a body, and in which of its fields; field is
// empty for the body as a whole.
type scanError struct {
	field   string
	message string
}

func (e *scanError) Error() string { return e.field + ": " + e.message }

// member is one name of the outermost object.
type member struct {
	name string
	null bool
}

// scanObject checks that data is one JSON object and nothing else, and returns
// its names in their order. A non-nil error is a *scanError.
func scanObject(data []byte) ([]member, error) {
	s := scanner{Reader: strictjson.NewReader(data)}
	s.Space()
	if s.Peek() != '{' {
		if err := s.value(0); err != nil {
			return nil, err
		}
		return nil, s.fail(msgNotObject)
	}
	var members []member
	err := s.object(1, func(name string) {
		s.field = name
		members = append(members, member{name: name, null: s.Peek() == 'n'})
	})
	if err != nil {
		return nil, err
	}
	s.field = ""
	s.Space()
	if !s.Done() {
		return nil, s.fail(msgNotJSON)
	}
	return members, nil
}

// scanner walks over JSON text. Its depth is bounded, so recursion is safe.
type scanner struct {
	strictjson.Reader
	field string // of the outermost object
}

func (s *scanner) fail(message string) error {
	return &scanError{field: s.field, message: message}
}

// value consumes one value inside depth arrays and objects.
func (s *scanner) value(depth int) error {
	switch s.Peek() {
	case '{':
		return s.object(depth+1, func(string) {})
	case '[':
		return s.array(depth + 1)
	case '"':
		_, err := s.text()
		return err
	case 't':
		return s.token(s.Word("true"))
	case 'f':
		return s.token(s.Word("false"))
	case 'n':
		return s.token(s.Word("null"))
	}
	return s.token(s.Number())
}

// object consumes an object and calls visit with each name, before its value.
func (s *scanner) object(depth int, visit func(name string)) error {
	if depth > maxDepth {
		return s.fail(msgTooDeep)
	}
	s.Take('{')
	seen := make(map[string]bool)
	for first := true; ; first = false {
		s.Space()
		if first && s.Take('}') {
			return nil
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		s.Space()
		if !s.Take(':') {
			return s.fail(msgNotJSON)
		}
		s.Space()
		visit(name)
		// Names are compared after unescaping: "\u0061ctive" is "active".
		if seen[name] {
			return s.fail(msgTwice)
		}
		seen[name] = true
		if err := s.value(depth); err != nil {
			return err
		}
		s.Space()
		if s.Take('}') {
			return nil
		}
		if !s.Take(',') {
			return s.fail(msgNotJSON)
		}
	}
}

func (s *scanner) array(depth int) error {
	if depth > maxDepth {
		return s.fail(msgTooDeep)
	}
	s.Take('[')
	s.Space()
	if s.Take(']') {
		return nil
	}
	for {
		s.Space()
		if err := s.value(depth); err != nil {
			return err
		}
		s.Space()
		if s.Take(']') {
			return nil
		}
		if !s.Take(',') {
			return s.fail(msgNotJSON)
		}
	}
}

// token says what is wrong with the token that was read last.
func (s *scanner) token(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strictjson.ErrNumber):
		return s.fail(msgNumber)
	case errors.Is(err, strictjson.ErrUTF8):
		return s.fail(msgNotUTF8)
	case errors.Is(err, strictjson.ErrSurrogate):
		return s.fail(msgSurrogate)
	case errors.Is(err, strictjson.ErrNUL):
		return s.fail(msgNull)
	}
	return s.fail(msgNotJSON)
}

// text consumes a string and returns it unescaped.
func (s *scanner) text() (string, error) {
	text, err := s.Text()
	if err == nil && strings.ContainsRune(text, 0) {
		err = strictjson.ErrNUL
	}
	return text, s.token(err)
}
