package token_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// accepted reports whether a text passes for the refresh token of the row. A
// refusal must be one of ours.
func accepted(t testing.TB, i *token.Issuer, v *verify.Verifier, raw string, of session.Session) bool {
	t.Helper()
	p, err := i.ParseRefresh(raw, v)
	if err == nil {
		err = i.Prove(p, of)
	}
	if err != nil && !errors.Is(err, token.ErrRefreshInvalid) && !errors.Is(err, token.ErrRefreshType) && !errors.Is(err, token.ErrRefreshExpired) {
		t.Errorf("%.60q: %v", raw, err)
	}
	return err == nil
}

// Case E41: nothing but the very bytes is the token.
func TestDamagedRefreshTokens(t *testing.T) {
	t.Parallel()
	ours, _ := issuer(t, verify.ES256)
	original, _ := preset(t, verify.HS256)
	for name, i := range map[string]*token.Issuer{"default": ours, "preset": original} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := verifier(t, i)
			if i.Original != nil {
				v = verifier(t, i, refreshes)
			}
			row := device()
			good := refresh(t, i, row)
			if !accepted(t, i, v, good, row) {
				t.Fatal("the token itself is refused")
			}
			for what, damaged := range damages(good) {
				if damaged != good && accepted(t, i, v, damaged, row) {
					t.Errorf("%s: accepted", what)
				}
			}
		})
	}
}

// damages yields every prefix, every flip of a bit, and what else a token can
// suffer on its way.
func damages(good string) func(yield func(string, string) bool) {
	all := func(add func(what, raw string)) {
		for n := range len(good) {
			add("a prefix", good[:n])
			add("a suffix", good[n+1:])
			add("a byte left out", good[:n]+good[n+1:])
			add("a byte twice", good[:n+1]+good[n:])
			for bit := range 8 {
				b := []byte(good)
				b[n] ^= 1 << bit
				add("a flipped bit", string(b))
			}
			for _, extra := range []string{"\n", "\r", " ", "=", "\x00", "%"} {
				add("a byte put in", good[:n]+extra+good[n:])
			}
		}
		for c := range 256 {
			add("a byte appended", good+string([]byte{byte(c)}))
			add("a byte before", string([]byte{byte(c)})+good)
		}
		parts := strings.Split(good, ".")
		add("upper case", strings.ToUpper(good))
		add("lower case", strings.ToLower(good))
		add("padding", good+"=")
		add("padding in the middle", parts[0]+"=="+good[len(parts[0]):])
		add("standard alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(good)+"+")
		add("no signature", parts[0]+"."+parts[1]+".")
		add("two segments", parts[0]+"."+parts[1])
		add("four segments", good+"."+parts[2])
		add("Bearer", "Bearer "+good)
		add("quoted", `"`+good+`"`)
		add("another header", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"rt+jwt"}`))+"."+parts[1]+".")
		add("the header in another order", base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"rt+jwt","alg":"HS256"}`))+good[len(parts[0]):])
		add("long", strings.Repeat(good, 10))
		add("very long", good+strings.Repeat("A", 1<<20))
	}
	return func(yield func(string, string) bool) {
		stopped := false
		all(func(what, raw string) {
			if !stopped {
				stopped = !yield(what, raw)
			}
		})
	}
}

// Nothing that is presented panics, and nothing but the token passes (E41).
func FuzzParseRefresh(f *testing.F) {
	ours, _ := issuer(f, verify.ES256)
	original, _ := preset(f, verify.HS256)
	row := device()
	good := map[*token.Issuer]string{ours: refresh(f, ours, row), original: refresh(f, original, row)}
	read := map[*token.Issuer]*verify.Verifier{ours: verifier(f, ours), original: verifier(f, original, refreshes)}
	for i, raw := range good {
		f.Add(raw)
		f.Add(raw[:len(raw)-1])
		access, _, err := i.Access(subject(), row)
		must(f, err)
		f.Add(access.Reveal())
	}
	for _, raw := range []string{"", ".", "..", "...", "a.b.c", "eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9.e30.AA", "\xff.\x00.\n"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for i, token := range good {
			if accepted(t, i, read[i], raw, row) && raw != token {
				t.Errorf("%q passes for %q", raw, token)
			}
		}
	})
}
