package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testIssuer   = "https://id.example.com"
	testAudience = "https://api.example.com"
	testUser     = "0197f2a0-0000-7000-8000-000000000001"
	testSession  = "0197f2a0-0000-7000-8000-00000000005e"
)

// testNow is the time of all tests, in the middle of a second.
var testNow = time.Unix(1_800_000_000, 500_000_000)

// signer is a key with which tests make tokens.
type signer struct {
	id        string
	algorithm Algorithm
	private   any
}

// signers returns one signer of each algorithm. They are made once because RSA
// keys take long. RS256, RS384 and RS512 have one key, and so have PS256 to PS512
// and HS256 to HS512: nothing but the algorithm tells their signatures apart.
var signers = sync.OnceValue(func() []signer {
	rs, ps := must(rsa.GenerateKey(rand.Reader, 2048)), must(rsa.GenerateKey(rand.Reader, 2048))
	ec := func(curve elliptic.Curve) any { return must(ecdsa.GenerateKey(curve, rand.Reader)) }
	secret := make(SharedSecret, 32)
	must(rand.Read(secret))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return []signer{
		{"key-es", ES256, ec(elliptic.P256())},
		{"key-rs", RS256, rs},
		{"key-ps", PS256, ps},
		{"key-ed", EdDSA, ed},
		{"key-hs", HS256, secret},
		{"key-es384", ES384, ec(elliptic.P384())},
		{"key-es512", ES512, ec(elliptic.P521())},
		{"key-rs384", RS384, rs},
		{"key-rs512", RS512, rs},
		{"key-ps384", PS384, ps},
		{"key-ps512", PS512, ps},
		{"key-hs384", HS384, secret},
		{"key-hs512", HS512, secret},
	}
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// es returns the ES256 signer, for tests in which the algorithm plays no part.
func es() signer { return signers()[0] }

// eachAlgorithm runs f as a parallel subtest for every algorithm.
func eachAlgorithm(t *testing.T, f func(t *testing.T, s signer)) {
	t.Helper()
	for _, s := range signers() {
		t.Run(string(s.algorithm), func(t *testing.T) {
			t.Parallel()
			f(t, s)
		})
	}
}

func (s signer) key() Key {
	k := Key{ID: s.id, Algorithm: s.algorithm}
	switch p := s.private.(type) {
	case SharedSecret:
		k.Public = p
	case ed25519.PrivateKey:
		k.Public = p.Public().(ed25519.PublicKey)
	case *ecdsa.PrivateKey:
		k.Public = &p.PublicKey
	case *rsa.PrivateKey:
		k.Public = &p.PublicKey
	}
	return k
}

// header returns the header of an ordinary token of s.
func (s signer) header() string {
	return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT"}`, s.algorithm, s.id)
}

// signature returns the raw signature of s over text.
func (s signer) signature(text string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[string(s.algorithm[2:])]
	var digest []byte
	if hash != 0 {
		h := hash.New()
		h.Write([]byte(text))
		digest = h.Sum(nil)
	}
	switch p := s.private.(type) {
	case SharedSecret:
		mac := hmac.New(hash.New, p)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	case ed25519.PrivateKey:
		return ed25519.Sign(p, []byte(text))
	case *ecdsa.PrivateKey:
		r, sig, err := ecdsa.Sign(rand.Reader, p, digest)
		if err != nil {
			panic(err)
		}
		size := map[Algorithm]int{ES256: 32, ES384: 48, ES512: 66}[s.algorithm]
		return append(r.FillBytes(make([]byte, size)), sig.FillBytes(make([]byte, size))...)
	case *rsa.PrivateKey:
		if s.algorithm[0] == 'P' {
			opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return must(rsa.SignPSS(rand.Reader, p, hash, digest, opts))
		}
		return must(rsa.SignPKCS1v15(rand.Reader, p, hash, digest))
	}
	panic("no such key")
}

// segments signs two segments as they are.
func (s signer) segments(header, payload string) string {
	text := header + "." + payload
	return text + "." + encode(string(s.signature(text)))
}

// sign signs any header and payload text.
func (s signer) sign(header, payload string) string {
	return s.segments(encode(header), encode(payload))
}

// token signs a payload under the ordinary header.
func (s signer) token(payload string) string { return s.sign(s.header(), payload) }

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// claims returns the payload of a good token with changes: pairs of a name and
// JSON text, which may be anything; an empty text removes the claim.
func claims(changes ...string) string {
	now := testNow.Unix()
	list := [][2]string{
		{"token_type", `"access"`},
		{"exp", fmt.Sprint(now + 300)},
		{"iat", fmt.Sprint(now - 10)},
		{"jti", `"0123456789abcdef0123456789abcdef"`},
		{"user_id", `"` + testUser + `"`},
		{"sub", `"` + testUser + `"`},
		{"iss", `"` + testIssuer + `"`},
		{"aud", `"` + testAudience + `"`},
		{"sid", `"` + testSession + `"`},
		{"rv", "7"},
		{"av", "3"},
		{"roles", `["editor","viewer"]`},
		{"permissions", `["blog.add_post"]`},
		{"username", `"alice"`},
		{"is_staff", "true"},
		{"is_superuser", "false"},
	}
	for i := 0; i < len(changes); i += 2 {
		found := false
		for j := range list {
			if list[j][0] == changes[i] {
				list[j][1], found = changes[i+1], true
			}
		}
		if !found {
			list = append(list, [2]string{changes[i], changes[i+1]})
		}
	}
	var parts []string
	for _, c := range list {
		if c[1] != "" {
			parts = append(parts, `"`+c[0]+`":`+c[1])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func keySet(t testing.TB, keys ...Key) *KeySet {
	t.Helper()
	set, err := NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// configFor returns a strict configuration that trusts the signers.
func configFor(t testing.TB, trusted ...signer) Config {
	t.Helper()
	keys := make([]Key, len(trusted))
	for i, s := range trusted {
		keys[i] = s.key()
	}
	set := keySet(t, keys...)
	return Config{
		Keys:     func() *KeySet { return set },
		Issuer:   testIssuer,
		Audience: []string{testAudience},
		Now:      func() time.Time { return testNow },
	}
}

func newVerifier(t testing.TB, cfg Config) *Verifier {
	t.Helper()
	v, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// verifierFor returns the verifier of configFor.
func verifierFor(t testing.TB, trusted ...signer) *Verifier {
	t.Helper()
	return newVerifier(t, configFor(t, trusted...))
}

// wantRefused fails unless v refuses token with want, twice: what was refused
// must not be remembered as anything else.
func wantRefused(t testing.TB, v *Verifier, token string, want error) {
	t.Helper()
	for range 2 {
		c, err := v.Verify(token)
		if !errors.Is(err, want) || c != nil {
			t.Fatalf("Verify = %v, %v; want nil, %v\ntoken %.300q", c, err, want, token)
		}
	}
}

func wantAccepted(t testing.TB, v *Verifier, token string) *Claims {
	t.Helper()
	c, err := v.Verify(token)
	if err != nil {
		t.Fatalf("Verify = %v, want claims\ntoken %.300q", err, token)
	}
	return c
}
