package password

import (
	"crypto/rand"
	"strings"
)

// stored is a password hash that was read and understood.
type stored interface {
	// match computes the hash of plain once and compares in constant time.
	match(t *thread, plain []byte) bool
	// work is what match costs, in the unit of Parameters.work.
	work() uint64
	// outdated reports whether new passwords are hashed otherwise.
	outdated(want Parameters) bool
}

// scheme is one way in which passwords are stored, known by how it starts.
type scheme struct {
	prefix string
	parse  func(encoded string) (stored, error)
}

// schemes is every way that the service can check. No prefix starts another.
var schemes = [...]scheme{
	{prefix: argon2Prefix, parse: parseArgon2id},
}

// parse finds the scheme of a stored string and reads it.
func parse(encoded string) (stored, error) {
	if !Usable(encoded) || len(encoded) > maxEncodedBytes {
		return nil, errFormat
	}
	for _, s := range schemes {
		if strings.HasPrefix(encoded, s.prefix) {
			return s.parse(encoded)
		}
	}
	return nil, errFormat
}

// NeedsRehash reports whether a stored string is a password that should be
// hashed again with p at the next chance: other costs, another scheme, or one
// that is not known. Without a usable password there is nothing to hash again.
func (p Parameters) NeedsRehash(encoded string) bool {
	if !Usable(encoded) {
		return false
	}
	s, err := parse(encoded)
	return err != nil || s.outdated(p)
}

// unusablePrefix marks an account without a password, as in Django.
const unusablePrefix = "!"

// Usable reports whether a stored string can ever match a password. The empty
// string and everything that starts with "!" (Django's mark) cannot.
func Usable(encoded string) bool {
	return encoded != "" && !strings.HasPrefix(encoded, unusablePrefix)
}

// Unusable returns a string to store for an account without a password. It is
// random, so that whatever is derived from the stored string (a reset link, a
// revocation mark) differs from account to account.
func Unusable() string { return unusablePrefix + rand.Text() }
