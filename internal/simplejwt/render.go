package simplejwt

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a JSON object whose members keep their order.
type object []member

// member is a name with its value.
type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := compact(m.name)
		if err != nil {
			return nil, err
		}
		content, err := compact(m.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(content)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// render returns v as the dialect's JSON: no white space, UTF-8 as it is, only
// U+2028 and U+2029 escaped beyond what must be, no line feed at the end. With an
// indentation it is spread over lines.
func render(v any, f format) ([]byte, error) {
	content, err := compact(v)
	if err != nil || f.indent == 0 {
		return content, err
	}
	var spread bytes.Buffer
	if err := json.Indent(&spread, content, "", strings.Repeat(" ", f.indent)); err != nil {
		return nil, err
	}
	return spread.Bytes(), nil
}

func compact(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
