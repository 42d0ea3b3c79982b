package strictjson

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text reads a string and returns it unescaped. ErrSyntax, ErrUTF8 and
// ErrSurrogate for what is none; ErrNUL for a NUL byte, which JSON does not allow
// unescaped. An escaped NUL is a character like others.
func (r *Reader) Text() (string, error) {
	if !r.Take('"') {
		return "", ErrSyntax
	}
	start := r.pos
	var text []byte // what was unescaped so far
	for !r.Done() {
		switch c := r.data[r.pos]; {
		case c == '"':
			part := r.Since(start)
			if !utf8.Valid(part) {
				return "", ErrUTF8
			}
			r.pos++
			return string(append(text, part...)), nil
		case c == 0:
			return "", ErrNUL
		case c < ' ':
			return "", ErrSyntax
		case c == '\\':
			part := r.Since(start)
			if !utf8.Valid(part) {
				return "", ErrUTF8
			}
			r.pos++
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(append(text, part...), char)
			start = r.pos
		default:
			r.pos++
		}
	}
	return "", ErrSyntax
}

// escape reads what follows a backslash.
func (r *Reader) escape() (rune, error) {
	c := r.Peek()
	r.pos++
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
		return r.unicode()
	}
	return 0, ErrSyntax
}

// unicode reads the digits after \u, and for a surrogate its other half. Half a
// pair is refused: readers replace it differently.
func (r *Reader) unicode() (rune, error) {
	high, err := r.hex4()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	if !r.Take('\\') || !r.Take('u') {
		return 0, ErrSurrogate
	}
	low, err := r.hex4()
	if err != nil {
		return 0, err
	}
	char := utf16.DecodeRune(high, low)
	if char == utf8.RuneError {
		return 0, ErrSurrogate
	}
	return char, nil
}

func (r *Reader) hex4() (rune, error) {
	if len(r.data)-r.pos < 4 {
		return 0, ErrSyntax
	}
	var char rune
	for _, c := range r.data[r.pos : r.pos+4] {
		switch {
		case '0' <= c && c <= '9':
			char = char<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			char = char<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			char = char<<4 | rune(c-'A'+10)
		default:
			return 0, ErrSyntax
		}
	}
	r.pos += 4
	return char, nil
}
