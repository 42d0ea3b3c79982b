package httpapi

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The standard decoder takes the last of two equal names, matches names without
// regard to case, and replaces what is not UTF-8. A body is therefore read by the
// scanner in this file first (RFC 8259 with the restrictions of RFC 7493), which
// also knows which field it was in when it gave up.

const (
	maxDepth  = 32 // of arrays and objects, the outermost counted
	maxNumber = 64 // bytes of the text of a number
)

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
	s := scanner{data: data}
	s.space()
	if s.peek() != '{' {
		if err := s.value(0); err != nil {
			return nil, err
		}
		return nil, s.fail(msgNotObject)
	}
	var members []member
	err := s.object(1, func(name string) {
		s.field = name
		members = append(members, member{name: name, null: s.peek() == 'n'})
	})
	if err != nil {
		return nil, err
	}
	s.field = ""
	s.space()
	if s.pos != len(data) {
		return nil, s.fail(msgNotJSON)
	}
	return members, nil
}

// scanner walks over JSON text. Its depth is bounded, so recursion is safe.
type scanner struct {
	data  []byte
	pos   int
	field string // of the outermost object
}

func (s *scanner) fail(message string) error {
	return &scanError{field: s.field, message: message}
}

// peek returns the next byte, or 0, which starts nothing, at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take consumes c if it is next.
func (s *scanner) take(c byte) bool {
	if s.pos == len(s.data) || s.data[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// value consumes one value inside depth arrays and objects.
func (s *scanner) value(depth int) error {
	switch s.peek() {
	case '{':
		return s.object(depth+1, func(string) {})
	case '[':
		return s.array(depth + 1)
	case '"':
		_, err := s.string()
		return err
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// object consumes an object and calls visit with each name, before its value.
func (s *scanner) object(depth int, visit func(name string)) error {
	if depth > maxDepth {
		return s.fail(msgTooDeep)
	}
	s.pos++ // '{'
	seen := make(map[string]bool)
	for first := true; ; first = false {
		s.space()
		if first && s.take('}') {
			return nil
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		s.space()
		if !s.take(':') {
			return s.fail(msgNotJSON)
		}
		s.space()
		visit(name)
		// Names are compared after unescaping: "\u0061ctive" is "active".
		if seen[name] {
			return s.fail(msgTwice)
		}
		seen[name] = true
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.fail(msgNotJSON)
		}
	}
}

func (s *scanner) array(depth int) error {
	if depth > maxDepth {
		return s.fail(msgTooDeep)
	}
	s.pos++ // '['
	s.space()
	if s.take(']') {
		return nil
	}
	for {
		s.space()
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.fail(msgNotJSON)
		}
	}
}

func (s *scanner) word(w string) error {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return s.fail(msgNotJSON)
	}
	s.pos += len(w)
	return nil
}

func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) number() error {
	start := s.pos
	s.take('-')
	if !s.take('0') && !s.digits() {
		return s.fail(msgNotJSON)
	}
	if s.take('.') && !s.digits() {
		return s.fail(msgNotJSON)
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return s.fail(msgNotJSON)
		}
	}
	if s.pos-start > maxNumber {
		return s.fail(msgNumber)
	}
	// 1e400 is grammatical and yet no number to most readers.
	if _, err := strconv.ParseFloat(string(s.data[start:s.pos]), 64); err != nil {
		return s.fail(msgNumber)
	}
	return nil
}

// string consumes a string and returns it unescaped.
func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", s.fail(msgNotJSON)
	}
	var text []byte
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			s.pos++
			return string(text), nil
		case c < 0x20:
			if c == 0 {
				return "", s.fail(msgNull)
			}
			return "", s.fail(msgNotJSON)
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		case c < utf8.RuneSelf:
			s.pos++
			text = append(text, c)
		default:
			r, size := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return "", s.fail(msgNotUTF8)
			}
			s.pos += size
			text = utf8.AppendRune(text, r)
		}
	}
	return "", s.fail(msgNotJSON)
}

// escape consumes a backslash and what follows it.
func (s *scanner) escape() (rune, error) {
	s.pos++
	c := s.peek()
	s.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.unicode()
	}
	return 0, s.fail(msgNotJSON)
}

// unicode consumes the digits after \u, and for a surrogate its other half.
func (s *scanner) unicode() (rune, error) {
	r, err := s.hex4()
	if err != nil {
		return 0, err
	}
	if r == 0 {
		return 0, s.fail(msgNull)
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if !s.take('\\') || !s.take('u') {
		return 0, s.fail(msgSurrogate)
	}
	low, err := s.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, s.fail(msgSurrogate)
	}
	return r, nil
}

func (s *scanner) hex4() (rune, error) {
	if len(s.data)-s.pos < 4 {
		return 0, s.fail(msgNotJSON)
	}
	n, err := strconv.ParseUint(string(s.data[s.pos:s.pos+4]), 16, 16)
	if err != nil || s.data[s.pos] == '+' {
		return 0, s.fail(msgNotJSON)
	}
	s.pos += 4
	return rune(n), nil
}
