package simplejwt

import (
	"net/http"
	"slices"
	"strings"
)

// bearerToken returns the token that the header offers, "" when it offers none by
// our schemes. Schemes are compared by case. Two headers count as one with a
// comma between. The error is the refusal of a header of our scheme that does not
// consist of two words.
func (a *API) bearerToken(h http.Header) (string, error) {
	name := "Authorization"
	if a.HeaderName != "" {
		name = http.CanonicalHeaderKey(a.HeaderName)
	}
	words := strings.FieldsFunc(strings.Join(h[name], ","), isASCIISpace)
	if len(words) == 0 || !slices.Contains(a.headerTypes(), words[0]) {
		return "", nil
	}
	if len(words) != 2 {
		return "", errAuthorizationHeader
	}
	return a.unpadded(words[1]), nil
}

// headerTypes are the schemes that carry a token.
func (a *API) headerTypes() []string {
	if len(a.HeaderTypes) == 0 {
		return []string{"Bearer"}
	}
	return a.HeaderTypes
}

// unpadded takes the padding off the end of a token under the preset: the
// original reads base64 with it and without. Everything behind this package knows
// one spelling of a token.
func (a *API) unpadded(raw string) string {
	if token := strings.TrimRight(raw, "="); a.Preset && token != "" {
		return token
	}
	return raw
}

// isASCIISpace is what Python's bytes.split splits at.
func isASCIISpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }
