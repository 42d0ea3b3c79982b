package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// boundSubject holds a role for each of two audiences, which gives as much as fits the
// budget of the issuer alone, and one for both.
func boundSubject() token.Subject {
	of, sum := subject(), access.Sum{}
	sum.Role("person", time.Time{}, "")
	sum.Role("clerk", begin.Add(time.Minute), "shop")
	sum.Role("reader", time.Time{}, "books")
	sum.Permission(access.Permission("shop."+strings.Repeat("s", 80)), begin.Add(time.Minute), "shop")
	sum.Permission(access.Permission("books."+strings.Repeat("b", 80)), time.Time{}, "books")
	of.Rights = access.Rights{}
	sum.Into(&of.Rights)
	return of
}

// A token for one audience carries what is bound to it and to none; only that is held
// against the budget, and only that can end.
func TestAccess_audience(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	i.Audience = []string{"shop", "books"}
	whole := begin.Truncate(time.Second)
	for _, c := range []struct {
		audience  string
		has       []string
		lacks     string
		expires   time.Time
		audiences []string // whose verifiers believe it
	}{
		{"", []string{`"aud":["shop","books"]`, `"roles":["clerk","person","reader"]`}, `"permissions"`, whole.Add(time.Minute), []string{"shop", "books"}},
		{"shop", []string{`"aud":"shop"`, `"roles":["clerk","person"]`, `"permissions":["shop.s`}, "books", whole.Add(time.Minute), []string{"shop"}},
		{"books", []string{`"aud":"books"`, `"roles":["person","reader"]`, `"permissions":["books.b`}, "shop", whole.Add(i.Lifetime), []string{"books"}},
	} {
		of := boundSubject()
		of.Audience = c.audience
		raw, expires, err := i.Access(of, device())
		must(t, err)
		claims := segment(t, raw.Reveal(), 1)
		for _, has := range c.has {
			if !strings.Contains(claims, has) {
				t.Errorf("for %q: %s, want %s", c.audience, claims, has)
			}
		}
		if strings.Contains(claims, c.lacks) || !expires.Equal(c.expires) {
			t.Errorf("for %q: %s until %v, want it without %s until %v", c.audience, claims, expires, c.lacks, c.expires)
		}
		for _, audience := range i.Audience {
			_, err := verifier(t, i, func(v *verify.Config) { v.Audience = []string{audience} }).Verify(raw.Reveal())
			if believed := strings.Contains(strings.Join(c.audiences, " "), audience); believed != (err == nil) {
				t.Errorf("for %q: %s says %v", c.audience, audience, err)
			}
		}
		p, err := i.Preview(of, time.Hour)
		must(t, err)
		if out := c.audience == ""; p.Size.PermissionsLeftOut != out || p.Size.PermissionsBytes > i.PermissionsBudget != out || p.Size.Bytes != len(raw.Reveal()) {
			t.Errorf("for %q: the preview of %d bytes says %+v", c.audience, len(raw.Reveal()), p.Size)
		}
	}
}

// Where an installation does not issue for the audience that a role is bound to any
// more, the role is in no token.
func TestAccess_audience_that_is_gone(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	raw, _, err := i.Access(boundSubject(), device())
	must(t, err)
	if claims := segment(t, raw.Reveal(), 1); !strings.Contains(claims, `"roles":["person"],"permissions":[]`) {
		t.Error(claims)
	}
}
