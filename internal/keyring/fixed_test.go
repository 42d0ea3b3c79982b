package keyring_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// Every algorithm with a key pair takes it in every form that openssl writes,
// whole or the public part alone.
func TestParseFixed(t *testing.T) {
	t.Parallel()
	for alg, key := range pairs() {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			for privateForm, private := range with(privateForms(t, key)) {
				for publicForm, public := range with(publicForms(t, key)) {
					if private == "" && public == "" {
						continue
					}
					f, err := keyring.ParseFixed(alg, secret.New(private), public)
					if err != nil {
						t.Errorf("%s, %s: %v", privateForm, publicForm, err)
						continue
					}
					if (f.Private != nil) != (private != "") {
						t.Errorf("%s, %s: the private key is %v", privateForm, publicForm, f.Private != nil)
					}
					if !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(f.Public) {
						t.Errorf("%s, %s: another public key", privateForm, publicForm)
					}
				}
			}
		})
	}
}

// Case A12 and more: keys of another kind or curve, weak ones, pairs that are none,
// and what is no key. What is refused is not repeated in the error.
func TestParseFixedRefuses(t *testing.T) {
	t.Parallel()
	keys := pairs()
	es, rs, ed := keys[verify.ES256], keys[verify.RS256], keys[verify.EdDSA]
	newRSA := func(bits int) crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		must(t, err)
		return key
	}
	newEC := func(curve elliptic.Curve) crypto.Signer {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		must(t, err)
		return key
	}
	weak := newRSA(1024)
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(t, err)
	exchangeDER, err := x509.MarshalPKCS8PrivateKey(exchange)
	must(t, err)
	legacy := pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("sealed"),
	})
	private := func(key crypto.Signer) string { return privatePEM(t, key).Reveal() }
	public := func(key crypto.Signer) string { return publicPEM(t, key) }
	for name, c := range map[string]struct {
		alg             verify.Algorithm
		private, public string
		want            string
	}{
		"nothing":                    {verify.ES256, "", "", "neither"},
		"no algorithm":               {"none", private(es), "", "no key pair"},
		"an algorithm with a secret": {verify.HS256, private(es), "", "no key pair"},
		"RSA for ES256":              {verify.ES256, private(rs), "", "no key of ES256"},
		"public RSA for ES256":       {verify.ES256, "", public(rs), "no key of ES256"},
		"EC for RS256":               {verify.RS256, private(es), "", "no key of RS256"},
		"P-256 for ES384":            {verify.ES384, private(es), "", "no key of ES384"},
		"P-384 for ES256":            {verify.ES256, "", public(keys[verify.ES384]), "no key of ES256"},
		"P-384 for ES512":            {verify.ES512, private(keys[verify.ES384]), "", "no key of ES512"},
		"P-224":                      {verify.ES256, private(newEC(elliptic.P224())), "", "curve"},
		"Ed25519 for ES256":          {verify.ES256, private(ed), "", "no key of ES256"},
		"EC for EdDSA":               {verify.EdDSA, private(es), "", "no key of EdDSA"},
		"1024 bits":                  {verify.RS256, private(weak), "", "2048"},
		"1024 bits, public":          {verify.RS256, "", public(weak), "2048"},
		"another's public key":       {verify.ES256, private(es), public(newEC(elliptic.P256())), "belong"},
		"another's RSA key":          {verify.RS256, private(rs), public(newRSA(2048)), "belong"},
		"public key of another kind": {verify.ES256, private(es), public(rs), "no key of ES256"},
		"public as private":          {verify.ES256, public(es), "", "signs nothing"},
		"certificate as private":     {verify.ES256, publicForms(t, es)["certificate"], "", "signs nothing"},
		"private as public":          {verify.ES256, "", private(es), "it is a private key"},
		"no PEM":                     {verify.ES256, "hunter2", "", "not PEM"},
		"no PEM, public":             {verify.ES256, "", "hunter2", "not PEM"},
		"half a PEM":                 {verify.ES256, private(es)[:60], "", "not PEM"},
		"two keys":                   {verify.ES256, private(es) + private(rs), "", "several"},
		"key and certificate":        {verify.ES256, private(es) + publicForms(t, es)["certificate"], "", "several"},
		"public key and certificate": {verify.ES256, "", public(es) + publicForms(t, es)["certificate"], "several"},
		"certificate and public key": {verify.ES256, "", publicForms(t, es)["certificate"] + public(es), "several"},
		"two public keys":            {verify.ES256, "", public(es) + public(rs), "several"},
		"parameters alone":           {verify.ES256, block("EC PARAMETERS", []byte{6, 0}), "", "not PEM"},
		"damaged PKCS8":              {verify.ES256, block("PRIVATE KEY", []byte("hunter2")), "", "damaged"},
		"damaged PKCS1":              {verify.RS256, block("RSA PRIVATE KEY", []byte("hunter2")), "", "damaged"},
		"damaged SEC1":               {verify.ES256, block("EC PRIVATE KEY", []byte("hunter2")), "", "damaged"},
		"damaged PKIX":               {verify.ES256, "", block("PUBLIC KEY", []byte("hunter2")), "damaged"},
		"damaged certificate":        {verify.ES256, "", block("CERTIFICATE", []byte("hunter2")), "damaged"},
		"X25519":                     {verify.EdDSA, block("PRIVATE KEY", exchangeDER), "", "damaged"},
		"something else":             {verify.ES256, block("PGP MESSAGE", []byte("hunter2")), "", "damaged"},
		"something else, public":     {verify.ES256, "", block("X509 CRL", []byte("hunter2")), "damaged"},
		"OpenSSH":                    {verify.ES256, block("OPENSSH PRIVATE KEY", []byte("hunter2")), "", "ssh-keygen"},
		"encrypted PKCS8":            {verify.ES256, block("ENCRYPTED PRIVATE KEY", []byte("hunter2")), "", "passphrase"},
		"encrypted PKCS1":            {verify.RS256, string(legacy), "", "passphrase"},
		"longer than any key":        {verify.ES256, strings.Repeat(" ", 64<<10) + private(es), "", "longer"},
	} {
		f, err := keyring.ParseFixed(c.alg, secret.New(c.private), c.public)
		if err == nil || f != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want an error with %q", name, f, err, c.want)
			continue
		}
		if encrypted := c.want == "passphrase"; errors.Is(err, keyring.ErrKeyEncrypted) != encrypted {
			t.Errorf("%s: %v", name, err)
		}
		for line := range strings.Lines(c.private + c.public) {
			if line = strings.TrimSpace(line); len(line) > 6 && !strings.HasPrefix(line, "-----") && strings.Contains(err.Error(), line) {
				t.Errorf("%s: the error %q repeats the key", name, err)
			}
		}
	}
}

func TestFixedKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	key := pairs()[verify.ES256].(*ecdsa.PrivateKey)
	f, err := keyring.ParseFixed(verify.ES256, privatePEM(t, key), "")
	must(t, err)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		fmt.Fprintf(&out, verb+"\n"+verb+"\n", f, *f)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", f)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", *f)
	text, err := json.Marshal(f)
	must(t, err)
	out.Write(text)
	scalar, err := key.Bytes()
	must(t, err)
	for _, form := range []string{fmt.Sprintf("%x", scalar), fmt.Sprint(scalar[:8]), strings.Trim(fmt.Sprint(scalar[4:12]), "[]"), "Curve", "curve"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the key is printed:\n%s", out.String())
		}
	}
	if n := strings.Count(out.String(), "[redacted]"); n != 15 {
		t.Errorf("%d times redacted in\n%s", n, out.String())
	}
}

// Whatever is taken is a pair that signs what it verifies.
func FuzzParseFixed(f *testing.F) {
	algs := []verify.Algorithm{verify.ES256, verify.ES384, verify.ES512, verify.RS256, verify.PS512, verify.EdDSA, verify.HS256, "none"}
	for i, alg := range algs[:6] {
		key := pairs()[alg]
		for _, private := range privateForms(f, key) {
			f.Add(i, private, "")
			for _, public := range publicForms(f, key) {
				f.Add(i, private, public)
				f.Add(i, "", public)
			}
		}
	}
	f.Add(6, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "hunter2")
	f.Fuzz(func(t *testing.T, i int, private, public string) {
		alg := algs[uint(i)%uint(len(algs))]
		key, err := keyring.ParseFixed(alg, secret.New(private), public)
		if err != nil {
			if key != nil || len(err.Error()) > 300 {
				t.Fatalf("%v, and an error of %d bytes", key, len(err.Error()))
			}
			return
		}
		if (key.Private == nil) != (private == "") || alg.Family() == 0 || alg.Family() == verify.HMAC {
			t.Fatalf("%s: a private key %v", alg, key.Private != nil)
		}
		if _, err := verify.NewKeySet(verify.Key{Algorithm: alg, Public: key.Public}); err != nil {
			t.Fatalf("%s: accepted a key that verifies nothing: %v", alg, err)
		}
	})
}
