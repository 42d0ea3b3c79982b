package password

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptName       = "bcrypt"
	bcryptSHA256Name = "bcrypt_sha256"

	// Two to the power of the cost is the number of rounds. Django's cost is 12,
	// a quarter of a second; 14 takes one.
	minBcryptCost = 4
	maxBcryptCost = 14

	// bcryptUnits is the work of one round. Measured: 82 to 110.
	bcryptUnits = 95

	bcryptBytes    = 60
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// bcryptHash is one stored hash.
type bcryptHash struct {
	foreign
	encoded []byte // $2b$12$…
	digest  bool   // of the password's SHA-256 in hexadecimal
}

// parseBcrypt reads $2b$12$… as it is written everywhere, also with Django's
// "bcrypt$" before it. The names 2a, 2b and 2y are the same function: they tell
// which bugs the writer had fixed. 2x is one of the bugs.
func parseBcrypt(encoded string) (stored, error) {
	return readBcrypt(strings.TrimPrefix(encoded, bcryptName+"$"))
}

// parseBcryptSHA256 reads Django's "bcrypt_sha256$$2b$12$…".
func parseBcryptSHA256(encoded string) (stored, error) {
	b, err := readBcrypt(strings.TrimPrefix(encoded, bcryptSHA256Name+"$"))
	b.digest = true
	return b, err
}

func readBcrypt(encoded string) (bcryptHash, error) {
	if len(encoded) != bcryptBytes || encoded[:2] != "$2" || !strings.Contains("aby", encoded[2:3]) ||
		encoded[3] != '$' || encoded[6] != '$' || strings.Trim(encoded[4:6], "0123456789") != "" {
		return bcryptHash{}, malformed("not 60 characters that begin with $2a$, $2b$ or $2y$ and two digits")
	}
	if strings.Trim(encoded[7:], bcryptAlphabet) != "" {
		return bcryptHash{}, malformed("a character that bcrypt does not write")
	}
	cost := 10*uint64(encoded[4]-'0') + uint64(encoded[5]-'0')
	if cost < minBcryptCost || cost > maxBcryptCost {
		return bcryptHash{}, outOfRange("the cost", cost, minBcryptCost, maxBcryptCost)
	}
	return bcryptHash{foreign: foreign{units: bcryptUnits << cost}, encoded: []byte(encoded)}, nil
}

// match implements stored. Without the digest bcrypt itself looks at the first 72
// bytes alone.
func (b bcryptHash) match(t *thread, plain []byte) bool {
	t.spent.Add(b.units)
	key := plain
	if b.digest {
		sum := sha256.Sum256(plain)
		key = hex.AppendEncode(nil, sum[:])
	}
	equal := bcrypt.CompareHashAndPassword(b.encoded, key) == nil
	// The key is repeated with a NUL between: "a" and "a\x00a" would be the same.
	// No program stores a bcrypt hash of a password that has a NUL.
	return equal && !bytes.Contains(key, []byte{0})
}
