package simplejwt

import "strings"

// mediaType is a media type or range with its parameters, as the original reads
// one: nothing is refused, what makes no sense matches nothing.
type mediaType struct {
	main, sub string
	params    map[string]string
}

// parseMediaType reads the value of a Content-Type, or one element of an Accept
// header. Names are folded to lower case, values are kept; of two parameters with
// one name the last counts.
func parseMediaType(text string) mediaType {
	full, rest := cutParameter(text)
	m := mediaType{params: map[string]string{}}
	m.main, m.sub, _ = strings.Cut(strings.ToLower(strings.TrimSpace(full)), "/")
	for rest != "" {
		var parameter string
		parameter, rest = cutParameter(rest)
		name, v, found := strings.Cut(parameter, "=")
		if found {
			m.params[strings.ToLower(strings.TrimSpace(name))] = unquote(strings.TrimSpace(v))
		}
	}
	return m
}

// cutParameter splits at the first semicolon that is not between quotes.
func cutParameter(text string) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ';' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// unquote takes the quotes and escapes off a quoted string.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text[1 : len(text)-1])
}

// matches reports whether either range includes the other's type. Parameters do
// not count: none of the types that we know has one.
func (m mediaType) matches(main, sub string) bool {
	return (m.main == "*" || m.main == main) && (m.sub == "*" || m.sub == sub)
}

// precedence says how specific a range is, from 0 for */* to 3 for a type with
// parameters. A lone q is no parameter in this, and its value is not looked at.
func (m mediaType) precedence() int {
	_, q := m.params["q"]
	switch {
	case m.main == "*":
		return 0
	case m.sub == "*":
		return 1
	case len(m.params) == 0 || q && len(m.params) == 1:
		return 2
	}
	return 3
}
