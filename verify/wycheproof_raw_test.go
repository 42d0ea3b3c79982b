package verify

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// octets is a field of vectors in hexadecimal.
type octets []byte

func (o *octets) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	var err error
	*o, err = hex.DecodeString(text)
	return err
}

// The vectors of JWS leave out some curves and hashes; those of the bare
// signatures have them, in the very form of JWS (P1363).
func TestWycheproofECDSA(t *testing.T) {
	t.Parallel()
	for a, name := range map[Algorithm]string{
		ES256: "ecdsa_secp256r1_sha256_p1363_test.json", ES384: "ecdsa_secp384r1_sha384_p1363_test.json", ES512: "ecdsa_secp521r1_sha512_p1363_test.json",
	} {
		type group struct {
			PublicKeyDer octets
			Tests        []struct {
				TcID     int
				Comment  string
				Msg, Sig octets
				Result   string
			}
		}
		n := 0
		for _, g := range vectors[group](t, name) {
			held, err := hold(Key{Algorithm: a, Public: must(x509.ParsePKIXPublicKey(g.PublicKeyDer))})
			if err != nil {
				t.Fatalf("%s: %v", a, err)
			}
			for _, tc := range g.Tests {
				n++
				if got := held.verifies(string(tc.Msg), tc.Sig); got != (tc.Result == "valid") {
					t.Errorf("%s %d %s: verified %v, but it is %s", a, tc.TcID, tc.Comment, got, tc.Result)
				}
			}
		}
		if n < 200 {
			t.Errorf("%s: only %d vectors", a, n)
		}
	}
}

// The keys are those of the vectors, some of which are shorter than any that a
// set takes.
func TestWycheproofHMAC(t *testing.T) {
	t.Parallel()
	for a, name := range map[Algorithm]string{HS256: "hmac_sha256_test.json", HS384: "hmac_sha384_test.json", HS512: "hmac_sha512_test.json"} {
		type group struct {
			TagSize int
			Tests   []struct {
				TcID          int
				Comment       string
				Key, Msg, Tag octets
				Result        string
			}
		}
		n := 0
		for _, g := range vectors[group](t, name) {
			whole := g.TagSize == a.Hash().Size()*8 // JWS knows no shorter tags
			for _, tc := range g.Tests {
				n++
				held := &heldKey{Key: Key{Algorithm: a, Public: SharedSecret(tc.Key)}}
				if got := held.verifies(string(tc.Msg), tc.Tag); got != (whole && tc.Result == "valid") {
					t.Errorf("%s %d %s: verified %v, but it is %s with %d bits", a, tc.TcID, tc.Comment, got, tc.Result, g.TagSize)
				}
			}
		}
		if n < 150 {
			t.Errorf("%s: only %d vectors", a, n)
		}
	}
}

// RFC 7518 sections 3.1 to 3.5, and what is no algorithm.
func TestAlgorithmTable(t *testing.T) {
	t.Parallel()
	for a, want := range map[Algorithm]struct {
		family    Family
		hash      string
		curve     string
		signature int // bytes; of RSA, those of a key of 2048 bits
	}{
		ES256: {ECDSA, "SHA-256", "P-256", 64}, ES384: {ECDSA, "SHA-384", "P-384", 96}, ES512: {ECDSA, "SHA-512", "P-521", 132},
		RS256: {RSAPKCS1, "SHA-256", "", 256}, RS384: {RSAPKCS1, "SHA-384", "", 256}, RS512: {RSAPKCS1, "SHA-512", "", 256},
		PS256: {RSAPSS, "SHA-256", "", 256}, PS384: {RSAPSS, "SHA-384", "", 256}, PS512: {RSAPSS, "SHA-512", "", 256},
		HS256: {HMAC, "SHA-256", "", 32}, HS384: {HMAC, "SHA-384", "", 48}, HS512: {HMAC, "SHA-512", "", 64},
		EdDSA: {Ed25519, "", "", 64},
		"":    {}, "none": {}, "hs512": {}, "ES521": {}, "RS128": {},
	} {
		if a.Family() != want.family || a.Offered() != (want.family != 0) {
			t.Errorf("%q: family %d, offered %v", a, a.Family(), a.Offered())
		}
		if hash := a.Hash(); (hash != 0) != (want.hash != "") || hash != 0 && hash.String() != want.hash {
			t.Errorf("%q: hash %v, want %s", a, hash, want.hash)
		}
		if curve := a.Curve(); (curve != nil) != (want.curve != "") || curve != nil && (curve.Params().Name != want.curve || 2*a.CoordinateSize() != want.signature) {
			t.Errorf("%q: curve %v, coordinates of %d bytes", a, curve, a.CoordinateSize())
		}
		for _, s := range signers() {
			if s.algorithm == a && len(s.signature("x")) != want.signature {
				t.Errorf("%s: a signature has %d bytes", a, len(s.signature("x")))
			}
		}
	}
}
