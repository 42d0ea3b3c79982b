package simplejwt

import (
	"net/http"
	"strings"
)

// bearerToken returns the token of the Authorization header, "" when the header
// offers none of our scheme. The scheme is compared by case. Two headers count as
// one with a comma between. The error is the refusal of a header of our scheme
// that does not consist of two words.
func bearerToken(h http.Header) (string, error) {
	words := strings.FieldsFunc(strings.Join(h["Authorization"], ","), isASCIISpace)
	if len(words) == 0 || words[0] != "Bearer" {
		return "", nil
	}
	if len(words) != 2 {
		return "", errAuthorizationHeader
	}
	return words[1], nil
}

// isASCIISpace is what Python's bytes.split splits at.
func isASCIISpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }
