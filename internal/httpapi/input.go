package httpapi

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// maxBody is the largest body, in bytes.
const maxBody = 64 << 10

const (
	msgRequired = "This field is required."
	msgNotNull  = "This field may not be null."
	msgUnknown  = "There is no such field."
)

// checkInput reads what the framework will decode and refuses what its decoder
// would let through or take for something else. It returns the body, nil for an
// operation that has none and for a request that leaves out one that it may.
func (a *API) checkInput(w http.ResponseWriter, r *http.Request, op *huma.Operation) ([]byte, *problem) {
	if p := checkQuery(r.URL.RawQuery, op.Parameters); p != nil {
		return nil, p
	}
	if op.RequestBody == nil {
		return nil, nil
	}
	body, p := readBody(w, r)
	if p != nil || len(body) == 0 && !op.RequestBody.Required {
		return nil, p
	}
	if p := checkPresent(body, r.Header); p != nil {
		return nil, p
	}
	schema := op.RequestBody.Content["application/json"].Schema
	for schema.Ref != "" {
		schema = a.document.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return body, checkBody(body, schema)
}

// checkQuery refuses what cannot be decoded, unknown names, and names given
// twice, of which readers take one or the other.
func checkQuery(raw string, known []*huma.Param) *problem {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return problemOf(errInvalid.Because(err))
	}
	p := problemOf(errInvalid)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given, message := values[name], ""
		switch {
		case !slices.ContainsFunc(known, func(k *huma.Param) bool { return k.In == "query" && k.Name == name }):
			message = "There is no such parameter."
		case len(given) > 1:
			message = msgTwice
		case !utf8.ValidString(given[0]):
			message = msgNotUTF8
		case strings.ContainsRune(given[0], 0):
			message = msgNull
		default:
			continue
		}
		p.blame("query", name, message)
	}
	return unlessGood(p)
}

// readBody returns a body of at most maxBody bytes.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, problemOf(errBodyTooBig)
		}
		return nil, problemOf(errBodyCut.Because(err))
	}
	return body, nil
}

// checkPresent refuses no body, and one that does not say that it is JSON.
func checkPresent(body []byte, header http.Header) *problem {
	if len(body) == 0 {
		return problemOf(errBodyMissing)
	}
	if !isJSON(header.Values("Content-Type")) {
		return newProblem(http.StatusUnsupportedMediaType, errMediaType)
	}
	return nil
}

// isJSON accepts application/json, alone or with the one charset that JSON has
// (RFC 8259 section 8.1).
func isJSON(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	mediaType, parameters, err := mime.ParseMediaType(contentTypes[0])
	if err != nil || mediaType != "application/json" {
		return false
	}
	for name, value := range parameters {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}

// checkBody refuses a body that is not strict JSON, and names that the schema
// does not have in exactly this case, lacks, or does not allow to be null. Types
// and lengths are the framework's to check.
func checkBody(body []byte, schema *huma.Schema) *problem {
	members, err := scanObject(body)
	if err != nil {
		p := problemOf(errBodyInvalid)
		if scan, ok := errors.AsType[*scanError](err); ok {
			p.blame("body", scan.field, scan.message)
		}
		return p
	}
	p := problemOf(errInvalid)
	missing := slices.Clone(schema.Required)
	for _, m := range members {
		property, known := schema.Properties[m.name]
		switch {
		case !known:
			p.blame("body", m.name, msgUnknown)
		case m.null && !property.Nullable:
			p.blame("body", m.name, msgNotNull)
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == m.name })
	}
	for _, name := range missing {
		p.blame("body", name, msgRequired)
	}
	return unlessGood(p)
}

// unlessGood returns p, or nil when it blames nothing.
func unlessGood(p *problem) *problem {
	if len(p.Errors) == 0 {
		return nil
	}
	return p
}
