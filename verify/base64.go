package verify

import (
	"encoding/base64"
	"errors"
)

var errBase64 = errors.New("not canonical base64url")

// inAlphabet reports whether c is one of the 64 characters of base64url
// (RFC 4648 section 5). Padding, line breaks and the standard alphabet's "+"
// and "/" are not.
func inAlphabet(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// decodeBase64 decodes text, which must be the one canonical form of its bytes
// (RFC 7515 section 2; RFC 4648 section 3.5 for the unused bits).
func decodeBase64(text string) ([]byte, error) {
	for i := range len(text) {
		// The library's decoder skips CR and LF even when strict.
		if !inAlphabet(text[i]) {
			return nil, errBase64
		}
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errBase64
	}
	return data, nil
}
