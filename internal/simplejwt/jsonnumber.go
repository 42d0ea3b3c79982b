package simplejwt

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDigits is how long an integer may be: Python's own bound (4,300 digits).
const maxDigits = 4300

// number reads a number. A client that sends one where a string belongs gets
// what Python's str makes of it.
func (s *jsonScanner) number() (value, error) {
	start := s.pos
	if s.at('-') {
		s.pos++
	}
	switch {
	case s.at('0'):
		s.pos++
	case s.digits() == 0:
		return value{}, s.fail("Expecting value", start)
	}
	float := s.fraction()
	float = s.exponent() || float
	text := string(s.doc[start:s.pos])
	if float {
		return value{kind: kindFloat, text: pythonFloat(text)}, nil
	}
	if digits := len(strings.TrimPrefix(text, "-")); digits > maxDigits {
		return value{}, jsonRefusal(fmt.Sprintf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+
			"use sys.set_int_max_str_digits() to increase the limit", maxDigits, digits))
	}
	if text == "-0" {
		text = "0"
	}
	return value{kind: kindInt, text: text}, nil
}

// digits consumes decimal digits and returns how many there were.
func (s *jsonScanner) digits() int {
	start := s.pos
	for s.pos < len(s.doc) && s.doc[s.pos] >= '0' && s.doc[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}

// fraction consumes a point with digits. A point without any is left where it
// is: whatever comes next complains of it.
func (s *jsonScanner) fraction() bool {
	start := s.pos
	if !s.at('.') {
		return false
	}
	s.pos++
	if s.digits() == 0 {
		s.pos = start
		return false
	}
	return true
}

// exponent consumes an exponent with digits, or nothing.
func (s *jsonScanner) exponent() bool {
	start := s.pos
	if !s.at('e') && !s.at('E') {
		return false
	}
	s.pos++
	if s.at('+') || s.at('-') {
		s.pos++
	}
	if s.digits() == 0 {
		s.pos = start
		return false
	}
	return true
}

// pythonFloat is what Python's str makes of a number with a fraction or an
// exponent: the shortest digits that read back as the same float, without exponent
// from 1e-4 up to 1e16. What is too large for a float is inf.
func pythonFloat(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && f < 0: // the syntax is right, so it is the range
		return "-inf"
	case err != nil:
		return "inf"
	}
	scientific := strconv.FormatFloat(f, 'e', -1, 64)
	_, power, _ := strings.Cut(scientific, "e")
	if exponent, _ := strconv.Atoi(power); exponent < -4 || exponent >= 16 {
		return scientific
	}
	fixed := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(fixed, ".") {
		fixed += ".0"
	}
	return fixed
}
