package password

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	argon2Prefix  = "$argon2id$"
	argon2Version = "v=19"

	saltBytes = 16 // RFC 9106, section 4: 128 bits
	tagBytes  = 32

	// A stored string that is longer than this is not looked at.
	maxEncodedBytes = 512
)

var errFormat = errors.New("not a password hash that this service knows")

// phcBase64 is base64 without padding, and with no second spelling of the same
// bytes.
var phcBase64 = base64.RawStdEncoding.Strict()

// argon2Hash is one stored argon2id hash.
type argon2Hash struct {
	Parameters
	salt, tag []byte
}

// String returns the PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (a argon2Hash) String() string {
	return fmt.Sprintf("%s%s$m=%d,t=%d,p=%d$%s$%s", argon2Prefix, argon2Version,
		a.MemoryKiB, a.Iterations, a.Parallelism,
		phcBase64.EncodeToString(a.salt), phcBase64.EncodeToString(a.tag))
}

// match implements stored.
func (a argon2Hash) match(t *thread, plain []byte) bool {
	tag := t.argon2id(a.Parameters, plain, a.salt, uint32(len(a.tag)))
	return subtle.ConstantTimeCompare(tag, a.tag) == 1
}

// outdated implements stored.
func (a argon2Hash) outdated(want Parameters) bool {
	return a.Parameters != want || len(a.salt) < saltBytes || len(a.tag) != tagBytes
}

// parseArgon2id reads a PHC string. It accepts exactly what String writes, within
// the limits of Parameters.check, with a salt of 8 to 64 bytes and a tag of 16 to
// 64 bytes.
func parseArgon2id(encoded string) (stored, error) {
	parts := strings.Split(strings.TrimPrefix(encoded, argon2Prefix), "$")
	if len(parts) != 4 || parts[0] != argon2Version {
		return nil, errFormat
	}
	params, err := parseCosts(parts[1])
	if err != nil {
		return nil, err
	}
	salt, err := phcBase64.DecodeString(parts[2])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return nil, errFormat
	}
	tag, err := phcBase64.DecodeString(parts[3])
	if err != nil || len(tag) < 16 || len(tag) > 64 {
		return nil, errFormat
	}
	a := argon2Hash{Parameters: params, salt: salt, tag: tag}
	if a.String() != encoded { // leading zeros, signs, line breaks inside base64
		return nil, errFormat
	}
	return a, nil
}

// parseCosts reads m=…,t=…,p=… and holds them to the limits.
func parseCosts(s string) (Parameters, error) {
	fields := strings.Split(s, ",")
	if len(fields) != 3 {
		return Parameters{}, errFormat
	}
	var numbers [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(fields[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil {
			return Parameters{}, errFormat
		}
		numbers[i] = n
	}
	if numbers[2] > maxParallelism {
		return Parameters{}, errFormat
	}
	p := Parameters{MemoryKiB: uint32(numbers[0]), Iterations: uint32(numbers[1]), Parallelism: uint8(numbers[2])}
	return p, p.check()
}
