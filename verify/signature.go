package verify

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"math/big"
)

// verifies reports whether signature is the key's over signed.
//
// For every ECDSA signature (r, s) the pair (r, n − s) is valid too. Both are
// accepted: signers make either, and refusing half of them would refuse good
// tokens. Nothing in this package depends on which of the two was presented.
func (k *heldKey) verifies(signed string, signature []byte) bool {
	message := []byte(signed)
	a := k.Algorithm
	switch p := k.Public.(type) {
	case *ecdsa.PublicKey:
		// RFC 7518 section 3.4: r and s of one length each, never DER.
		size := a.CoordinateSize()
		if len(signature) != 2*size {
			return false
		}
		r := new(big.Int).SetBytes(signature[:size])
		s := new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(p, a.digest(message), r, s)
	case *rsa.PublicKey:
		if a.Family() == RSAPSS {
			exact := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(p, a.Hash(), a.digest(message), signature, exact) == nil
		}
		return rsa.VerifyPKCS1v15(p, a.Hash(), a.digest(message), signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(p, message, signature)
	case SharedSecret:
		mac := hmac.New(a.Hash().New, p)
		mac.Write(message)
		return hmac.Equal(mac.Sum(nil), signature)
	}
	return false
}

// digest returns the hash of message that a signs.
func (a Algorithm) digest(message []byte) []byte {
	h := a.Hash().New()
	h.Write(message)
	return h.Sum(nil)
}
