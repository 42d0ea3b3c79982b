package password

import (
	"strings"
	"unicode"
)

// minSimilarity is the ratio from which a password is too similar, Django's
// default.
const minSimilarity = 0.7

// similar returns the first attribute that a password is too similar to, by the
// name that Django gives it.
func (a Attributes) similar(plain string) (name string, found bool) {
	chosen := []rune(lower(plain))
	for _, attribute := range []struct{ name, value string }{
		{"username", a.Username},
		{"first name", a.FirstName},
		{"last name", a.LastName},
		{"email address", a.Email},
	} {
		if attribute.value == "" {
			continue
		}
		value := lower(attribute.value)
		for _, part := range append(splitWords(value), value) {
			if tooSimilar(chosen, []rune(part)) {
				return attribute.name, true
			}
		}
	}
	return "", false
}

// tooSimilar compares a password with one part of an attribute, both in lower
// case. A part that is too short beside the password to reach the ratio in any
// way that matters is skipped, as Django does.
func tooSimilar(chosen, part []rune) bool {
	if len(chosen) >= 10*len(part) && float64(len(part)) < minSimilarity/2*float64(len(chosen)) {
		return false
	}
	return quickRatio(chosen, part) >= minSimilarity
}

// quickRatio is difflib's upper bound of how similar two texts are: twice the
// characters that they share, whatever their order, over the sum of the lengths.
func quickRatio(a, b []rune) float64 {
	if len(a)+len(b) == 0 {
		return 1
	}
	left := make(map[rune]int, len(b))
	for _, r := range b {
		left[r]++
	}
	shared := 0
	for _, r := range a {
		if left[r] > 0 {
			left[r]--
			shared++
		}
	}
	return 2 * float64(shared) / float64(len(a)+len(b))
}

// splitWords splits at every run of characters that are not part of a word, as
// Python's re.split(r"\W+") does: a text that begins or ends with such a run has
// an empty part there.
func splitWords(s string) []string {
	var parts []string
	begin, inGap := 0, false
	for i, r := range s {
		switch word := isWord(r); {
		case !word && !inGap:
			parts = append(parts, s[begin:i])
			inGap = true
		case word && inGap:
			begin, inGap = i, false
		}
	}
	if inGap {
		return append(parts, "")
	}
	return append(parts, s[begin:])
}

// isWord is Python's \w: letters, numbers and the underscore. Combining marks
// are none of them.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// lower is Python's str.lower but for the Greek final sigma, which cannot change
// what the callers find: they compare texts that were lowered in the same way. The
// one letter with a longer lower case is written out.
func lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "İ", "i̇"))
}
