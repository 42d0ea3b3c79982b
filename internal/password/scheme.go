package password

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxEncoded is the longest stored string in characters: what the column holds.
const maxEncoded = 255

// stored is a password hash that was read and understood.
type stored interface {
	// match computes the hash of plain once and compares in constant time.
	match(t *thread, plain []byte) bool
	// work is what match costs, in the unit of Parameters.work.
	work() uint64
	// memory is what match holds meanwhile, in bytes.
	memory() int64
	// outdated reports whether new passwords are hashed otherwise.
	outdated(want Parameters) bool
}

// scheme is one way in which passwords are stored, known by how it starts.
type scheme struct {
	name   string
	prefix string
	weak   bool // see Inspection.Weak
	parse  func(encoded string) (stored, error)
}

// schemes is every way that the service can check: ours, Django's
// (django.contrib.auth.hashers), and strings without a name that others write. The
// first that fits counts, and the last fits always.
var schemes = [...]scheme{
	{name: "argon2id", prefix: "$argon2id$", parse: parseArgon2},
	{name: "argon2i", prefix: "$argon2i$", parse: parseArgon2},
	{name: "argon2d", prefix: "$argon2d$", parse: parseArgon2},
	{name: "argon2", prefix: djangoArgon2 + "$", parse: parseArgon2},
	{name: "pbkdf2_sha256", prefix: "pbkdf2_sha256$", parse: pbkdf2SHA256().parse},
	{name: "pbkdf2_sha1", prefix: "pbkdf2_sha1$", parse: pbkdf2SHA1().parse},
	{name: "scrypt", prefix: "scrypt$", parse: parseScrypt},
	{name: bcryptSHA256Name, prefix: bcryptSHA256Name + "$", parse: parseBcryptSHA256},
	{name: bcryptName, prefix: bcryptName + "$", weak: true, parse: parseBcrypt},
	{name: bcryptName, prefix: "$2", weak: true, parse: parseBcrypt},
	{name: "md5", prefix: "md5$", weak: true, parse: digestMD5().parse},
	{name: "sha1", prefix: "sha1$", weak: true, parse: digestSHA1().parse},
	{name: "md5", prefix: "", weak: true, parse: digestMD5().parseBare},
}

// find returns the scheme of a stored string.
func find(encoded string) scheme {
	i := slices.IndexFunc(schemes[:], func(s scheme) bool { return strings.HasPrefix(encoded, s.prefix) })
	return schemes[i]
}

// parse finds the scheme of a stored string and reads it. Its errors hold nothing
// of the string but numbers that are costs.
func parse(encoded string) (stored, error) {
	if err := storable(encoded); err != nil {
		return nil, err
	}
	if !Usable(encoded) {
		return nil, errUnknown
	}
	s := find(encoded)
	known, err := s.parse(encoded)
	switch {
	case errors.Is(err, errUnknown):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return known, nil
}

// storable reports what no database of ours would hold.
func storable(encoded string) error {
	switch {
	case len(encoded) > utf8.UTFMax*maxEncoded || utf8.RuneCountInString(encoded) > maxEncoded:
		return malformed(fmt.Sprintf("more than %d characters", maxEncoded))
	case !utf8.ValidString(encoded) || strings.Contains(encoded, "\x00"):
		return malformed("not text")
	}
	return nil
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
