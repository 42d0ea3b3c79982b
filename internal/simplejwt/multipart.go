package simplejwt

import (
	"bytes"
	"encoding/base64"
	"maps"
	"regexp"
	"strings"
)

// boundaryText is what separates parts (RFC 2046, section 5.1.1, with the
// original's greater length).
var boundaryText = regexp.MustCompile(`^[ -~]{0,200}[!-~]$`)

// readMultipart parses multipart/form-data (RFC 7578). As in the original, parts
// that make no sense are skipped, so a body without any is an empty form; only a
// missing boundary is an error. Files are not kept: a field that is sent as one
// is no string.
func readMultipart(raw []byte, m mediaType) (input, error) {
	boundary, sent := m.params["boundary"]
	if !sent || boundary == "" {
		return input{}, parseRefusal("Multipart form parse error - Invalid boundary in multipart: None")
	}
	if !boundaryText.MatchString(boundary) {
		return input{}, parseRefusal("Multipart form parse error - Invalid boundary in multipart: " + latin1(boundary))
	}
	separator := []byte("--" + boundary)
	if bytes.Count(raw, separator) > maxFields+1 {
		return input{}, errTooManyFields
	}
	c := charsetOf(m.params["charset"])
	texts, files := map[string]value{}, map[string]value{}
	for len(raw) > 0 {
		part, rest, found := bytes.Cut(raw, separator)
		if found {
			part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
		}
		raw = rest
		readPart(part, c, func(name string, v value) {
			if v.kind == kindOther {
				files[name] = v
			} else {
				texts[name] = v
			}
		})
	}
	maps.Copy(texts, files) // a file beats a text of its name, whatever their order
	return input{fields: texts}, nil
}

// readPart hands on the name and value of one part, if it has them.
func readPart(part []byte, c charset, keep func(name string, v value)) {
	header, content, found := bytes.Cut(part, []byte("\r\n\r\n"))
	if !found {
		return
	}
	var disposition mediaType
	encoding := ""
	for line := range strings.SplitSeq(string(header), "\r\n") {
		name, v, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-disposition":
			disposition = parseMediaType(v)
		case "content-transfer-encoding":
			encoding = strings.ToLower(strings.TrimSpace(v))
		}
	}
	name, ok := c.text([]byte(strings.TrimSpace(disposition.params["name"])))
	if _, named := disposition.params["name"]; !named || !ok {
		return
	}
	if file, sent := disposition.params["filename"]; sent && file != "" {
		keep(name, value{kind: kindOther})
		return
	}
	if encoding == "base64" {
		if decoded, err := base64.StdEncoding.DecodeString(string(content)); err == nil {
			content = decoded
		}
	}
	keep(name, textValue(content, c))
}
