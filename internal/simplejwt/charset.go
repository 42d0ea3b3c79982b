package simplejwt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// charset is an encoding of text.
type charset string

// The charsets that are read. Anything else that a client names is taken for
// UTF-8, as an unknown name is in the original.
const (
	charsetUTF8   charset = "utf-8"
	charsetLatin1 charset = "latin-1"
)

// latin1Names are the names of ISO 8859-1 (the IANA registry's and Python's),
// folded by charsetOf.
var latin1Names = map[string]bool{
	"8859": true, "cp819": true, "csisolatin1": true, "ibm819": true, "iso8859": true,
	"iso8859_1": true, "iso_8859_1": true, "iso_8859_1_1987": true, "iso_ir_100": true,
	"l1": true, "latin": true, "latin1": true, "latin_1": true,
}

// charsetOf returns the charset of that name, UTF-8 for no or an unknown name.
func charsetOf(name string) charset {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if latin1Names[strings.Join(words, "_")] {
		return charsetLatin1
	}
	return charsetUTF8
}

// text returns the string that the bytes stand for, and false when they are not
// of the charset.
func (c charset) text(raw []byte) (string, bool) {
	if c == charsetLatin1 {
		return latin1(string(raw)), true
	}
	return string(raw), utf8.Valid(raw)
}

// whole returns the bytes without a character that has begun at their end and is
// not there to its end: the original's reader waits for the rest of it.
func (c charset) whole(raw []byte) []byte {
	for back := 1; c == charsetUTF8 && back < utf8.UTFMax && back <= len(raw); back++ {
		tail := raw[len(raw)-back:]
		if utf8.RuneStart(tail[0]) {
			if tail[0] >= 0xC2 && tail[0] <= 0xF4 && !utf8.FullRune(tail) && continued(tail) == back {
				return raw[:len(raw)-back]
			}
			return raw
		}
	}
	return raw
}

// latin1 reads bytes as ISO 8859-1, in which no sequence is wrong.
func latin1(raw string) string {
	var text strings.Builder
	text.Grow(len(raw))
	for i := range len(raw) {
		text.WriteRune(rune(raw[i]))
	}
	return text.String()
}

// badUTF8 says what is wrong with bytes that are no UTF-8, in Python's words:
// which bytes, and whether they cannot start a character, do not continue one, or
// end too early.
func badUTF8(raw []byte) string {
	start := 0
	for start < len(raw) {
		r, size := utf8.DecodeRune(raw[start:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		start += size
	}
	bad := raw[start:]
	why, count := "invalid continuation byte", continued(bad)
	switch {
	case bad[0] < 0xC2 || bad[0] > 0xF4:
		why = "invalid start byte"
	case count == len(bad):
		why = "unexpected end of data"
	}
	if count == 1 {
		return fmt.Sprintf("'utf-8' codec can't decode byte 0x%02x in position %d: %s", bad[0], start, why)
	}
	return fmt.Sprintf("'utf-8' codec can't decode bytes in position %d-%d: %s", start, start+count-1, why)
}

// continued returns how many of the bytes are the beginning of a character
// (table 3-7 of the Unicode standard), at least 1. The bytes are not a whole one.
func continued(bad []byte) int {
	low, high := byte(0x80), byte(0xBF)
	length := 2
	switch c := bad[0]; {
	case c < 0xC2 || c > 0xF4:
		return 1
	case c == 0xE0:
		length, low = 3, 0xA0
	case c == 0xED:
		length, high = 3, 0x9F
	case c == 0xF0:
		length, low = 4, 0x90
	case c == 0xF4:
		length, high = 4, 0x8F
	case c > 0xF0:
		length = 4
	case c > 0xE0:
		length = 3
	}
	count := 1
	for count < min(length, len(bad)) && bad[count] >= low && bad[count] <= high {
		count++
		low, high = 0x80, 0xBF
	}
	return count
}
