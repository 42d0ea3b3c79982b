package verify

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// remembered counts the verdicts in the memory of v.
func rememberedBy(v *Verifier) int {
	n := 0
	for i := range v.cache.buckets {
		for j := range v.cache.buckets[i] {
			if v.cache.buckets[i][j].Load() != nil {
				n++
			}
		}
	}
	return n
}

func TestCache(t *testing.T) {
	t.Parallel()
	eachAlgorithm(t, func(t *testing.T, s signer) {
		at := testNow
		keys := keySet(t, s.key())
		cfg := configFor(t)
		cfg.Keys, cfg.Now, cfg.Revocations = func() *KeySet { return keys }, func() time.Time { return at }, NewRevocations()
		v := newVerifier(t, cfg)
		token := s.token(claims("nbf", "1800000000"))
		first := wantAccepted(t, v, token)
		if again := wantAccepted(t, v, token); again != first {
			t.Error("the token was read twice")
		}
		if n := rememberedBy(v); n != 1 {
			t.Errorf("%d verdicts remembered, want 1", n)
		}

		at = time.Unix(1_800_000_300, 0)
		wantRefused(t, v, token, ErrExpired)
		at = time.Unix(1_799_999_999, 0)
		wantRefused(t, v, token, ErrNotYetValid)
		at = testNow
		wantAccepted(t, v, token)

		// The same key in a new set is the same key; a withdrawn one and another
		// one of the same name are not.
		withKey := keys
		keys = keySet(t, s.key())
		if again := wantAccepted(t, v, token); again != first {
			t.Error("a new set with the same key made the verifier forget")
		}
		keys = keySet(t)
		wantRefused(t, v, token, ErrUnknownKey)
		impostor := Key{ID: s.id, Algorithm: HS256, Public: SharedSecret("an impostor of thirty-two bytes.")}
		keys = keySet(t, impostor)
		wantRefused(t, v, token, ErrSignature)
		keys = withKey
		wantAccepted(t, v, token)

		apply(t, cfg.Revocations, Cutoff{Kind: CutoffSession, ID: testSession})
		wantRefused(t, v, token, ErrRevoked)
		if n := rememberedBy(v); n != 1 {
			t.Errorf("%d verdicts remembered, want 1", n)
		}
	})
}

func TestCacheRemembersOnlyGoodTokens(t *testing.T) {
	t.Parallel()
	v := verifierFor(t, es())
	for i := range 100 {
		wantRefused(t, v, es().token(claims("aud", fmt.Sprintf(`"%d"`, i))), ErrAudience)
		wantRefused(t, v, fmt.Sprintf("a.b.%d", i), ErrMalformed)
	}
	if n := rememberedBy(v); n != 0 {
		t.Errorf("%d refusals are remembered", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	s := signers()[4]
	cfg := configFor(t, s)
	cfg.CacheSize = 20
	v := newVerifier(t, cfg)
	for i := range 500 {
		wantAccepted(t, v, s.token(claims("jti", fmt.Sprintf(`"%d"`, i))))
		if n := rememberedBy(v); n > 24 {
			t.Fatalf("%d verdicts remembered, want at most 24", n)
		}
	}
	if n := rememberedBy(v); n != 24 {
		t.Errorf("%d verdicts remembered, want all 24 places taken", n)
	}
	cfg.CacheSize = -1
	if v := newVerifier(t, cfg); v.cache != nil {
		t.Error("a negative size does not turn remembering off")
	} else {
		wantAccepted(t, v, s.token(claims()))
	}
}

// What expires first makes room.
func TestCacheEviction(t *testing.T) {
	t.Parallel()
	c := newCache(bucketSize)
	entry := func(n byte, exp int64) *verdict {
		return &verdict{sum: [32]byte{31: n}, claims: &Claims{ExpiresAt: time.Unix(exp, 0)}}
	}
	for n, exp := range []int64{50, 40, 10, 70, 60, 20, 30, 80} {
		c.put(entry(byte(n+1), exp))
	}
	c.put(entry(2, 45)) // again: takes no second place
	c.put(entry(9, 90)) // in place of 10
	c.put(entry(10, 5)) // in place of 20
	c.put(entry(11, 95))
	for n, want := range map[byte]bool{1: true, 2: true, 3: false, 4: true, 5: true, 6: false, 7: true, 8: true, 9: true, 10: false, 11: true} {
		if got := c.get(&[32]byte{31: n}) != nil; got != want {
			t.Errorf("verdict %d remembered: %v, want %v", n, got, want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := signers()[4]
	var at atomic.Int64
	var keys atomic.Pointer[KeySet]
	keys.Store(keySet(t, s.key()))
	cfg := configFor(t)
	cfg.Keys, cfg.Now = keys.Load, func() time.Time { return time.Unix(at.Load(), 0) }
	cfg.Revocations, cfg.CacheSize = NewRevocations(), 16
	at.Store(testNow.Unix())
	v := newVerifier(t, cfg)
	var tokens [64]string
	for i := range tokens {
		tokens[i] = s.token(claims("jti", fmt.Sprintf(`"%d"`, i), "sid", fmt.Sprintf(`"s%d"`, i), "exp", fmt.Sprint(testNow.Unix()+int64(i)+10)))
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 400 {
				n := (i*7 + worker) % len(tokens)
				c, err := v.Verify(tokens[n])
				if err == nil && c.ID != fmt.Sprint(n) {
					t.Errorf("token %d has the claims of %s", n, c.ID)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 200 {
			apply(t, cfg.Revocations, Cutoff{Kind: CutoffSession, ID: fmt.Sprintf("s%d", i%8), Until: testNow})
			cfg.Revocations.Drop(testNow.Add(time.Duration(i-100) * time.Second))
			keys.Store(keySet(t, s.key()))
			at.Add(int64(i % 2))
		}
	})
	wg.Wait()
}

// A remembered token costs no memory, cut-offs and their look-up included.
func TestRememberedTokenDoesNotAllocate(t *testing.T) {
	revocations := NewRevocations()
	apply(t, revocations,
		Cutoff{Kind: CutoffSession, ID: "other"}, Cutoff{Kind: CutoffUser, ID: testUser, Min: 7, At: testNow.Add(-time.Hour)},
		Cutoff{Kind: CutoffUser, ID: "42", Min: 7, At: testNow.Add(-time.Hour)},
		Cutoff{Kind: CutoffRole, ID: "editor", Min: 3}, Cutoff{Kind: CutoffSigningKey, ID: "other"})
	for _, s := range signers() {
		cfg := configFor(t, s)
		cfg.Revocations, cfg.Claims.UserID = revocations, "uid"
		v := newVerifier(t, cfg)
		for _, token := range []string{s.token(claims()), s.token(claims("rv", "", "uid", "42"))} {
			c := wantAccepted(t, v, token)
			if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(token) }); n != 0 {
				t.Errorf("%s: %v allocations", s.algorithm, n)
			}
			if n := testing.AllocsPerRun(100, func() { _ = v.CheckSubject(c, "42") }); n != 0 {
				t.Errorf("%s: %v allocations of CheckSubject", s.algorithm, n)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, s := range signers() {
		cfg := configFor(b, s)
		token := s.token(claims())
		for name, size := range map[string]int{"remembered": 1000, "afresh": -1} {
			cfg.CacheSize = size
			v := newVerifier(b, cfg)
			b.Run(string(s.algorithm)+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := v.Verify(token); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
