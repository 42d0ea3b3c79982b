package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	saltBytes = 16 // RFC 9106, section 4: 128 bits
	tagBytes  = 32

	// djangoArgon2 stands before the PHC string in Django's databases.
	djangoArgon2 = "argon2"
)

// phcBase64 is base64 without padding, and with no second spelling of the same
// bytes.
var phcBase64 = base64.RawStdEncoding.Strict()

// argon2Hash is one stored argon2 hash.
type argon2Hash struct {
	Parameters
	variant
	salt, tag []byte
	imported  bool // written by something else, in its own way
}

// names are the types of argon2 by their numbers.
var names = [...]string{typeD: "argon2d", typeI: "argon2i", typeID: "argon2id"}

// String returns the PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (a argon2Hash) String() string {
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", names[a.kind], a.version,
		a.MemoryKiB, a.Iterations, a.Parallelism,
		phcBase64.EncodeToString(a.salt), phcBase64.EncodeToString(a.tag))
}

// match implements stored.
func (a argon2Hash) match(t *thread, plain []byte) bool {
	tag := t.argon2(argon2Input{
		Parameters: a.Parameters, variant: a.variant, plain: plain, salt: a.salt, size: uint32(len(a.tag)),
	})
	return subtle.ConstantTimeCompare(tag, a.tag) == 1
}

// outdated implements stored.
func (a argon2Hash) outdated(want Parameters) bool {
	return a.imported || a.variant != current() || a.Parameters != want || len(a.salt) < saltBytes || len(a.tag) != tagBytes
}

// parseArgon2 reads a PHC string, with or without Django's word before it. It
// accepts exactly what String writes, within the limits of Parameters.check, with
// a salt of 8 to 64 bytes and a tag of 16 to 64 bytes; and strings without a
// version, which libraries wrote before there was a second one.
func parseArgon2(encoded string) (stored, error) {
	_, phc, _ := strings.Cut(encoded, "$")
	fields := strings.Split(phc, "$")
	if len(fields) == 4 {
		fields = slices.Insert(fields, 1, "v=16")
	}
	if len(fields) != 5 {
		return nil, malformed("not the fields of argon2")
	}
	a := argon2Hash{imported: strings.HasPrefix(encoded, djangoArgon2)}
	var err error
	if a.variant, err = parseVariant(fields[0], fields[1]); err != nil {
		return nil, err
	}
	if a.Parameters, err = parseCosts(fields[2]); err != nil {
		return nil, err
	}
	if a.salt, err = phcBase64.DecodeString(fields[3]); err != nil || len(a.salt) < 8 || len(a.salt) > 64 {
		return nil, malformed("the salt is not base64 of 8 to 64 bytes")
	}
	if a.tag, err = phcBase64.DecodeString(fields[4]); err != nil || len(a.tag) < 16 || len(a.tag) > 64 {
		return nil, malformed("the hash is not base64 of 16 to 64 bytes")
	}
	if a.String() != "$"+strings.Join(fields, "$") { // leading zeros, line breaks inside base64
		return nil, malformed("not written as argon2 writes it")
	}
	return a, nil
}

// parseVariant reads the type's name and v=….
func parseVariant(name, version string) (variant, error) {
	kind := slices.Index(names[:], name)
	if kind < 0 {
		return variant{}, malformed("not a type of argon2")
	}
	switch version {
	case "v=16":
		return variant{kind: uint32(kind), version: version10}, nil
	case "v=19":
		return variant{kind: uint32(kind), version: version13}, nil
	}
	return variant{}, malformed("not a version of argon2")
}

// parseCosts reads m=…,t=…,p=… and holds them to the limits.
func parseCosts(s string) (Parameters, error) {
	fields := strings.Split(s, ",")
	if len(fields) != 3 {
		return Parameters{}, malformed("not the costs of argon2")
	}
	var numbers [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(fields[i], name)
		n, err := number(digits)
		if !found || err != nil {
			return Parameters{}, malformed("not the costs of argon2")
		}
		numbers[i] = n
	}
	p := Parameters{ // what does not fit is beyond every limit anyway
		MemoryKiB:   uint32(min(numbers[0], math.MaxUint32)),
		Iterations:  uint32(min(numbers[1], math.MaxUint32)),
		Parallelism: uint8(min(numbers[2], math.MaxUint8)),
	}
	if err := p.check(); err != nil {
		return Parameters{}, fmt.Errorf("costs out of range: %w", err)
	}
	return p, nil
}
