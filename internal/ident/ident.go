package ident

import (
	"fmt"

	"github.com/google/uuid"
)

// The identifiers of the things that several features speak of. They are
// distinct types, so that one is not taken for another.
type (
	UserID    string
	SessionID string
	RoleID    string
)

// MaxLen is the longest identifier that is stored, in bytes.
const MaxLen = 40

// New returns a UUIDv7 in its 36-character text form (RFC 9562, section 5.7).
func New() string {
	id, err := uuid.NewV7()
	if err != nil {
		// The only source of an error is the random reader, which cannot fail.
		panic(fmt.Sprintf("make an identifier: %v", err))
	}
	return id.String()
}

// Valid reports whether text can be an identifier: 1 to MaxLen bytes of letters,
// digits, '-' and '_'. It says nothing of whether the thing exists.
func Valid(text string) bool {
	if text == "" || len(text) > MaxLen {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
