package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// rsaBits is the size of new RSA keys: 128 bits of strength (ASVS 11.2.3).
const rsaBits = 3072

// Signer signs compact JWS with one key.
type Signer struct {
	ID        string // kid; empty: headers name no key
	Algorithm verify.Algorithm

	sign func(input []byte) ([]byte, error)
}

// Sign returns the JWS signature (RFC 7515, section 5.1) of the signing input.
func (s *Signer) Sign(input []byte) ([]byte, error) { return s.sign(input) }

// generate makes a private key for an algorithm. It takes long for RSA: never
// call it inside a transaction.
func generate(alg verify.Algorithm) (crypto.Signer, error) {
	switch alg.Family() {
	case verify.ECDSA:
		return ecdsa.GenerateKey(alg.Curve(), rand.Reader)
	case verify.RSAPKCS1, verify.RSAPSS:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case verify.Ed25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("no keys are made for %s", alg)
}

// newRecord seals a private key. Its id is the RFC 7638 thumbprint.
func newRecord(alg verify.Algorithm, private crypto.Signer, box *secret.Box) (Record, error) {
	jwk := jose.JSONWebKey{Key: private.Public(), Algorithm: string(alg), Use: "sig"}
	thumb, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return Record{}, fmt.Errorf("thumbprint: %w", err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	public, err := json.Marshal(jwk)
	if err != nil {
		return Record{}, fmt.Errorf("public key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Record{}, fmt.Errorf("private key: %w", err)
	}
	return Record{ID: jwk.KeyID, Algorithm: string(alg), Sealed: box.Seal(der, jwk.KeyID), Public: string(public)}, nil
}

// open returns the private key of a record.
func open(r Record, box *secret.Box) (crypto.Signer, error) {
	der, err := box.Open(r.Sealed, r.ID)
	if err != nil {
		return nil, ErrWrongSecret.Because(fmt.Errorf("key %s: %w", r.ID, err))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", r.ID, err)
	}
	private, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key %s: a %T does not sign", r.ID, parsed)
	}
	return private, nil
}

// newSigner returns the JWS signature function of a key (RFC 7518, section 3).
func newSigner(id string, alg verify.Algorithm, private crypto.Signer) (*Signer, error) {
	s := &Signer{ID: id, Algorithm: alg}
	hash := alg.Hash()
	hashed := func(input []byte, opts crypto.SignerOpts) ([]byte, error) {
		h := hash.New()
		h.Write(input)
		return private.Sign(rand.Reader, h.Sum(nil), opts)
	}
	switch alg.Family() {
	case verify.ECDSA:
		s.sign = func(input []byte) ([]byte, error) {
			der, err := hashed(input, hash)
			if err != nil {
				return nil, err
			}
			return joinECDSA(der, alg.CoordinateSize())
		}
	case verify.RSAPKCS1:
		s.sign = func(input []byte) ([]byte, error) { return hashed(input, hash) }
	case verify.RSAPSS:
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		s.sign = func(input []byte) ([]byte, error) { return hashed(input, opts) }
	case verify.Ed25519:
		s.sign = func(input []byte) ([]byte, error) { return private.Sign(rand.Reader, input, crypto.Hash(0)) }
	default:
		return nil, fmt.Errorf("key %s: no signatures of %s", id, alg)
	}
	return s, nil
}

// joinECDSA turns the ASN.1 form that crypto.Signer gives into that of JWS: r and
// s, size bytes each with their leading zeros (RFC 7518, section 3.4).
func joinECDSA(der []byte, size int) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("the signer did not give an ECDSA signature")
	}
	out := make([]byte, 2*size)
	sig.R.FillBytes(out[:size])
	sig.S.FillBytes(out[size:])
	return out, nil
}

// SharedKey returns the key that tokens of HS256, HS384 or HS512 are verified with,
// for Keyring.Foreign. With an empty id it is that of tokens which name none.
func SharedKey(alg verify.Algorithm, shared secret.Text, id string) *verify.Key {
	_, key := sharedKey(alg, shared)
	key.ID = id
	return &key
}

// sharedKey returns the one key of HS256, HS384 or HS512. Its id is a fingerprint
// that tells two secrets apart and is as hard to search as any token that the
// secret signs.
func sharedKey(alg verify.Algorithm, shared secret.Text) (*Signer, verify.Key) {
	key := []byte(shared.Reveal())
	tag := hmac.New(sha256.New, key)
	tag.Write([]byte("countersign/v1/kid"))
	id := base64.RawURLEncoding.EncodeToString(tag.Sum(nil))
	hash := alg.Hash()
	s := &Signer{ID: id, Algorithm: alg, sign: func(input []byte) ([]byte, error) {
		h := hmac.New(hash.New, key)
		h.Write(input)
		return h.Sum(nil), nil
	}}
	return s, verify.Key{ID: id, Algorithm: alg, Public: verify.SharedSecret(key)}
}
