package verify

// Algorithm is a signature algorithm as the header member alg names it
// (RFC 7518 section 3.1, RFC 8037 section 3.1). Comparison is exact: "es256"
// is no algorithm.
type Algorithm string

// The algorithms on offer. There is no other, and none cannot be spelled.
const (
	// ES256 is ECDSA over P-256 with SHA-256; signatures are 64 bytes, r then s.
	ES256 Algorithm = "ES256"
	// RS256 is RSASSA-PKCS1-v1_5 with SHA-256.
	RS256 Algorithm = "RS256"
	// PS256 is RSASSA-PSS with SHA-256 and a salt of exactly 32 bytes.
	PS256 Algorithm = "PS256"
	// EdDSA is Ed25519. The newer name "Ed25519" (RFC 9864) is not accepted,
	// because a key has exactly one algorithm name.
	EdDSA Algorithm = "EdDSA"
	// HS256 is HMAC with SHA-256 under a secret that both sides hold.
	HS256 Algorithm = "HS256"
)

// Offered reports whether the package can verify signatures of a.
func (a Algorithm) Offered() bool {
	switch a {
	case ES256, RS256, PS256, EdDSA, HS256:
		return true
	}
	return false
}
