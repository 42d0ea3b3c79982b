package simplejwt

import (
	"bytes"
	"strings"
)

// readForm parses application/x-www-form-urlencoded as Python does: a percent
// sign that starts no escape stands for itself, and nothing is an error but too
// many fields.
func readForm(raw []byte, c charset) (input, error) {
	if bytes.Count(raw, []byte{'&'})+1 > maxFields {
		return input{}, errTooManyFields
	}
	in := input{fields: make(map[string]value, 4)}
	for pair := range strings.SplitSeq(string(raw), "&") {
		if pair == "" {
			continue
		}
		name, content, _ := strings.Cut(pair, "=")
		if key, ok := c.text(unescape(name)); ok {
			in.fields[key] = textValue(unescape(content), c)
		}
	}
	return in, nil
}

// textValue is the value of a form field. Bytes that are not of the charset are
// no string. The original replaces them, so that two passwords could become one.
func textValue(raw []byte, c charset) value {
	text, ok := c.text(raw)
	if !ok {
		return value{kind: kindOther}
	}
	return value{kind: kindString, text: text}
}

// unescape decodes percent escapes, and plus signs to spaces.
func unescape(text string) []byte {
	raw := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			raw = append(raw, ' ')
		case c == '%' && i+2 < len(text) && hexDigit(rune(text[i+1])) >= 0 && hexDigit(rune(text[i+2])) >= 0:
			raw = append(raw, byte(hexDigit(rune(text[i+1]))<<4|hexDigit(rune(text[i+2]))))
			i += 2
		default:
			raw = append(raw, c)
		}
	}
	return raw
}
