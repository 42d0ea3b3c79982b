package verify

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

// FuzzVerify signs any header and payload and also takes any text as a token.
// Whatever is accepted must mean the same to the standard decoder, and no two
// texts but the twins of one ECDSA signature may be accepted for one signature.
func FuzzVerify(f *testing.F) {
	s := signers()[4]
	good := s.token(claims())
	f.Add(s.header(), claims(), good)
	f.Add(`{"alg":"HS256"}`, claims("exp", "1e30"), "..")
	f.Add(`{"alg":"none","kid":"key-hs"}`, claims("SUB", `"admin"`), good+"=")
	f.Add(`{"alg":"HS256","kid":"key-hs","typ":"at+jwt","crit":[]}`, `{"sub":"a","s\u0075b":"b"}`, strings.ReplaceAll(good, ".", "\n."))
	f.Add(s.header(), claims("x", `"\ud83d\ude00"`), strings.Repeat(".", 9000))
	f.Add(s.header(), claims("x", `"\ud800"`), es().token(claims()))
	for _, tc := range claimCases {
		f.Add(s.header(), claims(tc.changes...), "a.b.c")
	}
	cfg := configFor(f, s)
	cfg.Revocations = NewRevocations()
	v := newVerifier(f, cfg)
	f.Fuzz(func(t *testing.T, header, payload, raw string) {
		for _, token := range []string{s.sign(header, payload), s.token(payload), raw} {
			c, err := v.Verify(token)
			if err != nil {
				if _, ok := errors.AsType[*Error](err); !ok || c != nil {
					t.Fatalf("Verify = %v, %v", c, err)
				}
				continue
			}
			part := strings.Split(token, ".")
			var std map[string]any
			if err := json.Unmarshal(must(decodeBase64(part[1])), &std); err != nil {
				t.Fatalf("accepted what is not JSON: %v", err)
			}
			if std["jti"] != c.ID || std["iss"] != c.Issuer || std["token_type"] != "access" {
				t.Fatalf("claims %+v, but %v", c, std)
			}
			if sub, ok := std["sub"]; ok && sub != c.Subject {
				t.Fatalf("subject %q, but %v", c.Subject, sub)
			}
			if again, err := v.Verify(token); err != nil || again.ID != c.ID {
				t.Fatalf("the second visit: %v", err)
			}
			if token == raw && raw != s.segments(part[0], part[1]) {
				t.Fatal("a second text is accepted for one signature")
			}
		}
	})
}

// FuzzAnyUserID puts any text where the user id stands. A token that is accepted
// names the user that the standard decoder finds there, or nobody.
func FuzzAnyUserID(f *testing.F) {
	s := signers()[4]
	v := newVerifier(f, original(f, s))
	for _, id := range []string{`1`, `"1"`, `1.0`, `1e0`, `true`, `null`, `[]`, `{}`, `1.5`, `-0`, `9223372036854775807`, `9.3e18`, `1e-400`, `1,"sub":"a"`, `"\u0031"`} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		c, err := v.Verify(s.token(bare(id, "")))
		if err != nil {
			return
		}
		var std struct {
			ID any `json:"user_id"`
		}
		if err := json.Unmarshal([]byte(bare(id, "")), &std); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		if c.Subject != c.UserID || !c.HasUserID {
			t.Fatalf("claims %+v", c)
		}
		switch id := std.ID.(type) {
		case string:
			if c.UserID != id && c.UserID != "" {
				t.Fatalf("user %q of %q", c.UserID, id)
			}
		case float64:
			n, err := strconv.ParseInt(c.UserID, 10, 64)
			if c.UserID != "" && (err != nil || float64(n) != math.Trunc(id)) {
				t.Fatalf("user %q of %v", c.UserID, id)
			}
		case bool:
			if c.UserID != map[bool]string{true: "1", false: "0"}[id] {
				t.Fatalf("user %q of %v", c.UserID, id)
			}
		default:
			if c.UserID != "" {
				t.Fatalf("user %q of %v", c.UserID, id)
			}
		}
	})
}

func FuzzParseJWKS(f *testing.F) {
	for _, s := range signers() {
		f.Add(jwksOf(jwkOf(f, s)))
	}
	f.Add(jwksOf(jwkOf(f, signers()[0]), jwkOf(f, signers()[1])))
	f.Add([]byte(`{"keys":[]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a","alg":"ES256","key_ops":["verify"]}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AA","kid":"a","alg":"HS256"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ParseJWKS(data)
		if err != nil {
			return
		}
		for _, k := range set.Keys() {
			if got, ok := set.Key(k.ID); !ok || got.Algorithm != k.Algorithm || k.ID == "" || k.Algorithm.Family() == HMAC || !k.Algorithm.Offered() {
				t.Fatalf("key %+v", k)
			}
		}
		if _, err := NewKeySet(set.Keys()...); err != nil {
			t.Fatalf("a parsed set is refused as given: %v", err)
		}
	})
}
