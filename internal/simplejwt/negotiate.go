package simplejwt

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxIndent is the widest indentation that a client may ask for.
const maxIndent = 8

// maxRanges is how many elements of an Accept header are looked at. A header of
// commas alone would have tens of thousands.
const maxRanges = 64

// format is how an answer is written.
type format struct {
	indent int // spaces; 0 is the compact form
}

// negotiate returns the form that the client accepts, or the refusal: 404 for a
// ?format= that does not exist, 406 for an Accept header that leaves nothing.
//
// There is JSON alone. Without the preset a client that takes only text/html gets
// it too, because a browser shows JSON.
func (a *API) negotiate(r *http.Request) (format, error) {
	offered := [][2]string{{"application", "json"}, {"text", "html"}}
	if a.Preset {
		offered = offered[:1]
	}
	switch formatOf(r.URL.RawQuery) {
	case "":
	case "json":
		offered = offered[:1]
	case "api": // the original's pages, which are HTML
		offered = offered[1:]
	default:
		return format{}, errNoFormat
	}
	ranges := acceptable(r.Header)
	for _, offer := range offered {
		for _, m := range ranges {
			if m.matches(offer[0], offer[1]) {
				return format{indent: indentOf(m)}, nil
			}
		}
	}
	return format{}, errNotAcceptable
}

// formatOf returns the last value of the parameter format. A query is read as a form
// is, in which nothing is an error.
func formatOf(query string) string {
	in, err := readForm([]byte(query), charsetUTF8)
	if err != nil {
		return ""
	}
	if v := in.get("format"); v.kind != kindOther {
		return v.text
	}
	return "\uFFFD" // bytes that are no text name no format
}

// acceptable returns the first ranges of the Accept header, the most specific
// first.
func acceptable(h http.Header) []mediaType {
	lines, sent := h["Accept"]
	if !sent {
		return []mediaType{parseMediaType("*/*")}
	}
	var ranges []mediaType
	for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if len(ranges) == maxRanges {
			break
		}
		ranges = append(ranges, parseMediaType(element))
	}
	slices.SortStableFunc(ranges, func(a, b mediaType) int { return b.precedence() - a.precedence() })
	return ranges
}

// indentOf returns the indentation that the range's parameter asks for, within
// bounds; 0 when it asks for none or for nonsense.
func indentOf(m mediaType) int {
	n, err := strconv.Atoi(strings.TrimSpace(m.params["indent"]))
	if err != nil {
		return 0
	}
	return max(0, min(n, maxIndent))
}
