package simplejwt

import (
	"strings"
	"unicode"
)

// kind is what a client sent for a field, in Python's terms.
type kind uint8

const (
	kindMissing kind = iota
	kindNull
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindDict
	kindOther // a file, or bytes that are no text
)

// pythonNames are the types as the original names them to the client.
var pythonNames = map[kind]string{
	kindBool: "bool", kindInt: "int", kindFloat: "float", kindString: "str", kindList: "list",
}

// value is what a client sent for a field.
type value struct {
	kind kind

	// text is a string's content, or what Python's str makes of a number.
	text string

	// surrogate is the first half of a pair that stands alone in a string; 0 when
	// there is none. In text it is U+FFFD.
	surrogate rune
}

// strip is Python's str.strip: Unicode's white space and the four information
// separators.
func strip(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r >= 0x1C && r <= 0x1F
	})
}
