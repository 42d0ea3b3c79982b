package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strings"
)

// maxPBKDF2Iterations is far above every default of Django so far (1,800,000 in
// the development version of 6.2) and takes less than a second where the
// processor has SHA instructions.
const maxPBKDF2Iterations = 5_000_000

// paddedBase64 is base64 as Python writes it, with no second spelling of the same
// bytes.
var paddedBase64 = base64.StdEncoding.Strict()

// pbkdf2Kind is PBKDF2 (RFC 8018, section 5.2) over HMAC with one hash function.
// The key is as long as the function's value.
type pbkdf2Kind struct {
	function func() hash.Hash
	size     int    // bytes of a value
	units    uint64 // work of 1000 iterations; measured 265 to 281, and 265 to 309
}

func pbkdf2SHA256() pbkdf2Kind {
	return pbkdf2Kind{function: sha256.New, size: sha256.Size, units: 275}
}
func pbkdf2SHA1() pbkdf2Kind { return pbkdf2Kind{function: sha1.New, size: sha1.Size, units: 290} }

// pbkdf2Hash is one stored hash.
type pbkdf2Hash struct {
	foreign
	kind       pbkdf2Kind
	iterations int
	salt, key  []byte
}

// parse reads Django's ALGORITHM$ITERATIONS$SALT$KEY: the salt is text and counts
// as its bytes, the key is base64 with padding.
func (k pbkdf2Kind) parse(encoded string) (stored, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 4 {
		return nil, malformed("not the four fields of pbkdf2")
	}
	iterations, err := number(fields[1])
	if err != nil {
		return nil, err
	}
	if iterations < 1 || iterations > maxPBKDF2Iterations {
		return nil, outOfRange("the number of iterations", iterations, 1, maxPBKDF2Iterations)
	}
	if fields[2] == "" {
		return nil, malformed("there is no salt")
	}
	key, err := parseKey(fields[3], k.size)
	if err != nil {
		return nil, err
	}
	return pbkdf2Hash{
		foreign: foreign{units: iterations * k.units / 1000},
		kind:    k, iterations: int(iterations), salt: []byte(fields[2]), key: key,
	}, nil
}

// parseKey reads padded base64 of exactly size bytes.
func parseKey(text string, size int) ([]byte, error) {
	key, err := paddedBase64.DecodeString(text)
	// The decoder skips line breaks: they show in the length.
	if err != nil || len(key) != size || len(text) != paddedBase64.EncodedLen(size) {
		return nil, malformed("the hash is not base64 of the right length")
	}
	return key, nil
}

// match implements stored.
func (p pbkdf2Hash) match(t *thread, plain []byte) bool {
	t.spent.Add(p.units)
	key, err := pbkdf2.Key(p.kind.function, string(plain), p.salt, p.iterations, p.kind.size)
	// An error is possible only where Go is told to allow nothing but FIPS 140.
	return err == nil && subtle.ConstantTimeCompare(key, p.key) == 1
}
