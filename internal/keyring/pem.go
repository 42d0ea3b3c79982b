package keyring

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// maxPEM is in bytes: the largest RSA key that is taken has a PEM of 7 KiB, and a
// certificate may come with its chain.
const maxPEM = 64 << 10

var errUnreadable = errors.New("it cannot be read: it is damaged, or of a kind that is not supported")

// blocks returns the PEM blocks of a text (RFC 7468). Text around them is allowed,
// and so are the curve parameters that openssl writes before an EC key.
func blocks(text string) ([]*pem.Block, error) {
	if len(text) > maxPEM {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPEM)
	}
	var found []*pem.Block
	rest := []byte(text)
	for {
		var b *pem.Block
		b, rest = pem.Decode(rest)
		if b == nil {
			break
		}
		if b.Type != "EC PARAMETERS" {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("it is not PEM, which begins with -----BEGIN")
	}
	return found, nil
}

// parsePrivate reads the one private key of a PEM text.
func parsePrivate(text string) (crypto.Signer, error) {
	found, err := blocks(text)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, errors.New("it holds several keys or certificates, want one key")
	}
	b := found[0]
	if b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, ErrKeyEncrypted
	}
	var key any
	switch b.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(b.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(b.Bytes)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, errors.New("it is a public key, which signs nothing")
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("it is in the format of OpenSSH; ssh-keygen -p -m PKCS8 rewrites it")
	default:
		return nil, errUnreadable
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errUnreadable
	}
	return signer, nil
}

// parsePublic reads the one public key of a PEM text, or that of the first of the
// certificates in it.
func parsePublic(text string) (crypto.PublicKey, error) {
	found, err := blocks(text)
	if err != nil {
		return nil, err
	}
	b := found[0]
	for _, other := range found[1:] {
		if b.Type != "CERTIFICATE" || other.Type != "CERTIFICATE" {
			return nil, errors.New("it holds several keys, want one")
		}
	}
	var key any
	switch b.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(b.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(b.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(b.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		if strings.HasSuffix(b.Type, "PRIVATE KEY") {
			return nil, errors.New("it is a private key; give the public one, as openssl pkey -pubout writes it")
		}
		return nil, errUnreadable
	}
	if err != nil || key == nil {
		return nil, errUnreadable
	}
	return key, nil
}
