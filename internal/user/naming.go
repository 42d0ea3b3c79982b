package user

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits, in code points.
const (
	MaxUsername = 150
	MaxEmail    = 254
	MaxName     = 150
)

// The messages for people, word for word Django's where Django has one.
const (
	msgBlank    = "This field may not be blank."
	msgUsername = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
	msgEmail    = "Enter a valid email address."
	msgTaken    = "A user with that username already exists."
	msgNUL      = "Null characters are not allowed."
	msgText     = "This value contains characters that cannot be printed."
)

// Naming is the rule by which names are compared.
type Naming struct {
	// CaseSensitive is the preset's rule: names that differ by case are two names.
	CaseSensitive bool
}

// Normalise returns the form of a username that is stored and looked up: NFKC,
// without white space at its ends.
func (Naming) Normalise(username string) string {
	// NFKC expands a code point to at most 18: bound the work before doing it.
	if len(username) > MaxUsername*utf8.UTFMax {
		return username
	}
	return norm.NFKC.String(strings.TrimSpace(username))
}

// Lookup returns the form of a login that is compared with usernames: normalised,
// and under the preset as it was typed but for white space at its ends, as the
// original compares it.
func (n Naming) Lookup(login string) string {
	if n.CaseSensitive {
		return strings.TrimSpace(login)
	}
	return n.Normalise(login)
}

// Key returns what must be unique about a normalised username.
func (n Naming) Key(username string) string {
	if n.CaseSensitive || len(username) > MaxUsername*utf8.UTFMax {
		return username
	}
	return fold(username)
}

// fold returns what all the cases of a text have in common. Full case folding
// comes first ("ß" is "ss"); it swaps the two cases of Cherokee, so then every
// letter stands for the first of its case variants.
func fold(text string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		first := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			first = min(first, next)
		}
		return unicode.ToLower(first)
	}, cases.Fold().String(text)))
}

// LookupKey returns the key that a sign-in may match besides the exact name: ""
// when only the exact name counts.
func (n Naming) LookupKey(username string) string {
	if n.CaseSensitive {
		return ""
	}
	return n.Key(username)
}

// EmailKey returns what an email address is looked up by: the whole address
// case-folded. Addresses need not be unique.
func EmailKey(email string) string {
	if len(email) > MaxEmail*utf8.UTFMax {
		return ""
	}
	return fold(strings.TrimSpace(email))
}

// NormaliseEmail lower-cases the domain and leaves the local part as it was
// typed.
func NormaliseEmail(email string) string {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email
	}
	return email[:at+1] + strings.ToLower(email[at+1:])
}

// CheckUsername returns what is wrong with a normalised username, nothing when it
// is good.
func CheckUsername(username string) []string {
	if username == "" {
		return []string{msgBlank}
	}
	problems := make([]string, 0, 3)
	for _, r := range username {
		if !usernameRune(r) {
			problems = append(problems, msgUsername)
			break
		}
	}
	if utf8.RuneCountInString(username) > MaxUsername {
		problems = append(problems, tooLong(MaxUsername))
	}
	if strings.ContainsRune(username, 0) {
		problems = append(problems, msgNUL)
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// usernameRune is Python's \w in Unicode plus four signs. utf8.RuneError stands
// for bytes that are no UTF-8.
func usernameRune(r rune) bool {
	switch r {
	case '@', '.', '+', '-', '_':
		return true
	case '\u0e4d', '\u0ecd':
		return true // NFKC takes the letter am of Thai and Lao apart, and this is one half
	case utf8.RuneError:
		return false
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// CheckName returns what is wrong with a first or last name, nothing when it is
// good. Names may be empty.
func CheckName(name string) []string {
	if utf8.RuneCountInString(name) > MaxName {
		return []string{tooLong(MaxName)}
	}
	return checkText(name)
}

func checkText(text string) []string {
	if strings.ContainsRune(text, 0) {
		return []string{msgNUL}
	}
	if !utf8.ValidString(text) {
		return []string{msgText}
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return []string{msgText}
		}
	}
	return nil
}
