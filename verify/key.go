package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
)

const (
	maxKeyID = 128 // bytes
	// minSharedSecret is in bytes: 256 bits, which no one guesses. RFC 7518 section
	// 3.2 asks of HS384 and HS512 as many bytes as their hash has; HMAC is no
	// weaker with 32 there than with HS256, and services that sign HS512 with a
	// secret of 50 characters could not be continued.
	minSharedSecret = 32
)

// Key is one verification key. It has exactly one algorithm; a token that names
// the key with another algorithm is refused (RFC 8725 section 3.1).
type Key struct {
	// ID is what tokens name in kid: at most 128 bytes, no control characters.
	// A key without an ID is of use only to a verifier with IgnoreKeyID.
	ID string
	// Algorithm is the one algorithm of the key.
	Algorithm Algorithm
	// Public is an *ecdsa.PublicKey on the algorithm's curve (ES256, ES384,
	// ES512), an *rsa.PublicKey of 2048 to 8192 bits (RS256 to RS512, PS256 to
	// PS512), an ed25519.PublicKey (EdDSA) or a SharedSecret (HS256 to HS512).
	Public any
}

// SharedSecret is the secret of HS256, HS384 or HS512: at least 32 bytes,
// whichever it is. It prints as [redacted].
type SharedSecret []byte

const redacted = "[redacted]"

// Format writes [redacted] for every verb.
func (SharedSecret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String returns [redacted].
func (SharedSecret) String() string { return redacted }

// MarshalText returns [redacted], for encoders.
func (SharedSecret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns [redacted], for log/slog.
func (SharedSecret) LogValue() slog.Value { return slog.StringValue(redacted) }

// heldKey is a checked key in a set, a copy that nobody else can change.
type heldKey struct {
	Key
	// print identifies algorithm and material, so that a remembered verdict is
	// never carried over to another key of the same ID.
	print [sha256.Size]byte
}

// hold checks k and copies it.
func hold(k Key) (*heldKey, error) {
	if len(k.ID) > maxKeyID || hasControl(k.ID) {
		return nil, errors.New("the id is too long or has control characters")
	}
	if !k.Algorithm.Offered() {
		return nil, errors.New("the algorithm is not offered")
	}
	var material []byte
	var public any
	var err error
	switch p := k.Public.(type) {
	case *ecdsa.PublicKey:
		public, material, err = holdECDSA(p)
	case *rsa.PublicKey:
		public, material, err = holdRSA(p)
	case ed25519.PublicKey:
		public, material, err = holdEd25519(p)
	case SharedSecret:
		public, material, err = holdSecret(p)
	default:
		return nil, fmt.Errorf("a %T is no verification key", k.Public)
	}
	if err != nil {
		return nil, err
	}
	if !fits(k.Algorithm, public) {
		return nil, fmt.Errorf("the key, a %T, is no key of %s", public, k.Algorithm)
	}
	k.Public = public
	return &heldKey{Key: k, print: sha256.Sum256(material)}, nil
}

// fits reports whether public is of the type and on the curve that the algorithm
// needs.
func fits(a Algorithm, public any) bool {
	switch p := public.(type) {
	case *ecdsa.PublicKey:
		return a.Curve() == p.Curve
	case *rsa.PublicKey:
		return a.Family() == RSAPKCS1 || a.Family() == RSAPSS
	case ed25519.PublicKey:
		return a.Family() == Ed25519
	case SharedSecret:
		return a.Family() == HMAC
	}
	return false
}

func holdECDSA(p *ecdsa.PublicKey) (any, []byte, error) {
	if p == nil || !slices.ContainsFunc([]Algorithm{ES256, ES384, ES512}, func(a Algorithm) bool { return a.Curve() == p.Curve }) {
		return nil, nil, errors.New("the curve is not P-256, P-384 or P-521")
	}
	//lint:ignore SA1019 without coordinates Bytes panics, and only the fields tell
	if p.X == nil || p.Y == nil {
		return nil, nil, errors.New("the key is empty")
	}
	point, err := p.Bytes()
	if err != nil {
		return nil, nil, errors.New("the point is not on its curve")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(p.Curve, point)
	if err != nil {
		return nil, nil, errors.New("the point is not on its curve")
	}
	return public, append([]byte("EC "), point...), nil
}

func holdRSA(p *rsa.PublicKey) (any, []byte, error) {
	if p == nil || p.N == nil {
		return nil, nil, errors.New("the RSA key is empty")
	}
	if err := checkRSA(p.N, p.E); err != nil {
		return nil, nil, err
	}
	public := &rsa.PublicKey{N: new(big.Int).Set(p.N), E: p.E}
	material := binary.BigEndian.AppendUint64([]byte("RSA "), uint64(p.E))
	return public, append(material, p.N.Bytes()...), nil
}

func holdEd25519(p ed25519.PublicKey) (any, []byte, error) {
	if len(p) != ed25519.PublicKeySize {
		return nil, nil, errors.New("an Ed25519 key has 32 bytes")
	}
	if hasSmallOrder(p) {
		return nil, nil, errors.New("the Ed25519 key has small order")
	}
	return slices.Clone(p), append([]byte("OKP "), p...), nil
}

func holdSecret(p SharedSecret) (any, []byte, error) {
	if len(p) < minSharedSecret {
		return nil, nil, fmt.Errorf("a shared secret has at least %d bytes", minSharedSecret)
	}
	// A key file as HMAC secret is the classic confusion: half of such files
	// are public.
	if bytes.Contains(p, []byte("-----BEGIN ")) {
		return nil, nil, errors.New("the shared secret is a PEM file")
	}
	return slices.Clone(p), append([]byte("oct "), p...), nil
}

// hasControl reports whether text holds a C0 or C1 control character or DEL,
// which could break a log line or an HTTP header.
func hasControl(text string) bool {
	for _, r := range text {
		if r < 0x20 || 0x7f <= r && r < 0xa0 {
			return true
		}
	}
	return false
}
