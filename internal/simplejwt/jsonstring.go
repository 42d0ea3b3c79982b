package simplejwt

import (
	"strings"
	"unicode/utf16"
)

// jsonEscapes are the escapes of one letter (RFC 8259, section 7).
var jsonEscapes = map[rune]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// string reads a string, the scanner being at its opening quote. Half of a
// surrogate pair is no character: the first one is remembered, because the field
// that holds it is named to the client.
func (s *jsonScanner) string() (value, error) {
	begin := s.pos
	s.pos++
	v := value{kind: kindString}
	var text strings.Builder
	for s.pos < len(s.doc) {
		r := s.doc[s.pos]
		switch {
		case r == '"':
			s.pos++
			v.text = text.String()
			return v, nil
		case r < 0x20:
			return value{}, s.fail("Invalid control character at", s.pos)
		case r == '\\':
			s.pos++
			if s.pos == len(s.doc) {
				return value{}, s.fail("Unterminated string starting at", begin)
			}
			var err error
			if r, err = s.escape(); err != nil {
				return value{}, err
			}
			if utf16.IsSurrogate(r) && v.surrogate == 0 {
				v.surrogate = r
			}
		default:
			s.pos++
		}
		text.WriteRune(r) // half a pair is written as U+FFFD, which keeps the length
	}
	return value{}, s.fail("Unterminated string starting at", begin)
}

// escape reads what follows a backslash.
func (s *jsonScanner) escape() (rune, error) {
	letter := s.doc[s.pos]
	s.pos++
	if letter != 'u' {
		r, known := jsonEscapes[letter]
		if !known {
			return 0, s.fail(`Invalid \escape`, s.pos-2)
		}
		return r, nil
	}
	high, err := s.unit()
	if err != nil {
		return 0, err
	}
	// The document must go on after the second half, as it must in Python's
	// scanner: a string that ends there is unterminated anyway.
	if !isHigh(high) || s.pos+6 >= len(s.doc) || s.doc[s.pos] != '\\' || s.doc[s.pos+1] != 'u' {
		return high, nil
	}
	start := s.pos
	s.pos += 2
	low, err := s.unit()
	if err != nil {
		return 0, err
	}
	if pair := utf16.DecodeRune(high, low); pair != '\uFFFD' {
		return pair, nil
	}
	s.pos = start
	return high, nil
}

// isHigh reports whether the unit is the first half of a surrogate pair.
func isHigh(unit rune) bool { return unit >= 0xD800 && unit < 0xDC00 }

// unit reads four hexadecimal digits.
func (s *jsonScanner) unit() (rune, error) {
	start := s.pos
	if start+4 >= len(s.doc) {
		return 0, s.fail(`Invalid \uXXXX escape`, start-1)
	}
	var unit rune
	for ; s.pos < start+4; s.pos++ {
		digit := hexDigit(s.doc[s.pos])
		if digit < 0 {
			return 0, s.fail(`Invalid \uXXXX escape`, start-1)
		}
		unit = unit<<4 | digit
	}
	return unit, nil
}

// hexDigit returns the value of a hexadecimal digit, -1 for anything else.
func hexDigit(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r - '0'
	case r >= 'a' && r <= 'f':
		return r - 'a' + 10
	case r >= 'A' && r <= 'F':
		return r - 'A' + 10
	}
	return -1
}
