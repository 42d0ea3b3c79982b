package simplejwt

import (
	"bytes"
	"encoding/base64"
	"maps"
	"regexp"
	"strings"
	"unicode"
)

// boundaryText is what separates parts (RFC 2046, section 5.1.1, with the
// original's greater length).
var boundaryText = regexp.MustCompile(`^[ -~]{0,200}[!-~]$`)

// maxFiles is how many parts of a form may be files, maxPartHeader how many bytes
// the header of a part may have: one with more has none, as in the original.
const (
	maxFiles      = 100
	maxPartHeader = 1024
)

// boundaryOf returns what separates the parts of a body with this Content-Type, in
// which the original knows multipart in lower case alone.
func boundaryOf(sent string) (string, error) {
	fail := func(why, what string) error {
		return parseRefusal("Multipart form parse error - Invalid " + why + latin1(what))
	}
	if !strings.HasPrefix(sent, "multipart/") {
		return "", fail("Content-Type: ", sent)
	}
	if strings.ContainsFunc(sent, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", fail("non-ASCII Content-Type in multipart: ", sent)
	}
	boundary, given := parseMediaType(sent).params["boundary"]
	switch {
	case !given:
		return "", fail("boundary in multipart: ", "None")
	case !boundaryText.MatchString(boundary):
		return "", fail("boundary in multipart: ", boundary)
	}
	return boundary, nil
}

// readMultipart parses multipart/form-data (RFC 7578). As in the original, parts
// that make no sense are skipped, so a body without any is an empty form; only a
// missing boundary is an error. Files are not kept: a field that is sent as one
// is no string.
func readMultipart(raw []byte, sent string) (input, error) {
	boundary, err := boundaryOf(sent)
	if err != nil {
		return input{}, err
	}
	separator := []byte("--" + boundary)
	if bytes.Count(raw, separator) > maxFields+1 {
		return input{}, errTooManyFields
	}
	c := charsetOf(parseMediaType(sent).params["charset"])
	texts, files := map[string]value{}, map[string]value{}
	sentFiles := 0
	for len(raw) > 0 {
		part, rest, found := bytes.Cut(raw, separator)
		if found {
			part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
		}
		raw = rest
		readPart(part, c, func(name string, v value) {
			if v.kind == kindOther {
				files[name] = v
				sentFiles++
			} else {
				texts[name] = v
			}
		})
	}
	if sentFiles > maxFiles {
		return input{}, errTooManyFields
	}
	maps.Copy(texts, files) // a file beats a text of its name, whatever their order
	return input{fields: texts}, nil
}

// readPart hands on the name and value of one part, if it has them.
func readPart(part []byte, c charset, keep func(name string, v value)) {
	header, content, found := bytes.Cut(part, []byte("\r\n\r\n"))
	if !found || len(header)+len("\r\n\r\n") > maxPartHeader {
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
		if decoded, err := base64.StdEncoding.DecodeString(string(inBase64(content))); err == nil {
			content = decoded
		}
	}
	keep(name, textValue(content, c))
}

// inBase64 returns the bytes that are of the alphabet (RFC 2045, section 6.8, has
// the reader ignore the others).
func inBase64(content []byte) []byte {
	return bytes.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '+', r == '/', r == '=':
			return r
		}
		return -1
	}, content)
}
