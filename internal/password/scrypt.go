package password

import (
	"crypto/subtle"
	"strings"

	"golang.org/x/crypto/scrypt"
)

const (
	scryptKeyBytes = 64 // what Django stores

	// The least and the most of scrypt's costs (RFC 7914, section 2). Both the
	// memory, 128·N·r bytes, and the work, p times that, end at 256 MiB: 3 times
	// Django's N=16384, r=8, p=5, twice OWASP's N=131072, r=8, p=1, and less than a
	// second.
	maxScryptN    = 1 << 20
	maxScryptR    = 64
	maxScryptP    = 64
	maxScryptWork = 256 << 20

	// scryptUnits is the work for each KiB that scrypt writes and reads again.
	// Measured: 3.8 to 4.7.
	scryptUnits = 4
)

// scryptHash is one stored hash.
type scryptHash struct {
	foreign
	n, r, p   int
	salt, key []byte
}

// parseScrypt reads Django's scrypt$N$SALT$R$P$KEY: the salt is text and counts as
// its bytes, the key is base64 with padding.
func parseScrypt(encoded string) (stored, error) {
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 {
		return nil, malformed("not the six fields of scrypt")
	}
	var costs [3]uint64
	for i, cost := range []struct {
		name, digits string
		least, most  uint64
	}{{"N", fields[1], 2, maxScryptN}, {"r", fields[3], 1, maxScryptR}, {"p", fields[4], 1, maxScryptP}} {
		n, err := number(cost.digits)
		if err != nil {
			return nil, err
		}
		if n < cost.least || n > cost.most {
			return nil, outOfRange(cost.name, n, cost.least, cost.most)
		}
		costs[i] = n
	}
	n, r, p := costs[0], costs[1], costs[2]
	if n&(n-1) != 0 {
		return nil, malformed("N is not a power of two")
	}
	if work := 128 * n * r * p; work > maxScryptWork {
		return nil, outOfRange("128·N·r·p", work, 256, maxScryptWork)
	}
	if fields[2] == "" {
		return nil, malformed("there is no salt")
	}
	key, err := parseKey(fields[5], scryptKeyBytes)
	if err != nil {
		return nil, err
	}
	return scryptHash{
		foreign: foreign{units: scryptUnits * n * r * p / 8, bytes: int64(128 * n * r)},
		n:       int(n), r: int(r), p: int(p), salt: []byte(fields[2]), key: key,
	}, nil
}

// match implements stored.
func (s scryptHash) match(t *thread, plain []byte) bool {
	t.spent.Add(s.units)
	key, err := scrypt.Key(plain, s.salt, s.n, s.r, s.p, scryptKeyBytes)
	return err == nil && subtle.ConstantTimeCompare(key, s.key) == 1
}
