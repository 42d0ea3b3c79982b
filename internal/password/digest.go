package password

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// digestKind is a bare hash function, once: Django's oldest formats. Its work
// counts as none, and is less than a thousandth of one of our hashes.
type digestKind struct {
	size int // bytes of a value
	sum  func(data []byte) []byte
}

func digestMD5() digestKind {
	return digestKind{size: md5.Size, sum: func(data []byte) []byte { sum := md5.Sum(data); return sum[:] }}
}

func digestSHA1() digestKind {
	return digestKind{size: sha1.Size, sum: func(data []byte) []byte { sum := sha1.Sum(data); return sum[:] }}
}

// digestHash is one stored hash.
type digestHash struct {
	foreign
	kind      digestKind
	salt, sum []byte
}

// parse reads Django's ALGORITHM$SALT$SUM, the sum in small hexadecimal digits, of
// the salt and the password. The salt may be empty.
func (k digestKind) parse(encoded string) (stored, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 3 {
		return nil, malformed("not the three fields of a salted hash")
	}
	return k.read(fields[1], fields[2])
}

// parseBare reads the sum alone, which is how Django once stored MD5 without a
// salt. What does not look like one is of no format that is known.
func (k digestKind) parseBare(encoded string) (stored, error) {
	bare, err := k.read("", encoded)
	if err != nil {
		return nil, errUnknown
	}
	return bare, nil
}

func (k digestKind) read(salt, digits string) (stored, error) {
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != k.size || strings.ToLower(digits) != digits {
		return nil, malformed("the hash is not small hexadecimal digits of the right number")
	}
	return digestHash{kind: k, salt: []byte(salt), sum: sum}, nil
}

// match implements stored.
func (d digestHash) match(_ *thread, plain []byte) bool {
	sum := d.kind.sum(append(d.salt[:len(d.salt):len(d.salt)], plain...))
	return subtle.ConstantTimeCompare(sum, d.sum) == 1
}
