package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// refresh is the refresh token of a session row.
func refresh(t testing.TB, i *token.Issuer, of session.Session) string {
	t.Helper()
	return get[secret.Text](t)(i.Refresh(of, subject())).Reveal()
}

func TestRefreshBytes(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	raw := refresh(t, i, device())
	if got, want := segment(t, raw, 0), `{"alg":"HS256","typ":"rt+jwt"}`; got != want {
		t.Errorf("header = %s, want %s", got, want)
	}
	const want = `{"token_type":"refresh","exp":1801209600,"iat":1800000000,"jti":"-","user_id":"7","sid":"018f0000-0000-7000-8000-000000000001"}`
	payload := segment(t, raw, 1)
	if got := jti.ReplaceAllString(payload, `"jti":"-"`); got != want || !strings.Contains(payload, `"jti":"00000003`) {
		t.Errorf("payload = %s, want %s with generation 3", payload, want)
	}
	p, _ := preset(t, verify.HS256)
	raw = refresh(t, p, device())
	if got, want := segment(t, raw, 0), `{"alg":"HS256","typ":"JWT"}`; got != want {
		t.Errorf("header under the preset = %s, want %s", got, want)
	}
	if got, want := jti.ReplaceAllString(segment(t, raw, 1), `"jti":"-"`), want[:len(want)-1]+`,"rv":5}`; got != want {
		t.Errorf("payload under the preset = %s, want %s", got, want)
	}
}

// The same row is the same token, and anything else of it another (E03).
func TestRefreshIsAFunctionOfTheRow(t *testing.T) {
	t.Parallel()
	i, c := issuer(t, verify.ES256)
	raw := refresh(t, i, device())
	c.move(time.Hour)
	again := device()
	again.RotatedIP, again.RotatedAgent = "192.0.2.1", "other"
	if refresh(t, i, again) != raw {
		t.Error("the same row gave another token")
	}
	other, _ := issuer(t, verify.ES256) // another process on the same secret
	if refresh(t, other, device()) != raw {
		t.Error("another process gave another token")
	}
	other.Root = root(t, 2)
	seen := map[string]string{raw: "the row", refresh(t, other, device()): "another secret"}
	for what, change := range map[string]func(*session.Session){
		"another generation": func(s *session.Session) { s.Generation++ },
		"another salt":       func(s *session.Session) { s.Salt = []byte("0123456789abcdef") },
		"another session":    func(s *session.Session) { s.ID = "018f0000-0000-7000-8000-000000000002" },
		"another beginning":  func(s *session.Session) { s.RotatedAt = s.RotatedAt.Add(time.Millisecond) },
		"another idle end":   func(s *session.Session) { s.IdleExpiresAt = s.IdleExpiresAt.Add(time.Second) },
		"an earlier end":     func(s *session.Session) { s.ExpiresAt = s.IdleExpiresAt.Add(-time.Second) },
	} {
		of := device()
		change(&of)
		got := refresh(t, i, of)
		if same, found := seen[got]; found {
			t.Errorf("%s gave the token of %s", what, same)
		}
		seen[got] = what
		p, err := i.ParseRefresh(got, verifier(t, i))
		must(t, err)
		must(t, i.Prove(p, of))
		if p.Session != of.ID || p.Generation != of.Generation || p.ExpiresAt.After(of.ExpiresAt) || p.ExpiresAt.After(of.IdleExpiresAt) {
			t.Errorf("%s: presented %+v", what, p)
		}
		if end := strings.Contains(what, "end"); end != (i.Prove(p, device()) == nil) {
			t.Errorf("%s: its token is proven for the row: %v", what, !end)
		}
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	raw := refresh(t, i, device())
	p, err := i.ParseRefresh(raw, verifier(t, i))
	must(t, err)
	later, earlier, elsewhere := device(), device(), device()
	later.Generation, later.RotatedAt = 9, begin.Add(time.Minute)
	earlier.Generation = 2
	elsewhere.ID = "other"
	must(t, i.Prove(p, device()))
	must(t, i.Prove(p, later)) // an earlier generation is still ours
	fails(t, "a generation that does not exist yet", i.Prove(p, earlier), token.ErrRefreshInvalid)
	fails(t, "another session's row", i.Prove(p, elsewhere), token.ErrRefreshInvalid)
	fails(t, "nothing", i.Prove(token.Presented{}, device()), token.ErrRefreshInvalid)
}

// Attack T9: neither the stolen database nor the leaked secret makes a token.
func TestRefreshNeedsSecretAndSalt(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	good := refresh(t, i, device())
	unsalted := device()
	unsalted.Salt = nil
	zeroed := device()
	zeroed.Salt = make([]byte, session.SaltBytes)
	rootless, _ := issuer(t, verify.ES256)
	rootless.Root = root(t, 0)
	for what, raw := range map[string]string{
		"the secret and no salt":    refresh(t, i, unsalted),
		"the secret and zeros":      refresh(t, i, zeroed),
		"the salt and another root": refresh(t, rootless, device()),
		"the salt as the key":       resign(good, device().Salt),
		"the label's key":           resign(good, i.Root.Derive(secret.LabelRefresh, nil)),
		"the key without a context": resign(good, i.Root.Derive(secret.LabelRefresh, device().Salt)),
		"no key":                    resign(good, nil),
	} {
		p, err := i.ParseRefresh(raw, verifier(t, i))
		if err == nil {
			err = i.Prove(p, device())
		}
		fails(t, what, err, token.ErrRefreshInvalid)
	}
}

// resign signs a token as a plain HS256 JWT.
func resign(raw string, key []byte) string {
	input := raw[:strings.LastIndexByte(raw, '.')]
	h := hmac.New(sha256.New, key)
	h.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Cases D01-D03: one kind of token is not taken for the other.
func TestKindsAreNotConfused(t *testing.T) {
	t.Parallel()
	ours, oursClock := issuer(t, verify.ES256)
	shared, _ := issuer(t, verify.HS256)
	original, _ := preset(t, verify.HS256)
	for name, i := range map[string]*token.Issuer{"default": ours, "shared": shared, "preset": original} {
		text, _, err := i.Access(subject(), device())
		must(t, err)
		v := verifier(t, i)
		if i.Original != nil {
			v = verifier(t, i, refreshes)
		}
		_, err = i.ParseRefresh(text.Reveal(), v)
		fails(t, name+": an access token as refresh token", err, token.ErrRefreshType)
		if _, err := verifier(t, i).Verify(refresh(t, i, device())); err == nil {
			t.Errorf("%s: a refresh token is taken for an access token", name)
		}
	}
	text, _, err := ours.Access(subject(), device())
	must(t, err)
	oursClock.move(time.Hour)
	_, err = ours.ParseRefresh(text.Reveal(), verifier(t, ours))
	fails(t, "an access token that has expired", err, token.ErrRefreshType)
	revoked := verify.NewRevocations()
	oursClock.move(-time.Hour)
	must(t, revoked.Apply(begin, verify.Cutoff{Kind: verify.CutoffSession, ID: string(device().ID)}))
	_, err = ours.ParseRefresh(text.Reveal(), verifier(t, ours, func(c *verify.Config) { c.Revocations = revoked }))
	fails(t, "an access token that is revoked", err, token.ErrRefreshType)
	_, err = ours.ParseRefresh(text.Reveal()+"A", verifier(t, ours))
	fails(t, "something like an access token", err, token.ErrRefreshInvalid)
}

func TestPresetRefresh(t *testing.T) {
	t.Parallel()
	i, c := preset(t, verify.HS256)
	raw := refresh(t, i, device())
	revoked := verify.NewRevocations()
	v := verifier(t, i, refreshes, func(c *verify.Config) { c.Revocations = revoked })
	p, err := i.ParseRefresh(raw, v)
	must(t, err)
	must(t, i.Prove(p, device()))
	if p.Claims == nil || p.Foreign() || p.Claims.UserID != "7" || p.Session != device().ID || p.Generation != 3 || p.ExpiresAt.Unix() != 1_801_209_600 {
		t.Errorf("presented %+v", p)
	}
	moved := device()
	moved.RotatedAt = moved.RotatedAt.Add(time.Millisecond)
	fails(t, "another beginning of the generation", i.Prove(p, moved), token.ErrRefreshInvalid)
	_, err = i.ParseRefresh(resign(raw, []byte("another secret that is long enough")), v)
	fails(t, "another key", err, token.ErrRefreshInvalid)
	for what, payload := range map[string]string{
		"jti of the original's": `"sid":"s","jti":"zz"`,
		"jti not hexadecimal":   `"sid":"s","jti":"0000000gaaaaaaaaaaaaaaaaaaaaaaaa"`,
		"sid with a slash":      `"sid":"s/1","jti":"00000003aaaaaaaaaaaaaaaaaaaaaaaa"`,
	} {
		body := fmt.Sprintf(`{"token_type":"refresh","exp":1801209600,"iat":1800000000,"user_id":"7","rv":5,%s}`, payload)
		signed := resign(raw[:strings.IndexByte(raw, '.')+1]+base64.RawURLEncoding.EncodeToString([]byte(body))+".x", []byte(i.Keys.Shared.Reveal()))
		_, err := i.ParseRefresh(signed, v)
		fails(t, what, err, token.ErrRefreshInvalid)
	}
	must(t, revoked.Apply(begin, verify.Cutoff{Kind: verify.CutoffSession, ID: string(device().ID)}))
	if p, err = i.ParseRefresh(raw, v); err != nil || !p.Revoked || p.Session != device().ID {
		t.Errorf("a session that has ended: %+v, %v", p, err)
	}
	c.move(15 * 24 * time.Hour)
	_, err = i.ParseRefresh(raw, v)
	fails(t, "expired", err, token.ErrRefreshExpired)
}
