package verify

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"strings"
)

const (
	minRSABits = 2048 // NIST SP 800-131A
	maxRSABits = 8192 // what crypto/rsa accepts
	// ROCA keys are built over the product of the first primes; the 38 odd ones
	// up to 167 are in that product for every size of key.
	rocaBound     = 167
	rocaGenerator = 65537
)

// checkRSA refuses moduli and exponents that cannot protect anything.
func checkRSA(n *big.Int, e int) error {
	if bits := n.BitLen(); n.Sign() <= 0 || bits < minRSABits || bits > maxRSABits {
		return errors.New("an RSA key has 2048 to 8192 bits")
	}
	if n.Bit(0) == 0 {
		return errors.New("the RSA modulus is even")
	}
	if e < 3 || e&1 == 0 || int64(e) > 1<<31-1 {
		return errors.New("the RSA exponent is not an odd number from 3 to 2^31-1")
	}
	return checkModulus(n)
}

// checkModulus finds divisors up to 167 and the fingerprint of ROCA
// (CVE-2017-15361): such a modulus is, modulo every small prime, a power of
// 65537. A sound modulus is so with a probability below 2^-25.
func checkModulus(n *big.Int) error {
	roca := true
	for p := int64(3); p <= rocaBound; p += 2 {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		residue := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		if residue == 0 {
			return errors.New("the RSA modulus has a small divisor")
		}
		roca = roca && isPower(residue, p)
	}
	if roca {
		return errors.New("the RSA key was made by a generator with the ROCA weakness")
	}
	return nil
}

// isPower reports whether x is a power of 65537 modulo the prime p.
func isPower(x, p int64) bool {
	power := int64(1)
	for range p {
		if power == x {
			return true
		}
		power = power * rocaGenerator % p
	}
	return false
}

// smallOrder lists, in hexadecimal and without the sign bit, the y coordinates of
// the eight points of Ed25519 whose order divides 8, the two non-canonical forms
// included. Under such a "public key" one signature is good for many messages.
const smallOrder = "" +
	"0000000000000000000000000000000000000000000000000000000000000000 " +
	"0100000000000000000000000000000000000000000000000000000000000000 " +
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05 " +
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a " +
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f " +
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f " +
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"

func hasSmallOrder(p ed25519.PublicKey) bool {
	y := slices.Clone(p)
	y[len(y)-1] &= 0x7f
	return strings.Contains(smallOrder, hex.EncodeToString(y))
}
