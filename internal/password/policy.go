package password

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/secret"
)

// The codes of Django's validators, and two of our own.
const (
	codeTooSimilar = "password_too_similar"
	codeTooShort   = "password_too_short"
	codeTooCommon  = "password_too_common"
	codeNumeric    = "password_entirely_numeric"
	codeTooWeak    = "password_too_weak"
	codeTooLong    = "password_too_long"
)

const (
	messageTooCommon = "This password is too common."
	messageNumeric   = "This password is entirely numeric."
	messageTooWeak   = "This password is too easy to guess."
	messageTooLong   = "This password is too long. It must contain at most 1024 bytes."

	defaultMinLength = 8
	// maxScoredRunes bounds the scoring, whose time grows faster than its input.
	maxScoredRunes = 100
)

// Problem is one reason why a password is not taken. Message is for the person
// who chose it.
type Problem struct {
	Code    string
	Message string
}

// Attributes are what is known of the person who chooses a password. Empty ones
// are not compared.
type Attributes struct {
	Username  string
	FirstName string
	LastName  string
	Email     string
}

// Policy says which new passwords are taken. The zero value is the default. It is
// asked when a password is set, never at sign-in.
type Policy struct {
	// MinLength is the least number of code points; 0 means 8.
	MinLength int

	// MinScore is the least zxcvbn score, 1 to 4; 0 asks for none. Score
	// computes it, from a password of at most 100 code points and from words
	// that do not count because they are known of the person. It must be set
	// when MinScore is.
	MinScore int
	Score    func(plain string, known []string) int
}

// Validate returns every problem of a password, in Django's order, and none for
// one that is taken. A password of more than MaxBytes has that problem only:
// nothing else is computed on it.
func (p Policy) Validate(plain secret.Text, about Attributes) []Problem {
	if TooLong(plain) {
		return []Problem{{codeTooLong, messageTooLong}}
	}
	text := plain.Reveal()
	var problems []Problem
	if name, similar := about.similar(text); similar {
		problems = append(problems, Problem{codeTooSimilar, "The password is too similar to the " + name + "."})
	}
	if least := p.minLength(); utf8.RuneCountInString(text) < least {
		problems = append(problems, Problem{codeTooShort, tooShort(least)})
	}
	if commonPasswords().contains(strings.TrimFunc(lower(text), isSpace)) {
		problems = append(problems, Problem{codeTooCommon, messageTooCommon})
	}
	if numeric(text) {
		problems = append(problems, Problem{codeNumeric, messageNumeric})
	}
	if p.MinScore > 0 && p.Score(firstRunes(text, maxScoredRunes), about.words()) < p.MinScore {
		problems = append(problems, Problem{codeTooWeak, messageTooWeak})
	}
	return problems
}

func (p Policy) minLength() int {
	if p.MinLength == 0 {
		return defaultMinLength
	}
	return p.MinLength
}

func tooShort(least int) string {
	characters := "characters"
	if least == 1 {
		characters = "character"
	}
	return fmt.Sprintf("This password is too short. It must contain at least %d %s.", least, characters)
}

// firstRunes returns the first n code points of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// words returns the attributes that are not empty, in lower case.
func (a Attributes) words() []string {
	var words []string
	for _, value := range []string{a.Username, a.FirstName, a.LastName, a.Email} {
		if value != "" {
			words = append(words, lower(value))
		}
	}
	return words
}

// numeric is Python's str.isdigit: not empty, and nothing but digits of any
// script, superscripts and circled digits included.
func numeric(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Nd, r) && !unicode.Is(otherDigits, r) {
			return false
		}
	}
	return s != ""
}

// otherDigits are the characters whose Numeric_Type is Digit (Unicode Character
// Database, DerivedNumericType.txt): digits, but not of a decimal system.
var otherDigits = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00b2, Hi: 0x00b3, Stride: 1}, {Lo: 0x00b9, Hi: 0x00b9, Stride: 1},
		{Lo: 0x1369, Hi: 0x1371, Stride: 1}, {Lo: 0x19da, Hi: 0x19da, Stride: 1},
		{Lo: 0x2070, Hi: 0x2070, Stride: 1}, {Lo: 0x2074, Hi: 0x2079, Stride: 1},
		{Lo: 0x2080, Hi: 0x2089, Stride: 1}, {Lo: 0x2460, Hi: 0x2468, Stride: 1},
		{Lo: 0x2474, Hi: 0x247c, Stride: 1}, {Lo: 0x2488, Hi: 0x2490, Stride: 1},
		{Lo: 0x24ea, Hi: 0x24ea, Stride: 1}, {Lo: 0x24f5, Hi: 0x24fd, Stride: 1},
		{Lo: 0x24ff, Hi: 0x24ff, Stride: 1}, {Lo: 0x2776, Hi: 0x277e, Stride: 1},
		{Lo: 0x2780, Hi: 0x2788, Stride: 1}, {Lo: 0x278a, Hi: 0x2792, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x10a40, Hi: 0x10a43, Stride: 1}, {Lo: 0x10e60, Hi: 0x10e68, Stride: 1},
		{Lo: 0x11052, Hi: 0x1105a, Stride: 1}, {Lo: 0x1f100, Hi: 0x1f10a, Stride: 1},
	},
	LatinOffset: 2,
}

// isSpace is Python's str.isspace for one character: Go's, and the four
// information separators.
func isSpace(r rune) bool { return unicode.IsSpace(r) || (r >= 0x1c && r <= 0x1f) }
