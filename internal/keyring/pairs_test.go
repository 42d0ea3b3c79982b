package keyring_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// pairs are a private key for each algorithm that has any, made once because RSA
// keys take long.
var pairs = sync.OnceValue(func() map[verify.Algorithm]crypto.Signer {
	generated := func(key crypto.Signer, err error) crypto.Signer {
		if err != nil {
			panic(err)
		}
		return key
	}
	ec := func(curve elliptic.Curve) crypto.Signer {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		return generated(key, err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	short := generated(key, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	return map[verify.Algorithm]crypto.Signer{
		verify.ES256: ec(elliptic.P256()), verify.ES384: ec(elliptic.P384()), verify.ES512: ec(elliptic.P521()),
		verify.RS256: short, verify.RS384: short, verify.RS512: short, verify.PS256: short, verify.PS384: short, verify.PS512: short,
		verify.EdDSA: generated(ed, err),
	}
})

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// privateForms are the PEM texts of a private key.
func privateForms(t testing.TB, key crypto.Signer) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	forms := map[string]string{"PKCS8": block("PRIVATE KEY", der), "PKCS8 with text around": "a key:\n" + block("PRIVATE KEY", der) + "that was it\n"}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		forms["PKCS1"] = block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		must(t, err)
		forms["SEC1"] = block("EC PRIVATE KEY", der)
		forms["SEC1 with parameters"] = block("EC PARAMETERS", []byte{6, 0}) + block("EC PRIVATE KEY", der)
	}
	return forms
}

// publicForms are the PEM texts of the public key.
func publicForms(t testing.TB, key crypto.Signer) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)} // out of date: only its key counts
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	forms := map[string]string{
		"PKIX": block("PUBLIC KEY", der), "certificate": block("CERTIFICATE", certificate),
		"chain": block("CERTIFICATE", certificate) + block("CERTIFICATE", []byte("whatever")),
	}
	if public, ok := key.Public().(*rsa.PublicKey); ok {
		forms["PKCS1"] = block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public))
	}
	return forms
}

// with returns forms and one of no text at all.
func with(forms map[string]string) map[string]string {
	forms = maps.Clone(forms)
	forms["none"] = ""
	return forms
}

func privatePEM(t testing.TB, key crypto.Signer) secret.Text {
	t.Helper()
	return secret.New(privateForms(t, key)["PKCS8"])
}

func publicPEM(t testing.TB, key crypto.Signer) string {
	t.Helper()
	return publicForms(t, key)["PKIX"]
}
