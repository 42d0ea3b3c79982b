package verify

import "strconv"

// scanner walks over JSON text. Its depth is bounded, so recursion is safe.
type scanner struct {
	data        []byte
	pos         int
	membersLeft int
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
	if s.peek() != c || c == 0 {
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

func (s *scanner) value(depth int) (value, error) {
	start := s.pos
	var k kind
	var err error
	switch c := s.peek(); c {
	case '{':
		k = kindObject
		_, err = s.object(depth + 1)
	case '[':
		k = kindArray
		_, err = s.array(depth + 1)
	case '"':
		k = kindString
		_, err = s.string()
	case 't':
		k, err = kindTrue, s.word("true")
	case 'f':
		k, err = kindFalse, s.word("false")
	case 'n':
		k, err = kindNull, s.word("null")
	default:
		k, err = kindNumber, s.number()
	}
	if err != nil {
		return value{}, err
	}
	return value{kind: k, raw: s.data[start:s.pos]}, nil
}

func (s *scanner) object(depth int) (object, error) {
	if depth > maxDepth || !s.take('{') {
		return nil, errJSON
	}
	var members object
	s.space()
	if s.take('}') {
		return members, nil
	}
	for {
		s.space()
		name, err := s.string()
		if err != nil {
			return nil, err
		}
		// Names are compared after unescaping: "\u0073ub" is "sub".
		if _, twice := members.get(name); twice || s.membersLeft == 0 {
			return nil, errJSON
		}
		s.membersLeft--
		s.space()
		if !s.take(':') {
			return nil, errJSON
		}
		s.space()
		v, err := s.value(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name: name, value: v})
		s.space()
		if s.take('}') {
			return members, nil
		}
		if !s.take(',') {
			return nil, errJSON
		}
	}
}

func (s *scanner) array(depth int) ([]value, error) {
	if depth > maxDepth || !s.take('[') {
		return nil, errJSON
	}
	var items []value
	s.space()
	if s.take(']') {
		return items, nil
	}
	for {
		s.space()
		v, err := s.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		s.space()
		if s.take(']') {
			return items, nil
		}
		if !s.take(',') {
			return nil, errJSON
		}
	}
}

func (s *scanner) word(w string) error {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return errJSON
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
		return errJSON
	}
	if s.take('.') && !s.digits() {
		return errJSON
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return errJSON
		}
	}
	if s.pos-start > maxNumber {
		return errJSON
	}
	// 1e400 is grammatical and yet no number to most readers.
	if _, err := strconv.ParseFloat(string(s.data[start:s.pos]), 64); err != nil {
		return errJSON
	}
	return nil
}
