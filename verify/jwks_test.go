package verify

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
)

// jwkOf returns the published form of a key.
func jwkOf(t testing.TB, s signer) map[string]any {
	t.Helper()
	jwk := map[string]any{"kid": s.id, "alg": string(s.algorithm), "use": "sig"}
	switch p := s.key().Public.(type) {
	case *ecdsa.PublicKey:
		point := string(must(p.Bytes())[1:])
		jwk["kty"], jwk["crv"] = "EC", map[Algorithm]string{ES256: "P-256", ES384: "P-384", ES512: "P-521"}[s.algorithm]
		jwk["x"], jwk["y"] = encode(point[:len(point)/2]), encode(point[len(point)/2:])
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", encode(string(p.N.Bytes())), "AQAB"
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", encode(string(p))
	case SharedSecret:
		jwk["kty"], jwk["k"] = "oct", encode(string(p))
	}
	return jwk
}

func jwksOf(keys ...map[string]any) []byte {
	return must(json.Marshal(map[string]any{"keys": keys}))
}

func TestParseJWKS(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		set, err := ParseJWKS(jwksOf(jwkOf(t, s)))
		if s.algorithm.Family() == HMAC {
			if err == nil {
				t.Error("a published secret is accepted")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		k, ok := set.Key(s.id)
		if !ok || k.ID != s.id || k.Algorithm != s.algorithm || len(set.Keys()) != 1 {
			t.Errorf("Key = %+v, %v", k, ok)
		}
		if _, ok := set.Key("other"); ok {
			t.Error("a key nobody published is found")
		}
		cfg := configFor(t)
		cfg.Keys = func() *KeySet { return set }
		wantAccepted(t, newVerifier(t, cfg), s.token(claims()))
	})
	for _, text := range []string{`{"keys":[]}`, ` {"keys" : [ ] , "x": {"Keys": 1} } `} {
		set, err := ParseJWKS([]byte(text))
		if err != nil || len(set.Keys()) != 0 {
			t.Errorf("ParseJWKS(%s) = %v, %v, want an empty set", text, set, err)
		}
	}
}

func TestParseJWKSRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `null`, `{}`, `{"keys":null}`, `{"keys":{}}`, `{"keys":[null]}`, `{"keys":[[]]}`, `{"keys":[{}]}`,
		`{"keys":[]} x`, `{"keys":[],"keys":[]}`, `{"KEYS":[]}`, `{"keys":[],"Keys":[]}`, "\ufeff" + `{"keys":[]}`,
		strings.Repeat(" ", maxJWKS) + `{"keys":[]}`, `{"keys":[` + strings.Repeat(`{},`, maxJWKSKeys) + `{}]}`,
	} {
		if _, err := ParseJWKS([]byte(text)); err == nil {
			t.Errorf("ParseJWKS(%.60q) is accepted", text)
		}
	}
	modulus := string(signers()[1].key().Public.(*rsa.PublicKey).N.Bytes())
	// Every key is good but for the one change; a nil removes the member.
	for _, tc := range []struct {
		signer int
		name   string
		value  any
	}{
		{0, "kid", nil}, {0, "kid", ""}, {0, "kid", 1}, {0, "kid", "a\nb"}, {0, "kid", strings.Repeat("k", 129)}, {0, "Kid", "x"},
		{0, "alg", nil}, {0, "alg", "ES384"}, {0, "alg", "EdDSA"}, {0, "alg", "HS256"}, {0, "alg", "none"}, {0, "alg", "es256"},
		{0, "kty", nil}, {0, "kty", "RSA"}, {0, "kty", "OKP"}, {0, "kty", "oct"}, {0, "kty", "ec"},
		{0, "use", "enc"}, {0, "use", ""}, {0, "use", nil2{}}, {0, "USE", "enc"},
		{0, "key_ops", []string{"encrypt"}}, {0, "key_ops", []string{"sign", "verify"}}, {0, "key_ops", []string{}},
		{0, "key_ops", "verify"}, {0, "key_ops", []string{"verify", "verify"}},
		{0, "crv", "P-384"}, {0, "crv", "secp256k1"}, {0, "crv", nil}, {0, "crv", "p-256"},
		{0, "x", nil}, {0, "x", ""}, {0, "x", encode(strings.Repeat("x", 31))}, {0, "x", encode(strings.Repeat("\xff", 32))}, {0, "y", "AA=="},
		{0, "d", "AA"}, {0, "D", "AA"}, {1, "p", "AA"}, {1, "q", "AA"}, {1, "dp", ""}, {1, "dq", "AA"}, {1, "qi", "AA"}, {1, "oth", []int{}}, {3, "d", "AA"}, {0, "k", "AA"},
		{1, "alg", "ES256"}, {1, "alg", "RS1"}, {1, "alg", "ES384"}, {1, "e", "AQ"}, {1, "e", "Ag"}, {1, "e", ""}, {1, "e", "AAEAAQ"}, {1, "e", "AQAAAAE"}, {1, "e", "_____w"},
		{1, "e", encode("\x01" + strings.Repeat("\x00", 5) + "\x01\x00\x01")}, {1, "n", encode("\x00" + modulus)},
		{1, "n", "AQAB"}, {1, "n", nil}, {1, "n", encode("\x00" + strings.Repeat("\xff", 256))}, {1, "n", encode(strings.Repeat("\xff", 1025))},
		{3, "crv", "Ed448"}, {3, "crv", "X25519"}, {3, "x", encode(strings.Repeat("x", 31))}, {3, "x", encode(string(make([]byte, 32)))}, {3, "alg", "Ed25519"},
		{5, "crv", "P-256"}, {5, "crv", "P-521"}, {5, "alg", "ES256"}, {5, "alg", "ES512"}, {5, "x", encode(strings.Repeat("x", 47))}, {5, "x", encode(strings.Repeat("\xff", 48))},
		{6, "crv", "P-384"}, {6, "crv", "ES512"}, {6, "alg", "ES384"}, {6, "alg", "ES521"}, {6, "y", encode(strings.Repeat("x", 65))}, {6, "y", encode("\x01" + strings.Repeat("x", 65))},
	} {
		jwk := jwkOf(t, signers()[tc.signer])
		switch tc.value.(type) {
		case nil:
			delete(jwk, tc.name)
		case nil2:
			jwk[tc.name] = nil
		default:
			jwk[tc.name] = tc.value
		}
		if _, err := ParseJWKS(jwksOf(jwk)); err == nil {
			t.Errorf("a key with %s = %v is accepted", tc.name, tc.value)
		}
	}
}

// nil2 stands for JSON null.
type nil2 struct{}

func TestNewKeySetRefuses(t *testing.T) {
	t.Parallel()
	ec, rs, ed, hs := es().key(), signers()[1].key(), signers()[3].key(), signers()[4].key()
	n := rs.Public.(*rsa.PublicKey).N
	short := must(rsa.GenerateKey(rand.Reader, 1024))
	with := func(k Key, public any) Key { k.Public = public; return k }
	as := func(k Key, a Algorithm) Key { k.Algorithm = a; return k }
	named := func(k Key, id string) Key { k.ID = id; return k }
	small := big.NewInt(3)
	for name, keys := range map[string][]Key{
		"same id":                   {ec, named(ed, ec.ID)},
		"two without id":            {named(ec, ""), named(ed, "")},
		"same key, other id":        {ec, named(ec, "b")},
		"same key, other algorithm": {rs, named(as(rs, PS256), "b")}, // A11
		"no key":                    {with(ec, nil)},
		"private key":               {with(ec, es().private)},
		"ES384 key":                 {with(ec, signers()[5].key().Public)}, // A12
		"ES256 as ES384":            {as(ec, ES384)},
		"ES512 key as ES384":        {as(signers()[6].key(), ES384)},
		"P-224":                     {with(ec, &must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).PublicKey)},
		"RS384 with an EC key":      {as(ec, RS384)},
		"RS256 and RS512, one key":  {rs, named(as(rs, RS512), "b")},
		"HS256 and HS512, one key":  {hs, named(as(hs, HS512), "b")},
		"HS512 with an RSA key":     {as(rs, HS512)},
		"neither curve nor point":   {with(ec, &ecdsa.PublicKey{})},
		"point without curve":       {with(ec, offCurve(nil))},
		"curve without point":       {with(ec, &ecdsa.PublicKey{Curve: elliptic.P256()})},
		"point off the curve":       {with(ec, offCurve(elliptic.P256()))},
		"typed nil":                 {with(ec, (*ecdsa.PublicKey)(nil))},
		"typed nil RSA":             {with(rs, (*rsa.PublicKey)(nil))},
		"empty RSA":                 {with(rs, &rsa.PublicKey{})},
		"empty Ed25519":             {with(ed, ed25519.PublicKey{})},
		"ES256 with an RSA key":     {as(rs, ES256)},
		"RS256 with an EC key":      {as(ec, RS256)},
		"HS256 with an RSA key":     {as(rs, HS256)}, // A05
		"HS256 with Ed25519":        {as(ed, HS256)}, // A08
		"EdDSA with a secret":       {as(hs, EdDSA)},
		"unknown algorithm":         {as(ec, "none")},
		"empty algorithm":           {as(ec, "")},
		"1024 bits":                 {with(rs, &short.PublicKey)},
		"e = 1":                     {with(rs, &rsa.PublicKey{N: n, E: 1})},
		"e even":                    {with(rs, &rsa.PublicKey{N: n, E: 65536})},
		"e negative":                {with(rs, &rsa.PublicKey{N: n, E: -3})},
		"n even":                    {with(rs, &rsa.PublicKey{N: new(big.Int).Lsh(n, 1), E: 65537})},
		"n divisible by 3":          {with(rs, &rsa.PublicKey{N: small.Mul(small, n), E: 65537})},
		"n too long":                {with(rs, &rsa.PublicKey{N: new(big.Int).SetBit(n, 8192, 1), E: 65537})},
		"n negative":                {with(rs, &rsa.PublicKey{N: new(big.Int).Neg(n), E: 65537})},
		"short secret":              {with(hs, SharedSecret(make([]byte, 31)))},
		"short secret of HS512":     {as(with(hs, SharedSecret(make([]byte, 31))), HS512)},
		"plain bytes":               {with(hs, make([]byte, 32))},
		"PEM as secret":             {with(hs, SharedSecret("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ"))},
		"control characters in id":  {named(ec, "a\r\nb")},
		"long id":                   {named(ec, strings.Repeat("k", 129))},
	} {
		if set, err := NewKeySet(keys...); err == nil {
			t.Errorf("%s: accepted as %v", name, set)
		}
	}
}

// A37: every key of small order accepts some message under the signature that
// consists of the neutral point and zero, which is why such keys are refused.
func TestSmallOrderKeys(t *testing.T) {
	t.Parallel()
	signature := append([]byte{1}, make([]byte, 63)...)
	for text := range strings.FieldsSeq(smallOrder) {
		for _, sign := range []byte{0, 0x80} {
			p := ed25519.PublicKey(must(hex.DecodeString(text)))
			p[31] |= sign
			if _, err := NewKeySet(Key{ID: "k", Algorithm: EdDSA, Public: p}); err == nil {
				t.Errorf("%x is accepted", []byte(p))
			}
			forged := false
			for i := range uint64(400) {
				forged = forged || ed25519.Verify(p, binary.BigEndian.AppendUint64(nil, i), signature)
			}
			if !forged {
				t.Errorf("%x verifies nothing, so it is not of small order", []byte(p))
			}
		}
	}
}

func TestKeySetIsImmutable(t *testing.T) {
	t.Parallel()
	secret := SharedSecret(strings.Repeat("s", 32))
	given := []Key{{ID: "a", Algorithm: HS256, Public: secret}}
	set := keySet(t, given...)
	secret[0], given[0].ID = 'x', "b"
	set.Keys()[0].ID = "c"
	k, ok := set.Key("a")
	if !ok || string(k.Public.(SharedSecret)) != strings.Repeat("s", 32) {
		t.Errorf("the set has changed with what it was made of")
	}
	var none *KeySet
	if _, ok := none.Key("a"); ok || none.Keys() != nil {
		t.Error("nil is not an empty set")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple, 32+"
	k := Key{ID: "a", Algorithm: HS256, Public: SharedSecret(secret)}
	set := keySet(t, k)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{k, &k, k.Public, set, *set, set.Keys(), []any{k}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", k, "secret", k.Public, "set", set)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", k, "secret", k.Public, "set", set)
	out.WriteString(SharedSecret(secret).String())
	for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), "99 111 114 114", encode(secret)} {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(form)) {
			t.Errorf("the secret is printed as %q in\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), redacted) {
		t.Error("nothing says that a secret was left out")
	}
}

// offCurve is a key whose point is on no curve.
func offCurve(curve elliptic.Curve) *ecdsa.PublicKey {
	//lint:ignore SA1019 no parser makes such a key; only the fields do
	return &ecdsa.PublicKey{Curve: curve, X: big.NewInt(1), Y: big.NewInt(1)}
}
