package config

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// pemBegin is how a key in PEM starts.
const pemBegin = "-----BEGIN "

// VerifyOnly reports whether the server has no key to sign with: it verifies
// tokens that others issue, and cannot issue any.
func (c *Config) VerifyOnly() bool {
	return !symmetric(c.Algorithm) && c.SigningKey.IsZero() && (c.VerifyingKey != "" || c.JWKURL != "")
}

// signing checks the shared secret. With another algorithm it has no use, unless
// it still proves tokens that Django issued.
func (v *checker) signing() {
	shared, given := symmetric(v.Algorithm), v.origins["signing_secret"].explicit()
	switch {
	case shared && !given && !v.refused["signing_secret"]:
		v.bad("algorithm", "%s needs the secret that is shared with those who verify: set %s or %s",
			v.Algorithm, envName("signing_secret"), envName("signing_secret"+fileSuffix))
	case !shared && given && !v.SimpleJWT():
		v.warn("signing_secret", "is not used: the algorithm is "+v.Algorithm+", which has keys of its own")
		return
	}
	if v.SigningSecret.IsZero() {
		return
	}
	if err := checkSigningSecret(v.SigningSecret.Reveal()); err != nil {
		v.bad("signing_secret", "%v", err)
	}
	if v.SigningSecret.Equal(v.Secret) {
		v.bad("signing_secret", "is the instance secret: whoever verifies tokens would own every key")
	}
	if strings.HasPrefix(v.SigningSecret.Reveal(), "django-insecure-") {
		v.warn("signing_secret", "is a key that Django made for development, which often is in a repository")
	}
}

// keys checks the keys of the other algorithms.
func (v *checker) keys() {
	if symmetric(v.Algorithm) {
		if v.JWKURL != "" {
			v.bad("jwk_url", "is given, but the algorithm is %s, which has no public keys", v.Algorithm)
		}
		for _, key := range []string{"signing_key", "verifying_key"} {
			if v.origins[key].explicit() && !v.refused[key] {
				v.warn(key, "is not used: the algorithm is "+v.Algorithm+", which has a shared secret")
			}
		}
		return
	}
	if !v.SigningKey.IsZero() {
		if err := checkPEM(v.SigningKey.Reveal(), v.Algorithm, true); err != nil {
			v.bad("signing_key", "%v", err)
		}
	}
	if v.VerifyingKey != "" {
		if err := checkPEM(v.VerifyingKey, v.Algorithm, false); err != nil {
			v.bad("verifying_key", "%v", err)
		}
	}
	if v.JWKURL == "" {
		return
	}
	if err := checkJWKURL(v.JWKURL); err != nil {
		v.bad("jwk_url", "%v", err)
	}
	if !v.SigningKey.IsZero() {
		v.bad("jwk_url", "is given, and %s too: with the keys of another issuer the server issues no tokens", v.subject("signing_key"))
	}
	if v.VerifyingKey != "" {
		v.warn("verifying_key", "is not used: the keys of jwk_url verify")
	}
}

// checkPEM looks at the outside of a key: that it is PEM, private or public, not
// encrypted, and not of another kind of algorithm. What is inside is the keyring's
// to read. Its errors never show the key.
func checkPEM(text, algorithm string, private bool) error {
	const sample = "-----BEGIN PRIVATE KEY-----"
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return errors.New("is not a key in PEM, which starts with a line such as " + sample)
	}
	is := strings.HasSuffix(block.Type, "PRIVATE KEY")
	switch {
	case strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "":
		return errors.New("is encrypted with a password; openssl pkey removes it")
	case private && !is:
		return errors.New("is not a private key")
	case !private && is:
		return errors.New("is a private key: give the public one alone, as openssl pkey -pubout writes it")
	case strings.HasPrefix(block.Type, "EC ") && !strings.HasPrefix(algorithm, "ES"),
		strings.HasPrefix(block.Type, "RSA ") && (strings.HasPrefix(algorithm, "ES") || algorithm == algorithmEdDSA):
		return fmt.Errorf("is a key of another kind than %s needs", algorithm)
	case strings.TrimSpace(string(rest)) != "":
		return errors.New("has text after the key")
	}
	return nil
}

// checkJWKURL refuses an address from which keys could come that somebody on the
// way put there. Its errors never show the URL, which may hold a password.
func checkJWKURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("is not a URL such as https://auth.example.com/.well-known/jwks.json")
	case u.User != nil:
		return errors.New("holds a user name or password")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return errors.New("is not https: who is on the way could put in keys")
	case strings.Contains(raw, "#"):
		return errors.New("has a fragment")
	}
	return nil
}
