package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// verifies reports whether signature is the key's over signed.
//
// For every ECDSA signature (r, s) the pair (r, n − s) is valid too. Both are
// accepted: signers make either, and refusing half of them would refuse good
// tokens. Nothing in this package depends on which of the two was presented.
func (k *heldKey) verifies(signed string, signature []byte) bool {
	message := []byte(signed)
	digest := sha256.Sum256(message)
	switch p := k.Public.(type) {
	case *ecdsa.PublicKey:
		// RFC 7518 section 3.4: r and s, 32 bytes each, never DER.
		if len(signature) != 64 {
			return false
		}
		r := new(big.Int).SetBytes(signature[:32])
		s := new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(p, digest[:], r, s)
	case *rsa.PublicKey:
		if k.Algorithm == PS256 {
			exact := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(p, crypto.SHA256, digest[:], signature, exact) == nil
		}
		return rsa.VerifyPKCS1v15(p, crypto.SHA256, digest[:], signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(p, message, signature)
	case SharedSecret:
		mac := hmac.New(sha256.New, p)
		mac.Write(message)
		return hmac.Equal(mac.Sum(nil), signature)
	}
	return false
}
