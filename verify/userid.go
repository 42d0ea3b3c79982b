package verify

import (
	"math"
	"strconv"
	"strings"
)

// looseUserID returns the text of a string and the digits of whatever Python's
// int makes a whole number of, else nothing.
func (v value) looseUserID() string {
	switch v.kind {
	case kindString:
		if text, ok := v.identifier(); ok {
			return text
		}
	case kindTrue:
		return "1"
	case kindFalse:
		return "0"
	case kindNumber:
		if n, ok := v.whole(); ok {
			return strconv.FormatInt(n, 10)
		}
	}
	return ""
}

// whole returns a number without its fraction, however it is written, from -2^63
// to 2^63-1.
func (v value) whole() (int64, bool) {
	text := string(v.raw)
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < math.MinInt64 || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

// blank reports whether a value stands for nothing in Python: null, false, zero,
// and what is empty.
func (v value) blank() bool {
	switch v.kind {
	case kindNull, kindFalse:
		return true
	case kindString:
		return string(v.raw) == `""`
	case kindNumber:
		f, err := strconv.ParseFloat(string(v.raw), 64)
		return err == nil && f == 0
	case kindArray:
		items, err := v.elements()
		return err == nil && len(items) == 0
	case kindObject:
		members, err := v.members()
		return err == nil && len(members) == 0
	default:
		return false
	}
}
