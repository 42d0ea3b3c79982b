package config

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

// keyPair makes a key and returns both halves in PEM.
func keyPair(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("PRIVATE KEY", der), publicPEM(t, key.Public())
}

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("PUBLIC KEY", der)
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestConfiguredKeys(t *testing.T) {
	t.Parallel()
	private, public := keyPair(t)
	jwks := "JWK_URL=https://auth.example.com/jwks.json"
	for _, test := range []struct {
		name    string
		more    []string
		only    bool
		problem string
		warning string
	}{
		{"none", []string{"ALGORITHM=ES256"}, false, "", ""},
		{"pair", []string{"ALGORITHM=ES256", "SIGNING_KEY=" + private, "VERIFYING_KEY=" + public}, false, "", ""},
		{"private alone", []string{"ALGORITHM=EdDSA", "SIGNING_KEY=" + private}, false, "", ""},
		{"public alone", []string{"ALGORITHM=ES256", "VERIFYING_KEY=" + public}, true, "", ""},
		{"fetched", []string{"ALGORITHM=RS256", jwks}, true, "", ""},
		{"fetched from this machine", []string{"ALGORITHM=RS256", "JWK_URL=http://127.0.0.1:8000/jwks"}, true, "", ""},
		{"fetched in clear", []string{"ALGORITHM=RS256", "JWK_URL=http://auth.example.com/jwks"}, true, "JWK_URL: is not https", ""},
		{"fetched with a password", []string{"ALGORITHM=RS256", "JWK_URL=https://u:canary@auth.example.com"}, true, "holds a user name", ""},
		{"fetched from nowhere", []string{"ALGORITHM=RS256", "JWK_URL=canary"}, true, "is not a URL", ""},
		{"fetched with HS256", []string{jwks}, false, "JWK_URL: is given, but the algorithm is HS256", ""},
		{"fetched and own", []string{"ALGORITHM=ES256", jwks, "SIGNING_KEY=" + private}, false, "JWK_URL: is given, and COUNTERSIGN_SIGNING_KEY too", ""},
		{"fetched and given", []string{"ALGORITHM=ES256", jwks, "VERIFYING_KEY=" + public}, true, "", "COUNTERSIGN_VERIFYING_KEY: is not used"},
		{"unused with HS256", []string{"SIGNING_KEY=" + private}, false, "", "COUNTERSIGN_SIGNING_KEY: is not used: the algorithm is HS256"},
		{"no PEM", []string{"ALGORITHM=ES256", "SIGNING_KEY=canary"}, false, "SIGNING_KEY: is not a key in PEM", ""},
		{"public for private", []string{"ALGORITHM=ES256", "SIGNING_KEY=" + public}, false, "is not a private key", ""},
		{"private for public", []string{"ALGORITHM=ES256", "VERIFYING_KEY=" + private}, true, "is a private key", ""},
		{"encrypted", []string{"ALGORITHM=ES256", "SIGNING_KEY=" + encodePEM("ENCRYPTED PRIVATE KEY", []byte("x"))}, false, "is encrypted", ""},
		{"RSA for EC", []string{"ALGORITHM=ES256", "SIGNING_KEY=" + encodePEM("RSA PRIVATE KEY", []byte("x"))}, false, "another kind than ES256 needs", ""},
		{"EC for RSA", []string{"ALGORITHM=PS512", "SIGNING_KEY=" + encodePEM("EC PRIVATE KEY", []byte("x"))}, false, "another kind than PS512 needs", ""},
		{"two", []string{"ALGORITHM=ES256", "SIGNING_KEY=" + private + private}, false, "has text after the key", ""},
	} {
		c, err := load(t, simplejwt("", test.more...))
		if test.problem != "" {
			if err == nil {
				t.Errorf("%s: loaded", test.name)
				continue
			}
			if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], test.problem) || strings.Contains(got[0], "canary") {
				t.Errorf("%s: %q, want %q", test.name, got, test.problem)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if c.VerifyOnly() != test.only || len(c.Warnings) > 1 || strings.HasPrefix(strings.Join(c.Warnings, ""), test.warning) == (test.warning == "" && len(c.Warnings) > 0) {
			t.Errorf("%s: verify only %t, warnings %q", test.name, c.VerifyOnly(), c.Warnings)
		}
	}
}

// SIGNING_KEY is the shared secret or the private key, by the algorithm.
func TestSimpleJWTKeys(t *testing.T) {
	t.Parallel()
	private, public := keyPair(t)
	quoted := func(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }
	pair := `"SIGNING_KEY":` + quoted(private) + `,"VERIFYING_KEY":` + quoted(public)
	for _, test := range []struct {
		name, members, algorithm   string
		signing, secret, verifying bool
	}{
		{"asymmetric", `{"ALGORITHM":"ES256",` + pair + `}`, "", true, false, true},
		{"by another layer", `{` + pair + `}`, "ES256", true, false, true},
		{"verify only", `{"ALGORITHM":"ES256","SIGNING_KEY":null,"VERIFYING_KEY":` + quoted(public) + `}`, "", false, false, true},
		{"shared", `{"SIGNING_KEY":"` + goodSigning + `","VERIFYING_KEY":` + quoted(public) + `}`, "", false, true, false},
		{"shared before the move", `{"SIGNING_KEY":"` + goodSigning + `"}`, "ES256", false, true, false},
	} {
		src := Source{Environ: []string{"COUNTERSIGN_PRESET=simplejwt", "COUNTERSIGN_SIMPLEJWT=" + test.members}}
		if test.algorithm != "" {
			src.Environ = append(src.Environ, "COUNTERSIGN_ALGORITHM="+test.algorithm)
		}
		c := mustLoad(t, src)
		if test.signing && c.SigningKey.Reveal() != private || !test.signing && !c.SigningKey.IsZero() {
			t.Errorf("%s: the private key is %q", test.name, c.SigningKey.Reveal())
		}
		if test.secret && c.SigningSecret.Reveal() != goodSigning || !test.secret && !c.SigningSecret.IsZero() {
			t.Errorf("%s: the shared secret is %q", test.name, c.SigningSecret.Reveal())
		}
		if test.verifying != (c.VerifyingKey == strings.TrimSpace(public)) {
			t.Errorf("%s: the public key is %q", test.name, c.VerifyingKey)
		}
		if s := settingOf(t, c, "verifying_key"); strings.Contains(s.Value, "\n") {
			t.Errorf("%s: a value of several lines is shown: %q", test.name, s.Value)
		}
	}
	_, err := load(t, Source{Environ: []string{"COUNTERSIGN_PRESET=simplejwt", `COUNTERSIGN_SIMPLEJWT={"ALGORITHM":"RS256","SIGNING_KEY":"canary-7f3a"}`}})
	if err == nil || !strings.HasPrefix(err.Error(), "COUNTERSIGN_SIMPLEJWT: SIGNING_KEY: is not a key in PEM") || strings.Contains(err.Error(), "canary") {
		t.Errorf("a private key that is none: %v", err)
	}
}

func TestSigningKeyFile(t *testing.T) {
	t.Parallel()
	private, _ := keyPair(t)
	dir := t.TempDir()
	write(t, dir, "key.pem", private)
	src := simplejwt("", "ALGORITHM=ES256", "SIGNING_KEY_FILE=key.pem")
	src.WorkDir = dir
	if c := mustLoad(t, src); c.SigningKey.Reveal() != strings.TrimSuffix(private, "\n") {
		t.Error("COUNTERSIGN_SIGNING_KEY_FILE was not read")
	}
	write(t, dir, "countersign.toml", "signing_key = \"canary-7f3a\"\n")
	if _, err := load(t, src); err == nil || !strings.Contains(err.Error(), "signing_key: is not read from this file") || strings.Contains(err.Error(), "canary") {
		t.Errorf("a key in the file: %v", err)
	}
}
