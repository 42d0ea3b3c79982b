package config

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	algorithmHS256  = "HS256"
	algorithmEdDSA  = "EdDSA"
	minSecretBytes  = 32
	maxSecretBytes  = 1024
	makeSecret      = "make one with: openssl rand -base64 32"
	maxSecretString = 4 * maxSecretBytes
)

// ErrSecretRequired is returned by RootSecret for a database that several servers
// may share and no instance secret: each would make its own.
var ErrSecretRequired = errors.New(envPrefix + "SECRET: is required with this database, the same for all servers on it, " +
	"in the variable or in a file named by " + envPrefix + "SECRET_FILE; " + makeSecret)

// RequireSecret returns ErrSecretRequired when the server could not start for want
// of an instance secret. It changes nothing.
func (c *Config) RequireSecret() error {
	if c.Secret.IsZero() && !c.SQLite() {
		return ErrSecretRequired
	}
	return nil
}

// SecretMissing reports whether RootSecret would make a secret: the database is
// SQLite, none is configured, and there is none in the data directory.
func (c *Config) SecretMissing() (bool, error) {
	if !c.Secret.IsZero() || !c.SQLite() {
		return false, nil
	}
	_, err := os.Stat(filepath.Join(c.DataDir, instanceFile))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// RootSecret returns the bytes of the instance secret: the configured one, or for
// SQLite that of the data directory, which is made when it is missing; created
// tells so. It returns ErrSecretRequired for other databases without a secret.
func (c *Config) RootSecret() (raw []byte, created bool, err error) {
	if err := c.RequireSecret(); err != nil {
		return nil, false, err
	}
	if c.Secret.IsZero() {
		return LoadOrCreateInstanceSecret(c.DataDir)
	}
	raw, err = ParseInstanceSecret(c.Secret.Reveal())
	return raw, false, err
}

// ParseInstanceSecret reads an instance secret: from 32 to 1024 random bytes as
// hex or as base64 (either alphabet, with or without padding). It refuses what is
// shorter, what is not random, and what was published. Errors never show the text.
func ParseInstanceSecret(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	if text == "" || len(text) > maxSecretString {
		return nil, fmt.Errorf("is empty or longer than %d characters; %s", maxSecretString, makeSecret)
	}
	raw, err := decodeSecret(text)
	switch {
	case err != nil:
		return nil, err
	case len(raw) < minSecretBytes:
		return nil, fmt.Errorf("has %d bytes, and %d random ones are the least; %s", len(raw), minSecretBytes, makeSecret)
	case len(raw) > maxSecretBytes:
		return nil, fmt.Errorf("has more than %d bytes", maxSecretBytes)
	case guessable(raw) || printable(raw):
		return nil, errors.New("is not random bytes; " + makeSecret)
	case published(text):
		return nil, errors.New("is a sample that was published; " + makeSecret)
	}
	return raw, nil
}

// decodeSecret decodes hex, else base64. Text of hex digits alone is never taken
// for base64, or 22 bytes written as hex would count as 33.
func decodeSecret(text string) ([]byte, error) {
	if strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		raw, err := hex.DecodeString(text)
		if err != nil {
			return nil, errors.New("has an odd number of hex digits; " + makeSecret)
		}
		return raw, nil
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	unpadded := strings.TrimRight(text, "=")
	padding := len(text) - len(unpadded)
	raw, err := encoding.Strict().DecodeString(unpadded)
	if err != nil || padding != 0 && len(text)%4 != 0 || padding > 2 {
		return nil, errors.New("is neither base64 nor hex; " + makeSecret)
	}
	// Random base64 lacks capital or small letters less than once in a thousand
	// million; words run together lack them often.
	if text == strings.ToLower(text) || text == strings.ToUpper(text) {
		return nil, errors.New("looks like words, not like random bytes in base64; " + makeSecret)
	}
	return raw, nil
}

// guessable reports whether bytes repeat or count as random ones never do: 32
// random bytes have fewer than 16 different values less than once in 10^15.
func guessable(raw []byte) bool {
	var seen, stepped [256]bool
	values, steps := 0, 0
	for i, b := range raw {
		if !seen[b] {
			seen[b] = true
			values++
		}
		if i > 0 && !stepped[b-raw[i-1]] {
			stepped[b-raw[i-1]] = true
			steps++
		}
	}
	return values < minSecretBytes/2 || steps < minSecretBytes/4
}

// printable reports whether bytes are all ASCII text, as a sentence in base64 is.
func printable(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

// symmetric reports whether an algorithm signs and verifies with one shared secret.
func symmetric(algorithm string) bool { return strings.HasPrefix(algorithm, "HS") }

// checkSigningSecret refuses a shared secret that is shorter than the hash of HS256
// (RFC 7518, section 3.2) or that others know. HS384 and HS512 get no more from a
// longer one than the bits that it has, so that 32 bytes do for them too. It is the text's bytes, as
// simplejwt uses Django's SECRET_KEY.
func checkSigningSecret(text string) error {
	const fewest = 8 // different characters; Django's keys have about 30 of 50
	different := map[rune]bool{}
	for _, r := range text {
		different[r] = true
	}
	switch {
	case len(text) < minSecretBytes:
		return fmt.Errorf("has %d bytes, and %d are the least (RFC 7518, section 3.2)", len(text), minSecretBytes)
	case len(different) < fewest:
		return errors.New("repeats a few characters and can be guessed")
	case published(text):
		return errors.New("is a sample that was published")
	}
	return nil
}

// published reports whether a secret is known from documents: the key of RFC 7515,
// appendix A.1, the examples of jwt.io and of deployment guides.
func published(text string) bool {
	plain := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
	if slices.Contains([]string{
		"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
		"a-string-secret-at-least-256-bits-long",
		"a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
	}, plain) {
		return true
	}
	letters := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(plain))
	for _, sign := range []string{"changeme", "256bitsecret", "replaceme", "examplesecret"} {
		if strings.Contains(letters, sign) {
			return true
		}
	}
	return false
}
