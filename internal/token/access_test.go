package token_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// jti is the only part of an access token that is not decided by what it is for.
var jti = regexp.MustCompile(`"jti":"[0-9a-f]{32}"`)

func TestAccessBytes(t *testing.T) {
	t.Parallel()
	const sid = `"sid":"018f0000-0000-7000-8000-000000000001"`
	const times = `"exp":1800000300,"iat":1800000000,"jti":"-","user_id":"7"`
	ours, _ := issuer(t, verify.ES256)
	typed, _ := issuer(t, verify.EdDSA)
	typed.Type, typed.Audience = "at+jwt", []string{"a", "b"}
	original, _ := preset(t, verify.HS256)
	asymmetric, _ := preset(t, verify.RS256)
	nobody := subject()
	nobody.Rights = access.Rights{}
	for _, c := range []struct {
		name            string
		i               *token.Issuer
		of              token.Subject
		header, payload string
	}{
		{
			"default", ours, subject("blog.edit", "blog.view"),
			`{"alg":"ES256","kid":"` + ours.Keys.Signer().ID + `","typ":"JWT"}`,
			`{"token_type":"access",` + times + `,"sub":"7","iss":"https://id.example.org","aud":"https://id.example.org",` + sid +
				`,"rv":5,"av":2,"roles":["Editors"],"permissions":["blog.edit","blog.view"],"username":"ann","is_staff":true,"is_superuser":false}`,
		},
		{
			"nothing_held", ours, nobody,
			`{"alg":"ES256","kid":"` + ours.Keys.Signer().ID + `","typ":"JWT"}`,
			`{"token_type":"access",` + times + `,"sub":"7","iss":"https://id.example.org","aud":"https://id.example.org",` + sid +
				`,"rv":5,"av":2,"roles":[],"permissions":[],"username":"ann","is_staff":false,"is_superuser":false}`,
		},
		{
			"other_type_two_audiences", typed, nobody,
			`{"alg":"EdDSA","kid":"` + typed.Keys.Signer().ID + `","typ":"at+jwt"}`,
			`{"token_type":"access",` + times + `,"sub":"7","iss":"https://id.example.org","aud":["a","b"],` + sid +
				`,"rv":5,"av":2,"roles":[],"permissions":[],"username":"ann","is_staff":false,"is_superuser":false}`,
		},
		{
			"preset", original, subject("blog.edit"), `{"alg":"HS256","typ":"JWT"}`,
			`{"token_type":"access",` + times + `,` + sid + `,"rv":5}`,
		},
		{
			"preset_with_keys_that_rotate", asymmetric, subject("blog.edit"),
			`{"alg":"RS256","kid":"` + asymmetric.Keys.Signer().ID + `","typ":"JWT"}`,
			`{"token_type":"access",` + times + `,` + sid + `,"rv":5}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, expires, err := c.i.Access(c.of, device())
			must(t, err)
			raw := text.Reveal()
			if got := segment(t, raw, 0); got != c.header {
				t.Errorf("header = %s, want %s", got, c.header)
			}
			if got := jti.ReplaceAllString(segment(t, raw, 1), `"jti":"-"`); got != c.payload {
				t.Errorf("payload = %s\nwant %s", got, c.payload)
			}
			if expires.Unix() != 1_800_000_300 {
				t.Errorf("expires %s", expires)
			}
			if _, err := verifier(t, c.i).Verify(raw); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a verifier reads is what was put in.
func TestAccessClaims(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	of := subject("blog.edit")
	of.Username, of.Rights.Roles, of.Rights.Superuser = `a"b\<é😀>`, []string{"A & B", "Zoë"}, true
	raw, _, err := i.Access(of, device())
	must(t, err)
	c := get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
	if c.UserID != "7" || c.Subject != "7" || c.SessionID != string(device().ID) || !c.HasRightsVersion || c.RightsVersion != 5 ||
		!c.HasAccessVersion || c.AccessVersion != 2 || c.Username != of.Username || !c.Staff || !c.Superuser || !c.PermissionsListed {
		t.Errorf("claims = %+v", c)
	}
	if diff := cmp.Diff(of.Rights.Roles, c.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	other, _, err := i.Access(of, device())
	must(t, err)
	if segment(t, raw.Reveal(), 1) == segment(t, other.Reveal(), 1) {
		t.Error("two tokens have one jti")
	}
}

// The budget is that of the claim as it stands in the token.
func TestPermissionsBudget(t *testing.T) {
	t.Parallel()
	for name, p := range map[string][]access.Permission{
		"none": nil, "one": {"blog.edit"}, "two": {"blog.edit", "blog.view"}, "many": {"a.a", "a.b", "a.c", "a.d", "a.e"},
	} {
		i, _ := issuer(t, verify.ES256)
		claim := get[[]byte](t)(json.Marshal(append([]access.Permission{}, p...)))
		for budget, listed := range map[int]bool{len(claim): true, len(claim) - 1: false, 0: false, 8192: true} {
			i.PermissionsBudget = budget
			raw, _, err := i.Access(subject(p...), device())
			must(t, err)
			c := get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
			if c.PermissionsListed != listed || listed && len(c.Permissions) != len(p) {
				t.Errorf("%s with a budget of %d: listed %v (%v), want %v", name, budget, c.PermissionsListed, c.Permissions, listed)
			}
			if has := bytes.Contains([]byte(segment(t, raw.Reveal(), 1)), []byte(`"permissions"`)); has != listed {
				t.Errorf("%s with a budget of %d: the claim is there: %v", name, budget, has)
			}
		}
	}
}

// Case C29: no token is longer than a verifier reads. Permissions make room first,
// then the roles do; who holds very much can still sign in.
func TestLongTokens(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	i.PermissionsBudget = token.MaxBytes
	of := subject()
	for range 30 {
		of.Rights.Roles = append(of.Rights.Roles, strings.Repeat("r", 150))
		of.Rights.Permissions = append(of.Rights.Permissions, access.Permission("app."+strings.Repeat("p", 100)))
	}
	raw, _, err := i.Access(of, device())
	must(t, err)
	c := get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
	if c.PermissionsListed || len(c.Roles) != 31 {
		t.Errorf("permissions listed %v, %d roles", c.PermissionsListed, len(c.Roles))
	}
	for range 30 {
		of.Rights.Roles = append(of.Rights.Roles, strings.Repeat("r", 150))
	}
	raw, _, err = i.Access(of, device())
	must(t, err)
	c = get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
	if c.RolesListed || c.PermissionsListed || len(c.Roles) != 0 || c.UserID != "7" {
		t.Errorf("roles listed %v, permissions listed %v", c.RolesListed, c.PermissionsListed)
	}
	of.Username = strings.Repeat("u", token.MaxBytes)
	raw, _, err = i.Access(of, device())
	if err == nil || raw.Len() != 0 || strings.Contains(err.Error(), "rrr") || strings.Contains(err.Error(), "uuu") {
		t.Errorf("a token of %d bytes, error %v", raw.Len(), err)
	}
}

// A token never outlives its session, and never what its verifier allows.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		now, lifetime time.Duration // now after begin
		session       time.Duration // its expiry after begin
		exp           int64
	}{
		{"lifetime", 0, 5 * time.Minute, time.Hour, 1_800_000_300},
		{"session_is_shorter", 0, 5 * time.Minute, time.Minute, 1_800_000_060},
		{"session_ends_within_the_second", 0, 5 * time.Minute, 1749 * time.Millisecond, 1_800_000_001},
		{"parts_of_a_second", 700 * time.Millisecond, 90*time.Second + 500*time.Millisecond, time.Hour, 1_800_000_090},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i, clock := issuer(t, verify.ES256)
			clock.move(c.now)
			i.Lifetime = c.lifetime
			in := device()
			in.ExpiresAt = begin.Add(c.session)
			raw, expires, err := i.Access(subject(), in)
			must(t, err)
			if expires.Unix() != c.exp || expires.After(in.ExpiresAt) || expires.Nanosecond() != 0 {
				t.Errorf("expires %s, want %d", expires, c.exp)
			}
			claims, err := verifier(t, i).Verify(raw.Reveal())
			if err != nil || !claims.ExpiresAt.Equal(expires) {
				t.Errorf("Verify = %+v, %v", claims, err)
			}
		})
	}
	i, _ := issuer(t, verify.ES256)
	raw, _, err := i.Access(subject(), session.Session{ID: "s", UserID: "7", ExpiresAt: begin.Add(-time.Second)})
	must(t, err)
	_, err = verifier(t, i).Verify(raw.Reveal())
	fails(t, "a token of a session that is over", err, verify.ErrExpired)
}

// The header follows the key that signs.
func TestHeaderAfterRotation(t *testing.T) {
	t.Parallel()
	for _, alg := range []verify.Algorithm{verify.ES256, verify.RS256} {
		i, c := issuer(t, alg)
		if alg == verify.RS256 { // its tokens name their key when it can be rotated
			i.Original, i.Name, i.Audience = original(), "", nil
		}
		v := verifier(t, i)
		sign := func() string {
			raw, _, err := i.Access(subject(), device())
			must(t, err)
			return raw.Reveal()
		}
		old := sign()
		_, err := i.Keys.Rotate(t.Context(), access.Command("test"))
		must(t, err)
		for range 2 {
			now := sign()
			if !strings.Contains(segment(t, now, 0), i.Keys.Signer().ID) {
				t.Errorf("header %s does not name the key %s", segment(t, now, 0), i.Keys.Signer().ID)
			}
			for _, raw := range []string{old, now} {
				if _, err := v.Verify(raw); err != nil {
					t.Error(err)
				}
			}
			c.move(2 * time.Minute)
		}
	}
}
