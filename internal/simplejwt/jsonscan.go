package simplejwt

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxNesting is how deep JSON may nest. The scanner recurses, so it must be
// bounded (K15).
const maxNesting = 64

// jsonScanner reads one JSON document as Python's json module does, so that the
// text of the first error is the same. It works on code points because the
// positions in those texts count them.
type jsonScanner struct {
	doc []rune
	pos int

	// fields are the members of the outermost object. The last of equal names
	// wins. Nothing deeper is kept: no field of the dialect is anything but a
	// string.
	fields map[string]value
}

// parseJSON returns the value of a document and, when it is an object, its
// members. The error is a *refusal with Python's words.
func parseJSON(doc []rune) (value, map[string]value, error) {
	s := jsonScanner{doc: doc}
	if len(doc) > 0 && doc[0] == 0xFEFF {
		return value{}, nil, s.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	s.space()
	v, err := s.value(1)
	if err != nil {
		return value{}, nil, err
	}
	s.space()
	if s.pos < len(s.doc) {
		return value{}, nil, s.fail("Extra data", s.pos)
	}
	return v, s.fields, nil
}

// fail makes the error for a position. Lines end with a line feed alone; columns
// count from 1, characters from 0.
func (s *jsonScanner) fail(message string, pos int) error {
	line, column := 1, pos+1
	for i, r := range s.doc[:pos] {
		if r == '\n' {
			line, column = line+1, pos-i
		}
	}
	return jsonRefusal(fmt.Sprintf("%s: line %d column %d (char %d)", message, line, column, pos))
}

// jsonRefusal is the answer to JSON that cannot be read.
func jsonRefusal(why string) error { return parseRefusal("JSON parse error - " + why) }

// at reports whether the next character is r.
func (s *jsonScanner) at(r rune) bool { return s.pos < len(s.doc) && s.doc[s.pos] == r }

func (s *jsonScanner) space() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// word consumes text if it comes next.
func (s *jsonScanner) word(text string) bool {
	end := s.pos + utf8.RuneCountInString(text)
	if end > len(s.doc) || !slices.Equal(s.doc[s.pos:end], []rune(text)) {
		return false
	}
	s.pos = end
	return true
}

func (s *jsonScanner) value(depth int) (value, error) {
	switch {
	case s.at('"'):
		return s.string()
	case s.at('{'):
		return value{kind: kindDict}, s.object(depth)
	case s.at('['):
		return value{kind: kindList}, s.list(depth)
	case s.word("null"):
		return value{kind: kindNull}, nil
	case s.word("true"), s.word("false"):
		return value{kind: kindBool}, nil
	}
	for _, name := range []string{"NaN", "Infinity", "-Infinity"} {
		if s.word(name) {
			return value{}, outOfRange(name)
		}
	}
	return s.number()
}

// outOfRange is the refusal of what is no finite number.
func outOfRange(name string) error {
	return jsonRefusal("Out of range float values are not JSON compliant: '" + name + "'")
}

func (s *jsonScanner) object(depth int) error {
	if depth > maxNesting {
		return s.fail("Nested too deeply", s.pos)
	}
	if depth == 1 {
		s.fields = make(map[string]value, 4)
	}
	s.pos++
	s.space()
	if s.at('}') {
		s.pos++
		return nil
	}
	for {
		name, v, err := s.member(depth)
		if err != nil {
			return err
		}
		if depth == 1 {
			s.fields[name] = v
		}
		if closed, err := s.next('}'); closed || err != nil {
			return err
		}
	}
}

// member reads a name, the colon and the value.
func (s *jsonScanner) member(depth int) (string, value, error) {
	if !s.at('"') {
		return "", value{}, s.fail("Expecting property name enclosed in double quotes", s.pos)
	}
	name, err := s.string()
	if err != nil {
		return "", value{}, err
	}
	s.space()
	if !s.at(':') {
		return "", value{}, s.fail("Expecting ':' delimiter", s.pos)
	}
	s.pos++
	s.space()
	v, err := s.value(depth + 1)
	return name.text, v, err
}

// next consumes what stands after a member or an element: the closing bracket,
// which it reports, or a comma.
func (s *jsonScanner) next(closing rune) (closed bool, err error) {
	s.space()
	if s.at(closing) {
		s.pos++
		return true, nil
	}
	if !s.at(',') {
		return false, s.fail("Expecting ',' delimiter", s.pos)
	}
	s.pos++
	s.space()
	return false, nil
}

func (s *jsonScanner) list(depth int) error {
	if depth > maxNesting {
		return s.fail("Nested too deeply", s.pos)
	}
	s.pos++
	s.space()
	if s.at(']') {
		s.pos++
		return nil
	}
	for {
		if _, err := s.value(depth + 1); err != nil {
			return err
		}
		if closed, err := s.next(']'); closed || err != nil {
			return err
		}
	}
}
