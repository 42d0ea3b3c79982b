package verify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// B01 to B13: forms that other readers let pass.
func TestCompactForm(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		good := s.token(claims())
		wantAccepted(t, v, good)
		part := strings.Split(good, ".")
		for _, bad := range []string{
			"", ".", "..", "...", part[0], part[0] + "." + part[1], good + ".", "." + good, good + "." + part[2], // B09
			"." + part[1] + "." + part[2], part[0] + ".." + part[2], part[0] + "." + part[1] + ".", // B11
			good + "..", strings.Replace(good, ".", "..", 1), strings.ReplaceAll(good, ".", "%2E"), // B05
			`"` + good + `"`, good + ",", good + "," + good, "Bearer " + good,
			good + "=", good + "==", part[0] + "=." + part[1] + "." + part[2], part[0] + "." + part[1] + "==." + part[2], // B02
			strings.Repeat(".", 8000), strings.Repeat(".", 1<<20), strings.Repeat("a.", 5000), // B10
			"\ufeff" + good, good + "\x00", good + "é",
		} {
			wantRefused(t, v, bad, ErrMalformed)
		}
		// B03, B04: a foreign character anywhere.
		for _, c := range []string{"+", "/", "\n", "\r\n", "\t", " ", "=", "?", "\x00", "~"} {
			for _, at := range []int{0, 1, len(part[0]), len(part[0]) + 1, len(part[0]) + 5, len(good) - 1, len(good)} {
				wantRefused(t, v, good[:at]+c+good[at:], ErrMalformed)
			}
		}
		wantAccepted(t, v, good)
	})
}

// B01: the unused bits of the last character, for the segments that have some.
func TestUnusedBits(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		tried := 0
		for _, fill := range []string{"", "a", "ab"} {
			header := strings.Replace(s.header(), ",", strings.Repeat(" ", len(fill))+",", 1)
			token := s.sign(header, claims("fill", `"`+fill+`"`))
			wantAccepted(t, v, token)
			part := strings.Split(token, ".")
			for i, segment := range part {
				if len(segment)%4 == 0 {
					continue
				}
				last := len(segment) - 1
				changed := []string{part[0], part[1], part[2]}
				changed[i] = segment[:last] + string(alphabet[strings.IndexByte(alphabet, segment[last])+1])
				wantRefused(t, v, strings.Join(changed, "."), ErrMalformed)
				tried++
				// Signed as it stands, so that only the decoder can object.
				if i < 2 {
					wantRefused(t, v, s.segments(changed[0], changed[1]), ErrMalformed)
				}
			}
		}
		if tried < 4 {
			t.Errorf("only %d segments had unused bits", tried)
		}
	})
}

// B06 to B08: JSON serialization, also as text that falls into three parts.
func TestJSONSerialization(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	part := strings.Split(s.token(claims()), ".")
	flat := map[string]any{"protected": part[0], "payload": part[1], "signature": part[2]}
	one := map[string]any{"protected": part[0], "signature": part[2]}
	for _, form := range []any{
		flat,
		map[string]any{"payload": part[1], "signatures": []any{one}},
		map[string]any{"payload": part[1], "signatures": []any{one, map[string]any{"signature": "AA"}}},
		map[string]any{"protected": part[0], "payload": part[1], "signature": part[2], "x": "." + strings.Join(part, ".")},
	} {
		wantRefused(t, v, string(must(json.Marshal(form))), ErrMalformed)
	}
}

// B12 to B15, B18 to B23 and C20: JSON that two readers could read differently,
// signed correctly.
func TestStrictJSON(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		v := verifierFor(t, s)
		good := claims()
		open := good[:len(good)-1]
		for _, payload := range []string{
			``, ` `, `[]`, `"x"`, `1`, `null`, `true`, `{`, `}`, `{}x`, "[" + good + "]", // B12
			"\ufeff" + good, "\xef\xbb\xbf" + good, "\x00" + good, // B13
			good + `{"sub":"admin"}`, good + "\x00", good + "x", good + ",", good + "]", // B14
			open + `,}`, open + `,"x"}`, open + `,"x":}`, open + `,x:1}`, open + `,'x':1}`, `{,` + good[1:], open + `/**/}`, "//\n" + good, // B15
			open + `,"x":NaN}`, open + `,"x":Infinity}`, open + `,"x":-Infinity}`, open + `,"x":01}`, open + `,"x":+1}`, open + `,"x":.5}`,
			open + `,"x":1.}`, open + `,"x":1e}`, open + `,"x":0x1}`, open + `,"x":1e400}`, open + `,"x":[-1e400]}`, open + `,"x":-}`,
			open + `,"x":` + strings.Repeat("1", 65) + `}`, open + `,"x":tru}`, open + `,"x":True}`, open + `,"x":nulll}`,
			open + `,"x":"` + "\n" + `"}`, open + `,"x":"\x41"}`, open + `,"x":"\u12"}`, open + `,"x":"\u00g0"}`, open + `,"x":"}`, open + `,"x":"\`,
			open + `,"x":` + strings.Repeat("[", 5000), open + `,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, // B18
			open + `,"x":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + `}`,
			open + "," + manyMembers(600) + "}",                                                                                // B19
			open + ",\"x\":\"\xff\"}", open + ",\"\xff\":1}", open + ",\"x\":\"\xc0\xaf\"}", open + ",\"x\":\"\xed\xa0\x80\"}", // B21, B22
			open + `,"x":"\ud800"}`, open + `,"x":"\udc00"}`, open + `,"x":"\ud800\ud800"}`, open + `,"x":"\ud800x"}`, open + `,"x":"\ud800\n"}`, open + `,"\udfff":1}`,
			"{\x00\"\x00a\x00\"\x00:\x001\x00}", "\xff\xfe{\x00}\x00",
			open + `,"\u0073ub":"admin"}`, `{"\u0073ub":"admin",` + good[1:], // B23
			open + `,"sub":"admin"}`, open + `,"aud":"x"}`, open + `,"exp":9999999999}`, open + `,"roles":["admin"]}`, // C20
			`{"sub":"admin",` + good[1:], `{"exp":9999999999,` + good[1:], `{"roles":["admin"],` + good[1:],
			open + `,"x":{"a":1,"a":2}}`, open + `,"x":[{"a":1,"b":{"c":1,"\u0063":2}}]}`,
		} {
			wantRefused(t, v, s.token(payload), ErrMalformed)
			if len(payload) < 500 && payload != good {
				wantRefused(t, v, s.sign(payload, good), ErrMalformed)
			}
		}
		for _, payload := range []string{
			" \n" + good + "\t\r\n ", strings.ReplaceAll(good, ",", " ,\n"), // spaces are legal and signed
			open + `,"x":"\ud83d\ude00\/\b\f\n\r\t\"\\\u00e9"}`, open + `,"x":[1,-0,0.5,1E+2,1e-9,[],{},{"a":null}]}`,
			open + `,"__proto__":1,"constructor":{},"toString":[]}`, // C22
			strings.Replace(good, `"sub"`, `"\u0073u\u0062"`, 1),
			open + `,"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		} {
			wantAccepted(t, v, s.token(payload))
		}
	})
}

func manyMembers(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(`"a%d":1`, i))
	}
	return strings.Join(parts, ",")
}

// B16: the limits of size, exactly.
func TestSize(t *testing.T) {
	t.Parallel()
	s := signers()[4] // its signature has a constant length
	v := verifierFor(t, s)
	padded := func(n int) string { return s.token(claims("fill", `"`+strings.Repeat("x", n)+`"`)) }
	n := 0
	for len(padded(n+1)) <= maxToken {
		n += max(1, (maxToken-len(padded(n)))/2)
	}
	if got := len(padded(n)); got < maxToken-2 {
		t.Fatalf("the longest token has %d bytes", got)
	}
	wantAccepted(t, v, padded(n))
	wantRefused(t, v, padded(n+3), ErrMalformed)
	wantRefused(t, v, strings.Repeat("A", 8193), ErrMalformed)

	head := func(n int) string { return strings.Replace(s.header(), ",", strings.Repeat(" ", n)+",", 1) }
	short := len(s.header())
	wantAccepted(t, v, s.sign(head(maxHeader-short), claims()))
	wantRefused(t, v, s.sign(head(maxHeader-short+1), claims()), ErrMalformed)
	wantRefused(t, v, s.sign(head(4000), claims()), ErrMalformed)
}

// B17, A32, A43: a token in a token is text and nothing more.
func TestNestedToken(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	wantRefused(t, v, s.token(s.token(claims())), ErrMalformed)
	wantRefused(t, v, s.token(`"`+s.token(claims())+`"`), ErrMalformed)
	wantRefused(t, v, s.sign(`{"alg":"ES256","kid":"key-es","typ":"JWT","cty":"JWT"}`, s.token(claims())), ErrMalformed)
}

// B10, B18, B19, A41, A42: what is expensive to read is not read. The bound is
// wide, because the tests share the machine with others.
func TestHostileInputIsCheap(t *testing.T) {
	t.Parallel()
	s := es()
	v := verifierFor(t, s)
	for name, token := range map[string]string{
		"dots":     strings.Repeat(".", 1<<20),
		"letters":  strings.Repeat("A", 10<<20),
		"nesting":  s.token(`{"x":` + strings.Repeat("[", 100_000)),
		"nesting8": s.token(`{"x":` + strings.Repeat("[", 5_000)),
		"members":  s.token("{" + manyMembers(100_000) + "}"),
		"members8": s.token("{" + manyMembers(700) + "}"),
	} {
		start := time.Now()
		wantRefused(t, v, token, ErrMalformed)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func TestHeaderType(t *testing.T) {
	t.Parallel()
	s := es()
	head := func(typ string) string { return s.sign(`{"alg":"ES256","kid":"key-es"`+typ+`}`, claims()) }
	v := verifierFor(t, s)
	// D02
	for _, typ := range []string{"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"} {
		wantAccepted(t, v, head(`,"typ":"`+typ+`"`))
	}
	for _, typ := range []string{"", "JWS", "at+jwt;x=1", "at jwt", "application/", "application/application/jwt", "text/jwt", "dpop+jwt", "revocations+jwt", "JWT ", "at+Kwt"} {
		wantRefused(t, v, head(`,"typ":"`+typ+`"`), ErrTokenType)
	}
	for _, typ := range []string{`null`, `["JWT"]`, `1`, `{}`} {
		wantRefused(t, v, head(`,"typ":`+typ), ErrMalformed)
	}
	wantRefused(t, v, head(""), ErrTokenType)

	cfg := configFor(t, s)
	cfg.Types, cfg.AllowMissingType = []string{"application/Feed+JWT"}, true
	v = newVerifier(t, cfg)
	wantAccepted(t, v, head(""))
	wantAccepted(t, v, head(`,"typ":"feed+jwt"`))
	wantRefused(t, v, head(`,"typ":"JWT"`), ErrTokenType)
	cfg.Types = []string{"text/jwt"} // the prefix is left out only where no other "/" is
	wantRefused(t, newVerifier(t, cfg), head(`,"typ":"application/text/jwt"`), ErrTokenType)
}
