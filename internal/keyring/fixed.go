package keyring

import (
	"crypto"
	"errors"
	"fmt"
	"log/slog"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// ErrKeyEncrypted is returned for a signing key that only a passphrase opens.
var ErrKeyEncrypted = fault.New(fault.Invalid, "signing_key_encrypted",
	"The signing key is encrypted with a passphrase. Give it without one, as openssl pkey -in key.pem writes it.")

// FixedKey is one key pair that the configuration gives: it has no kid, is neither
// published nor rotated, and never ends. It prints as [redacted].
type FixedKey struct {
	Private crypto.Signer // nil: the service only verifies
	Public  crypto.PublicKey
}

// Format writes [redacted] for every verb.
func (FixedKey) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, secret.Text{}) }

// MarshalText returns [redacted], for encoders.
func (FixedKey) MarshalText() ([]byte, error) { return secret.Text{}.MarshalText() }

// LogValue returns [redacted], for log/slog.
func (FixedKey) LogValue() slog.Value { return secret.Text{}.LogValue() }

// ParseFixed reads a key pair for an algorithm, RS256 to ES512 or EdDSA. private
// is PEM with PKCS #8, PKCS #1 (RFC 8017) or SEC 1 (RFC 5915), or empty in a
// service that only verifies; public is PEM with a SubjectPublicKeyInfo (RFC 5280),
// PKCS #1, or an X.509 certificate, of which nothing but its key is looked at, or
// empty when it is to be taken from the private key.
//
// The keys must be of the algorithm's kind and curve, belong together, and be
// strong enough for package verify. ErrKeyEncrypted for a private key with a
// passphrase. No error contains anything of a key.
func ParseFixed(alg verify.Algorithm, private secret.Text, public string) (*FixedKey, error) {
	if f := alg.Family(); f == 0 || f == verify.HMAC {
		return nil, fmt.Errorf("%s has no key pair", alg)
	}
	f := new(FixedKey)
	var err error
	if !private.IsZero() {
		if f.Private, err = parsePrivate(private.Reveal()); err != nil {
			return nil, fmt.Errorf("the signing key: %w", err)
		}
		f.Public = f.Private.Public()
	}
	if public != "" {
		if f.Public, err = parsePublic(public); err != nil {
			return nil, fmt.Errorf("the verifying key: %w", err)
		}
	}
	if f.Public == nil {
		return nil, errors.New("neither a signing nor a verifying key is given")
	}
	if _, err := f.keySet(alg); err != nil {
		return nil, fmt.Errorf("the key for %s: %w", alg, err)
	}
	return f, nil
}
