package verify

import (
	"crypto"
	"crypto/elliptic"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"
)

// Algorithm is a signature algorithm as the header member alg names it
// (RFC 7518 section 3.1, RFC 8037 section 3.1). Comparison is exact: "es256"
// is no algorithm.
type Algorithm string

// The algorithms on offer. There is no other, and none cannot be spelled.
const (
	// ES256, ES384 and ES512 are ECDSA over P-256 with SHA-256, P-384 with
	// SHA-384 and P-521 with SHA-512; signatures are 64, 96 and 132 bytes, r then
	// s (RFC 7518 section 3.4).
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	// RS256, RS384 and RS512 are RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 and
	// SHA-512 (RFC 7518 section 3.3).
	RS256 Algorithm = "RS256"
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	// PS256, PS384 and PS512 are RSASSA-PSS with the same hashes and a salt of
	// exactly the hash's length (RFC 7518 section 3.5).
	PS256 Algorithm = "PS256"
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
	// EdDSA is Ed25519. The newer name "Ed25519" (RFC 9864) is not accepted,
	// because a key has exactly one algorithm name.
	EdDSA Algorithm = "EdDSA"
	// HS256, HS384 and HS512 are HMAC with SHA-256, SHA-384 and SHA-512 under a
	// secret that both sides hold (RFC 7518 section 3.2).
	HS256 Algorithm = "HS256"
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"
)

// Family is the sort of signature that an algorithm makes, and with it the sort
// of key.
type Family byte

// The families. The zero Family is that of what is no algorithm.
const (
	ECDSA Family = iota + 1
	RSAPKCS1
	RSAPSS
	Ed25519
	HMAC
)

// scheme is what there is to know about an algorithm.
type scheme struct {
	family Family
	hash   crypto.Hash    // 0: the message itself is signed
	curve  elliptic.Curve // of ECDSA alone
}

// scheme is the table of the algorithms; what is not in it has the zero scheme.
func (a Algorithm) scheme() scheme {
	switch a {
	case ES256:
		return scheme{ECDSA, crypto.SHA256, elliptic.P256()}
	case ES384:
		return scheme{ECDSA, crypto.SHA384, elliptic.P384()}
	case ES512:
		return scheme{ECDSA, crypto.SHA512, elliptic.P521()}
	case RS256:
		return scheme{RSAPKCS1, crypto.SHA256, nil}
	case RS384:
		return scheme{RSAPKCS1, crypto.SHA384, nil}
	case RS512:
		return scheme{RSAPKCS1, crypto.SHA512, nil}
	case PS256:
		return scheme{RSAPSS, crypto.SHA256, nil}
	case PS384:
		return scheme{RSAPSS, crypto.SHA384, nil}
	case PS512:
		return scheme{RSAPSS, crypto.SHA512, nil}
	case EdDSA:
		return scheme{Ed25519, 0, nil}
	case HS256:
		return scheme{HMAC, crypto.SHA256, nil}
	case HS384:
		return scheme{HMAC, crypto.SHA384, nil}
	case HS512:
		return scheme{HMAC, crypto.SHA512, nil}
	}
	return scheme{}
}

// Offered reports whether the package can verify signatures of a.
func (a Algorithm) Offered() bool { return a.Family() != 0 }

// Family returns the sort of signature that a makes, 0 when a is not offered.
func (a Algorithm) Family() Family { return a.scheme().family }

// Hash returns the hash whose digest is signed: 0 for EdDSA, which signs the
// message itself, and for what is not offered.
func (a Algorithm) Hash() crypto.Hash { return a.scheme().hash }

// Curve returns the one curve of an ECDSA algorithm, nil for the others.
func (a Algorithm) Curve() elliptic.Curve { return a.scheme().curve }

// CoordinateSize returns how many bytes r and s have each in a signature of an
// ECDSA algorithm, and x and y in its JWK (RFC 7518 sections 3.4 and 6.2.1): 32,
// 48 or 66; 0 for the others.
func (a Algorithm) CoordinateSize() int {
	curve := a.Curve()
	if curve == nil {
		return 0
	}
	return (curve.Params().BitSize + 7) / 8
}
