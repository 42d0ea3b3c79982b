package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestAlgorithm(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		kid := fmt.Sprintf(`"kid":%q,"typ":"JWT"`, s.id)
		good := s.token(claims())
		wantAccepted(t, v, good)
		part := strings.Split(good, ".")

		// A01 to A03: none in every spelling, with every sort of signature.
		for _, none := range []string{"none", "None", "NONE", "nOnE", "noNE"} {
			head := encode(`{"alg":"` + none + `",` + kid + `}`)
			for _, sig := range []string{"", part[2], encode("random")} {
				wantRefused(t, v, head+"."+part[1]+"."+sig, ErrMalformed)
			}
			wantRefused(t, v, head+"."+part[1], ErrMalformed)
		}
		// A04: alg absent or not a string, all correctly signed.
		for _, alg := range []string{
			``, `"alg":"",`, `"alg":null,`, `"alg":0,`, `"alg":true,`, `"alg":["ES256"],`, `"alg":{"alg":"ES256"},`,
		} {
			wantRefused(t, v, s.sign("{"+alg+kid+"}", claims()), ErrMalformed)
		}
		// A14, A15: names that are nearly ours and names that never were.
		a := string(s.algorithm)
		for _, alg := range []string{
			strings.ToLower(a), a + " ", " " + a, a + `\u0000`, strings.Replace(a, "S", "Ѕ", 1), strings.ToUpper(a) + "_",
			"HS1", "HS224", "HS1024", "RS1", "RS224", "PS224", "ES224", "ES521", "ES256K", "Ed25519", "Ed448", "ML-DSA-44",
		} {
			wantRefused(t, v, s.sign(`{"alg":"`+alg+`",`+kid+`}`, claims()), ErrMalformed)
		}
		// A11, A12: another offered algorithm under this key's kid, RS384 with the
		// very key of RS256 among them.
		for _, other := range signers() {
			if other.algorithm != s.algorithm {
				wantRefused(t, v, other.sign(`{"alg":"`+string(other.algorithm)+`",`+kid+`}`, claims()), ErrSignature)
				wantRefused(t, v, s.sign(`{"alg":"`+string(other.algorithm)+`",`+kid+`}`, claims()), ErrSignature)
			}
		}
		wantAccepted(t, v, good)
	})
}

// A05 to A08: what is public about a key, used as the secret of HS256 to HS512.
func TestAlgorithmConfusion(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		if s.algorithm.Family() == HMAC {
			return
		}
		v := verifierFor(t, s)
		for _, secret := range publicForms(t, s) {
			for _, hs := range []Algorithm{HS256, HS384, HS512} {
				forger := signer{id: s.id, algorithm: hs, private: SharedSecret(secret)}
				wantRefused(t, v, forger.token(claims()), ErrSignature)
			}
		}
		// A09: guesses.
		for _, secret := range []string{"", "\x00", "secret", "your-256-bit-secret"} {
			forger := signer{id: s.id, algorithm: HS256, private: SharedSecret(secret)}
			wantRefused(t, v, forger.token(claims()), ErrSignature)
			wantRefused(t, verifierFor(t, signers()[4]), signer{"key-hs", HS256, SharedSecret(secret)}.token(claims()), ErrSignature)
		}
		// Without kids the algorithm of the header may not choose either.
		cfg := configFor(t, s)
		cfg.IgnoreKeyID = true
		forger := signer{id: s.id, algorithm: HS256, private: SharedSecret(publicForms(t, s)[0])}
		wantRefused(t, newVerifier(t, cfg), forger.token(claims()), ErrUnknownKey)
	})
}

// publicForms returns the public key of s in the forms that forgers try.
func publicForms(t *testing.T, s signer) [][]byte {
	t.Helper()
	spki := must(x509.MarshalPKIXPublicKey(s.key().Public))
	pemText := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	forms := [][]byte{pemText, bytes.TrimSpace(pemText), spki, must(json.Marshal(jwkOf(t, s)))}
	switch p := s.key().Public.(type) {
	case *rsa.PublicKey:
		pkcs1 := x509.MarshalPKCS1PublicKey(p)
		forms = append(forms, pkcs1, p.N.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}))
	case *ecdsa.PublicKey:
		point := must(p.Bytes())
		forms = append(forms, point, point[1:])
	case ed25519.PublicKey:
		forms = append(forms, p)
	}
	return forms
}

// A13, A16, A45: the key named must be the key that signed, and in the set.
func TestKeyChoice(t *testing.T) {
	t.Parallel()
	first := es()
	second := signer{"key-es-2", ES256, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	both := verifierFor(t, first, second)
	wantAccepted(t, both, first.token(claims()))
	wantAccepted(t, both, second.token(claims()))
	wantRefused(t, both, first.sign(second.header(), claims()), ErrSignature)
	wantRefused(t, both, second.sign(first.header(), claims()), ErrSignature)
	wantRefused(t, verifierFor(t, second), first.token(claims()), ErrUnknownKey)
	empty := configFor(t)
	wantRefused(t, newVerifier(t, empty), first.token(claims()), ErrUnknownKey)
}

// A18 to A21: kids that aim at a database, a file, a shell or a log.
func TestKeyID(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	for kid, want := range map[string]error{
		``:                                     ErrMalformed,
		`""`:                                   ErrMalformed,
		`null`:                                 ErrMalformed,
		`1`:                                    ErrMalformed,
		`[]`:                                   ErrMalformed,
		`{"$gt":""}`:                           ErrMalformed,
		`["key-es"]`:                           ErrMalformed,
		`"key-es\u0000"`:                       ErrMalformed,
		`"key-es\r\nx: y"`:                     ErrMalformed,
		`"key-es\u0085"`:                       ErrMalformed,
		`"KEY-ES"`:                             ErrUnknownKey,
		`"key-es "`:                            ErrUnknownKey,
		`"../../../dev/null"`:                  ErrUnknownKey,
		`"/dev/null"`:                          ErrUnknownKey,
		`"' OR 1=1--"`:                         ErrUnknownKey,
		`"|sleep 10"`:                          ErrUnknownKey,
		"\"`id`\"":                             ErrUnknownKey,
		`";curl x"`:                            ErrUnknownKey,
		`"` + strings.Repeat("k", 128) + `"`:   ErrUnknownKey,
		`"` + strings.Repeat("k", 129) + `"`:   ErrMalformed,
		`"` + strings.Repeat("k", 10000) + `"`: ErrMalformed,
	} {
		head := `{"alg":"ES256","typ":"JWT","kid":` + kid + `}`
		if kid == "" {
			head = `{"alg":"ES256","typ":"JWT"}`
		}
		wantRefused(t, v, s.sign(head, claims()), want)
	}
}

// A17, A23 to A33: members that choose a key or change how the token is read.
func TestHeaderMembers(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	jwk := string(must(json.Marshal(jwkOf(t, s))))
	for _, member := range []string{
		`"jwk":` + jwk, `"jwk":"x"`, `"jku":"https://id.example.com/jwks"`, `"x5u":"file:///etc/passwd"`,
		`"x5c":["MIIB"]`, `"x5t":"AA"`, `"x5t#S256":"AA"`,
		`"crit":["exp"]`, `"crit":["foo"],"foo":1`, `"crit":[]`, `"crit":null`, `"crit":"b64"`,
		`"crit":["b64"],"b64":false`, `"b64":false`, `"b64":true`, `"zip":"DEF"`,
		`"cty":"JWT"`, `"cty":"json"`, `"iss":"https://id.example.com"`, `"enc":"A256GCM"`, `"x":"y"`,
		`"alg":"none"`, `"alg":"ES256"`, `"kid":"key-es"`, `"k\u0069d":"key-es"`,
		`"ALG":"none"`, `"Kid":"other"`, `"Typ":"JWT"`, `"\u212aid":"key-es"`,
	} {
		wantRefused(t, v, s.sign(`{"alg":"ES256","kid":"key-es","typ":"JWT",`+member+`}`, claims()), ErrMalformed)
		wantRefused(t, v, s.sign(`{`+member+`,"alg":"ES256","kid":"key-es","typ":"JWT"}`, claims()), ErrMalformed)
	}
	cfg := configFor(t, s)
	cfg.IgnoreKeyID = true
	wantRefused(t, newVerifier(t, cfg), s.sign(`{"alg":"ES256","typ":"JWT","jku":"https://x"}`, claims()), ErrMalformed)
}

// A34, A35, A37, A38: signatures that are no signatures.
func TestSignatureForm(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		text := encode(s.header()) + "." + encode(claims())
		good := s.signature(text)
		n := len(good)
		bad := [][]byte{
			make([]byte, n), bytes.Repeat([]byte{0xff}, n), append(make([]byte, n-1), 1),
			good[:n-1], good[1:], append(bytes.Clone(good), 0), append([]byte{0}, good...), append(bytes.Clone(good), good...),
			{0}, {1},
		}
		switch p := s.private.(type) {
		case *ecdsa.PrivateKey:
			order, size := p.Params().N, n/2
			edge := []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(order, big.NewInt(1)), order}
			for _, r := range edge {
				for _, w := range edge {
					bad = append(bad, append(r.FillBytes(make([]byte, size)), w.FillBytes(make([]byte, size))...))
				}
			}
			bad = append(bad, slices.Concat(good[:size], []byte{0}, good[size:]))
			bad = append(bad, must(ecdsa.SignASN1(rand.Reader, p, s.algorithm.digest([]byte(text))))) // right, but DER
		case *rsa.PrivateKey:
			one, sig := big.NewInt(1), new(big.Int).SetBytes(good)
			bad = append(bad, p.N.Bytes(), new(big.Int).Sub(p.N, one).Bytes(), new(big.Int).Add(p.N, sig).Bytes())
		}
		for _, sig := range bad {
			wantRefused(t, v, text+"."+encode(string(sig)), ErrSignature)
		}
		wantAccepted(t, v, text+"."+encode(string(good)))
	})
}

// A36: the twin of an ECDSA signature is the same token in every respect.
func TestSignatureTwin(t *testing.T) {
	t.Parallel()
	cfg := configFor(t, es())
	cfg.Revocations = NewRevocations()
	v := newVerifier(t, cfg)
	text := encode(es().header()) + "." + encode(claims())
	sig := es().signature(text)
	s := new(big.Int).SetBytes(sig[32:])
	twin := append(bytes.Clone(sig[:32]), s.Sub(elliptic.P256().Params().N, s).FillBytes(make([]byte, 32))...)
	a := wantAccepted(t, v, text+"."+encode(string(sig)))
	b := wantAccepted(t, v, text+"."+encode(string(twin)))
	if a.ID != b.ID || a.SessionID != b.SessionID {
		t.Errorf("ids %q, %q and %q, %q differ", a.ID, a.SessionID, b.ID, b.SessionID)
	}
	apply(t, cfg.Revocations, Cutoff{Kind: CutoffSession, ID: a.SessionID})
	wantRefused(t, v, text+"."+encode(string(sig)), ErrRevoked)
	wantRefused(t, v, text+"."+encode(string(twin)), ErrRevoked)
}

// A39: no bit of a token may change.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		head, payload := s.header(), claims()
		sig := s.signature(encode(head) + "." + encode(payload))
		step := 1
		if len(sig) > 64 {
			step = 3 // each place in a byte comes in turn
		}
		for i := 0; i < len(sig)*8; i += step {
			flipped := bytes.Clone(sig)
			flipped[i/8] ^= 1 << (i % 8)
			wantRefused(t, v, encode(head)+"."+encode(payload)+"."+encode(string(flipped)), ErrSignature)
		}
		random := mathrand.New(mathrand.NewPCG(1, 2))
		for range 64 {
			i := random.IntN((len(head) + len(payload)) * 8)
			flipped := []byte(head + payload)
			flipped[i/8] ^= 1 << (i % 8)
			token := encode(string(flipped[:len(head)])) + "." + encode(string(flipped[len(head):])) + "." + encode(string(sig))
			if _, err := v.Verify(token); err == nil {
				t.Fatalf("bit %d flipped and accepted", i)
			}
		}
	})
}

// A40 to A43: encrypted tokens have five segments and end there.
func TestEncryptedTokens(t *testing.T) {
	t.Parallel()
	v := verifierFor(t, es())
	for _, head := range []string{
		`{"alg":"dir","enc":"A256GCM"}`, `{"alg":"RSA-OAEP","enc":"A256GCM"}`,
		`{"alg":"ECDH-ES","enc":"A256GCM","epk":{}}`, `{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":2147483648}`,
		`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`,
	} {
		wantRefused(t, v, encode(head)+"..YQ.YQ.YQ", ErrMalformed)
		wantRefused(t, v, encode(head)+".YQ.YQ", ErrMalformed)
	}
}

// C18: a bad signature is reported whatever else is wrong with the token.
func TestSignatureBeforeClaims(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		for _, payload := range []string{claims("exp", "1"), claims("exp", `"1"`), claims("iss", ""), `[]`, `x`} {
			token := s.token(payload)
			dot := strings.LastIndexByte(token, '.')
			forged := token[:dot+1] + encode(strings.Repeat("A", len(must(decodeBase64(token[dot+1:])))))
			_, err := v.Verify(forged)
			if !errors.Is(err, ErrSignature) || err.Error() != "verify: bad_signature" {
				t.Errorf("Verify = %v, want only a bad signature", err)
			}
		}
	})
}
