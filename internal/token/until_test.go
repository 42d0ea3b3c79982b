package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/verify"
)

// A token never outlives what it carries. What ends within the second in which it is
// made, or the next one's first moment, is not in it: it would be born expired.
func TestAccess_until(t *testing.T) {
	t.Parallel()
	const write access.Permission = "shop.write"
	for _, c := range []struct {
		name  string
		now   time.Duration   // after the whole second of begin, as all that follows
		ends  []time.Duration // of Editors and of write; 0 for never
		exp   int64           // in seconds
		holds string          // part of the claims
	}{
		{"later_than_the_lifetime", 0, []time.Duration{time.Hour, 0}, 300, `"roles":["Editors"],"permissions":["shop.read","shop.write"]`},
		{"earlier", 0, []time.Duration{time.Minute, 0}, 60, `"roles":["Editors"]`},
		{"the_earliest", 0, []time.Duration{2 * time.Minute, time.Minute}, 60, `"roles":["Editors"],"permissions":["shop.read","shop.write"]`},
		{"rounded_towards_refusal", 0, []time.Duration{1999 * time.Millisecond, 0}, 1, `"roles":["Editors"]`},
		{"a_second_and_a_bit_before", 900 * time.Millisecond, []time.Duration{2 * time.Second, 0}, 2, `"roles":["Editors"]`},
		{"one_second_before", time.Second, []time.Duration{2 * time.Second, 0}, 301, `"roles":[],`},
		{"a_millisecond_before", 1999 * time.Millisecond, []time.Duration{2 * time.Second, time.Minute}, 60, `"roles":[],"permissions":["shop.read","shop.write"]`},
		{"after_the_end", 3 * time.Second, []time.Duration{2 * time.Second, 2 * time.Second}, 303, `"roles":[],"permissions":["shop.read"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i, clock := issuer(t, verify.ES256)
			whole := begin.Truncate(time.Second)
			clock.move(whole.Add(c.now).Sub(begin))
			of, sum := subject(), access.Sum{}
			end := func(n int) time.Time {
				if c.ends[n] == 0 {
					return time.Time{}
				}
				return whole.Add(c.ends[n])
			}
			sum.Role("Editors", end(0), "")
			sum.Permission(write, end(1), "")
			sum.Permission("shop.read", time.Time{}, "")
			of.Rights = access.Rights{}
			sum.Into(&of.Rights)
			raw, expires, err := i.Access(of, device())
			must(t, err)
			if got := expires.Sub(whole); got != time.Duration(c.exp)*time.Second {
				t.Errorf("expires %v after the beginning, want %d s", got, c.exp)
			}
			if got := segment(t, raw.Reveal(), 1); !strings.Contains(got, c.holds) {
				t.Errorf("payload = %s, want %s", got, c.holds)
			}
			if _, err := verifier(t, i).Verify(raw.Reveal()); err != nil {
				t.Errorf("it is not good when it is made: %v", err)
			}
			p, err := i.Preview(of, time.Hour)
			if err != nil || !p.ExpiresAt.Equal(expires) {
				t.Errorf("Preview = %+v, %v", p, err)
			}
		})
	}
}

// Under the preset a token carries nothing that ends.
func TestAccess_until_preset(t *testing.T) {
	t.Parallel()
	i, _ := preset(t, verify.HS256)
	of := subject()
	of.Rights.Until = begin.Add(time.Minute)
	_, expires, err := i.Access(of, device())
	must(t, err)
	if want := begin.Truncate(time.Second).Add(5 * time.Minute); !expires.Equal(want) {
		t.Errorf("expires %v, want %v", expires, want)
	}
}
