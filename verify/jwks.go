package verify

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

const (
	maxJWKS        = 256 << 10 // bytes
	maxJWKSKeys    = 100
	maxJWKSMembers = 2048
)

// jwkMembers are the members of a key that are read, jwkPrivate those that no
// published key may have (RFC 7518 section 6).
var (
	jwkMembers = [...]string{"kty", "alg", "kid", "use", "key_ops", "crv", "x", "y", "n", "e"}
	jwkPrivate = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
)

// ParseJWKS reads a published key set (RFC 7517). It is stricter than the RFC
// asks: a set with one key that could not be used to verify tokens, or that has
// a private member, is refused as a whole, because a publisher that makes such a
// mistake has probably made others. Every key needs kid and alg; use must be
// "sig" and key_ops ["verify"] where present. Other members, such as x5c, are
// skipped. {"keys":[]} is an empty set.
func ParseJWKS(data []byte) (*KeySet, error) {
	if len(data) > maxJWKS {
		return nil, fmt.Errorf("verify: the key set is longer than %d bytes", maxJWKS)
	}
	doc, err := parseObject(data, maxJWKSMembers)
	if err != nil {
		return nil, fmt.Errorf("verify: key set: %w", err)
	}
	if err := refuseVariants(doc, []string{"keys"}); err != nil {
		return nil, fmt.Errorf("verify: key set: %w", err)
	}
	list, ok := doc.get("keys")
	if !ok {
		return nil, errors.New("verify: the key set has no member keys")
	}
	items, err := list.elements()
	if err != nil || len(items) > maxJWKSKeys {
		return nil, fmt.Errorf("verify: the member keys is not an array of at most %d keys", maxJWKSKeys)
	}
	keys := make([]Key, len(items))
	for i, item := range items {
		if keys[i], err = parseJWK(item); err != nil {
			return nil, fmt.Errorf("verify: key %d of the set: %w", i, err)
		}
	}
	return NewKeySet(keys...)
}

// parseJWK reads one key; hold checks it further.
func parseJWK(v value) (Key, error) {
	jwk, err := v.members()
	if err != nil {
		return Key{}, errors.New("not an object")
	}
	if err := refuseVariants(jwk, slices.Concat(jwkMembers[:], jwkPrivate[:])); err != nil {
		return Key{}, err
	}
	for _, name := range jwkPrivate {
		if _, ok := jwk.get(name); ok {
			return Key{}, fmt.Errorf("the private member %s is published", name)
		}
	}
	if err := checkUse(jwk); err != nil {
		return Key{}, err
	}
	id, errID := jwk.text("kid")
	alg, errAlg := jwk.text("alg")
	kty, errType := jwk.text("kty")
	if err := errors.Join(errID, errAlg, errType); err != nil {
		return Key{}, err
	}
	if id == "" {
		return Key{}, errors.New("the kid is empty")
	}
	k := Key{ID: id, Algorithm: Algorithm(alg)}
	switch kty {
	case "EC":
		k.Public, err = parseEC(jwk, k.Algorithm)
	case "RSA":
		k.Public, err = parseRSA(jwk)
	case "OKP":
		k.Public, err = parseOKP(jwk)
	default:
		return Key{}, errors.New("the kty is not EC, RSA or OKP")
	}
	return k, err
}

// checkUse refuses keys that were published for something else than verifying.
func checkUse(jwk object) error {
	if _, ok := jwk.get("use"); ok {
		if use, err := jwk.text("use"); err != nil || use != "sig" {
			return errors.New(`the use is not "sig"`)
		}
	}
	if v, ok := jwk.get("key_ops"); ok {
		if ops, err := v.texts(); err != nil || !slices.Equal(ops, []string{"verify"}) {
			return errors.New(`the key_ops are not ["verify"]`)
		}
	}
	return nil
}

func parseEC(jwk object, a Algorithm) (*ecdsa.PublicKey, error) {
	curve := a.Curve()
	if curve == nil {
		return nil, errors.New("the alg is none of an EC key")
	}
	if crv, err := jwk.text("crv"); err != nil || crv != curve.Params().Name {
		return nil, fmt.Errorf("the crv is not %s, the curve of %s", curve.Params().Name, a)
	}
	x, errX := jwk.octets("x")
	y, errY := jwk.octets("y")
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	if size := a.CoordinateSize(); len(x) != size || len(y) != size {
		return nil, fmt.Errorf("a coordinate is not %d bytes", size)
	}
	point := slices.Concat([]byte{4}, x, y) // SEC 1 section 2.3.3, uncompressed
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, fmt.Errorf("the point is not on %s", curve.Params().Name)
	}
	return public, nil
}

func parseRSA(jwk object) (*rsa.PublicKey, error) {
	n, errN := jwk.octets("n")
	e, errE := jwk.octets("e")
	if err := errors.Join(errN, errE); err != nil {
		return nil, err
	}
	// RFC 7518 section 6.3.1: the minimum number of octets.
	if len(n) == 0 || len(e) == 0 || n[0] == 0 || e[0] == 0 || len(e) > 4 {
		return nil, errors.New("n or e has leading zeros or is too long")
	}
	exponent := new(big.Int).SetBytes(e).Int64()
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
}

func parseOKP(jwk object) (ed25519.PublicKey, error) {
	if crv, err := jwk.text("crv"); err != nil || crv != "Ed25519" {
		return nil, errors.New("the crv is not Ed25519")
	}
	x, err := jwk.octets("x")
	if err != nil {
		return nil, err
	}
	return ed25519.PublicKey(x), nil
}

// text returns the string member with the name.
func (o object) text(name string) (string, error) {
	v, ok := o.get(name)
	if !ok || v.kind != kindString {
		return "", fmt.Errorf("the member %s is not a string", name)
	}
	return v.text()
}

// octets returns the bytes of the base64url member with the name.
func (o object) octets(name string) ([]byte, error) {
	text, err := o.text(name)
	if err != nil {
		return nil, err
	}
	data, err := decodeBase64(text)
	if err != nil {
		return nil, fmt.Errorf("the member %s: %w", name, err)
	}
	return data, nil
}

// refuseVariants refuses a member whose name differs from a known one only in
// case: readers that ignore case would take it for the known one.
func refuseVariants(o object, known []string) error {
	for _, m := range o {
		for _, name := range known {
			if m.name != name && strings.EqualFold(m.name, name) {
				return fmt.Errorf("a member differs from %s in case only", name)
			}
		}
	}
	return nil
}
