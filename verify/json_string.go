package verify

import (
	"unicode/utf16"
	"unicode/utf8"
)

// string consumes a string and returns it unescaped. The text as a whole is
// known to be UTF-8.
func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", errJSON
	}
	start := s.pos
	var escaped []byte // nil until the first escape
	for {
		if s.pos == len(s.data) {
			return "", errJSON
		}
		switch c := s.data[s.pos]; {
		case c == '"':
			text := s.data[start:s.pos]
			s.pos++
			return string(append(escaped, text...)), nil
		case c < 0x20:
			return "", errJSON
		case c == '\\':
			escaped = append(escaped, s.data[start:s.pos]...)
			s.pos++
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			escaped = utf8.AppendRune(escaped, r)
			start = s.pos
		default:
			s.pos++
		}
	}
}

// escape consumes what follows a backslash.
func (s *scanner) escape() (rune, error) {
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
	return 0, errJSON
}

// unicode consumes the digits after \u, and for a surrogate its other half.
// Half a pair is refused: readers replace it differently.
func (s *scanner) unicode() (rune, error) {
	high, err := s.hex4()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	if !s.take('\\') || !s.take('u') {
		return 0, errJSON
	}
	low, err := s.hex4()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(high, low)
	if r == utf8.RuneError {
		return 0, errJSON
	}
	return r, nil
}

func (s *scanner) hex4() (rune, error) {
	if len(s.data)-s.pos < 4 {
		return 0, errJSON
	}
	var r rune
	for _, c := range s.data[s.pos : s.pos+4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, errJSON
		}
	}
	s.pos += 4
	return r, nil
}
