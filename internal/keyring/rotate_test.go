package keyring_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

// Case A45: a new key is published for twice the max-age before it signs,
// and an old one until the last token that it signed is over.
func TestRotate(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	first := k.Signer().ID
	made, err := k.Rotate(t.Context(), operator)
	must(t, err)
	if made.State != keyring.Pending || !made.CreatedAt.Equal(begin) || !made.ActivatesAt.Equal(begin.Add(2*maxAge)) {
		t.Errorf("Rotate = %+v", made)
	}
	second := made.ID
	old := sign(t, k, c.now())
	steps := []struct {
		after  time.Duration // of begin
		states string
		signer string
		ids    []string
	}{
		{0, "active pending ", first, []string{first, second}},
		{2*maxAge - 1, "active pending ", first, []string{first, second}},
		{2 * maxAge, "retiring active ", second, []string{first, second}},
		{2*maxAge + overlap - 1, "retiring active ", second, []string{first, second}},
		{2*maxAge + overlap, "retired active ", second, []string{second}},
	}
	slept := over(t, db, c) // a process that never loads again
	must(t, slept.Load(t.Context()))
	v := verifier(t, slept, c)
	for _, s := range steps {
		c.set(begin.Add(s.after))
		for _, each := range []*keyring.Keyring{k, slept} {
			if got := states(t, each); got != s.states {
				t.Errorf("after %s: states = %s, want %s", s.after, got, s.states)
			}
			if got := each.Signer().ID; got != s.signer {
				t.Errorf("after %s: %s signs, want %s", s.after, got, s.signer)
			}
			if got := published(t, each); !slices.Equal(got, s.ids) {
				t.Errorf("after %s: published %v, want %v", s.after, got, s.ids)
			}
		}
		_, err := v.Verify(old)
		if known := slices.Contains(s.ids, first); known != (err == nil) {
			t.Errorf("after %s: the old token: %v", s.after, err)
		}
	}
	thumbprints(t, k)
	nothingPrivate(t, k.JWKS())

	third := rotate(t, k) // and the retired one is forgotten
	records, err := db.SigningKeys(t.Context())
	must(t, err)
	var ids []string
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{second, third}) {
		t.Errorf("kept %v, want %v", ids, []string{second, third})
	}
}

func TestRotateTwice(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	rotate(t, k)
	_, err := k.Rotate(t.Context(), operator)
	fails(t, "Rotate while a key waits", err, keyring.ErrRotationPending)
	slept := over(t, db, c)
	_, err = slept.Rotate(t.Context(), operator) // it looks before it makes
	fails(t, "Rotate in another process", err, keyring.ErrRotationPending)
	c.move(2 * maxAge)
	rotate(t, slept)
}

// Of any number of processes that find the database empty at once, one makes the
// key.
func TestFirstKeyRace(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{at: begin}
		rings := make([]*keyring.Keyring, 4)
		for i := range rings {
			rings[i] = over(t, storetest.Open(t, url), c)
		}
		for i, err := range atOnce(rings, func(k *keyring.Keyring) error { return k.Load(t.Context()) }) {
			if err != nil {
				t.Errorf("Load in process %d: %v", i, err)
			}
		}
		for _, k := range rings {
			if keys := list(t, k); len(keys) != 1 || keys[0].ID != rings[0].Signer().ID {
				t.Errorf("keys = %+v, want one, and the same in all", keys)
			}
		}
	})
}

// Of any number of processes that rotate at once, one does.
func TestRotateRace(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{at: begin}
		rings := make([]*keyring.Keyring, 4)
		for i := range rings {
			rings[i] = over(t, storetest.Open(t, url), c)
			must(t, rings[i].Load(t.Context()))
		}
		for round := range 5 {
			won := 0
			for i, err := range atOnce(rings, func(k *keyring.Keyring) error {
				_, err := k.Rotate(t.Context(), operator)
				return err
			}) {
				switch {
				case err == nil:
					won++
				case !errors.Is(err, keyring.ErrBusy) && !errors.Is(err, keyring.ErrRotationPending):
					t.Errorf("Rotate in process %d: %v", i, err)
				}
			}
			must(t, rings[0].Load(t.Context()))
			pending := 0
			for _, key := range list(t, rings[0]) {
				if key.State == keyring.Pending {
					pending++
				}
			}
			if won != 1 || pending != 1 {
				t.Fatalf("round %d: %d won, and %d keys wait", round, won, pending)
			}
			c.move(2*maxAge + overlap)
		}
	})
}

// atOnce runs f for all keyrings at the same moment.
func atOnce(rings []*keyring.Keyring, f func(*keyring.Keyring) error) []error {
	errs := make([]error, len(rings))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, k := range rings {
		wg.Go(func() {
			<-start
			errs[i] = f(k)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// between is a store in which another process rotates between the moment when
// this one has read the keys and its claim.
type between struct {
	keyring.Store
	other func()
}

func (b *between) SigningKeys(ctx context.Context) ([]keyring.Record, error) {
	records, err := b.Store.SigningKeys(ctx)
	if other := b.other; other != nil {
		b.other = nil
		other()
	}
	return records, err
}

func TestRotateAgainstAnotherProcess(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	late := over(t, db, c)
	must(t, late.Load(t.Context()))
	b := &between{Store: db}
	late.Store = b
	b.other = func() { // the first look of Load; Rotate's own is the second
		b.other = func() { rotate(t, k) }
	}
	_, err := late.Rotate(t.Context(), operator)
	fails(t, "Rotate", err, keyring.ErrBusy)
	must(t, k.Load(t.Context()))
	if got := states(t, k); got != "active pending " {
		t.Errorf("states = %s, want one that waits", got)
	}
}

// Another algorithm is published before it signs, and what is retired does not
// come back.
func TestAlgorithmChange(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	first, token := k.Signer().ID, sign(t, k, c.now())
	changed := over(t, db, c)
	changed.Algorithm = verify.EdDSA
	must(t, changed.Load(t.Context()))
	if got := states(t, changed); got != "active pending " || changed.Signer().ID != first || changed.Signer().Algorithm != verify.ES256 {
		t.Errorf("after the change: states %s, %s signs", got, changed.Signer().ID)
	}
	c.move(2 * maxAge)
	if changed.Signer().Algorithm != verify.EdDSA {
		t.Errorf("%s signs, want EdDSA", changed.Signer().Algorithm)
	}
	for _, raw := range []string{token, sign(t, changed, c.now())} {
		if _, err := verifier(t, changed, c).Verify(raw); err != nil {
			t.Error(err)
		}
	}
	c.move(overlap)
	back := over(t, db, c)
	must(t, back.Load(t.Context()))
	c.move(2 * maxAge)
	if s := back.Signer(); s.Algorithm != verify.ES256 || s.ID == first {
		t.Errorf("%s with %s signs, want a new ES256 key", s.ID, s.Algorithm)
	}
}

// Two processes that are configured differently, in the middle of a deployment,
// hear of each other's keys and do not answer each with another.
func TestAlgorithmsDoNotFight(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	other := over(t, db, c)
	other.Algorithm = verify.EdDSA
	must(t, other.Load(t.Context()))
	for range 5 {
		must(t, k.Load(t.Context()))
		must(t, other.Load(t.Context()))
	}
	if keys := list(t, k); len(keys) != 2 {
		t.Errorf("%d keys, want 2", len(keys))
	}
}

// A process that did not hear of a rotation signs on with its key, and reads the
// new one when it looks again, with all that changed meanwhile.
func TestSleptThroughARotation(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	slept := over(t, db, c)
	must(t, slept.Load(t.Context()))
	second := rotate(t, k)
	c.move(2 * maxAge)
	late := sign(t, slept, c.now())
	if _, err := verifier(t, k, c).Verify(late); err != nil {
		t.Errorf("what the process signed that slept: %v", err)
	}
	must(t, slept.Load(t.Context()))
	if slept.Signer().ID != second {
		t.Errorf("%s signs after it looked, want %s", slept.Signer().ID, second)
	}
}

// At whatever time anybody looks, one key signs, everybody knows it, and every
// token verifies for as long as keys of its time are published.
func TestOneActiveKeyAtAnyTime(t *testing.T) {
	t.Parallel()
	k, db, c := fresh(t)
	random := rand.New(rand.NewPCG(1, 2))
	type issued struct {
		raw string
		at  time.Time
	}
	var tokens []issued
	for range 300 {
		c.move(time.Duration(random.Int64N(int64(maxAge))))
		if random.IntN(4) == 0 {
			if _, err := k.Rotate(t.Context(), operator); err != nil && !errors.Is(err, keyring.ErrRotationPending) {
				t.Fatal(err)
			}
		}
		active := 0
		for _, key := range list(t, k) {
			if key.State == keyring.Active {
				active++
				if key.ID != k.Signer().ID {
					t.Errorf("%s is active, and %s signs", key.ID, k.Signer().ID)
				}
			}
		}
		ids := published(t, k)
		if active != 1 || !slices.Contains(ids, k.Signer().ID) {
			t.Fatalf("%d active keys; published %v", active, ids)
		}
		tokens = append(tokens, issued{sign(t, k, c.now()), c.now()})
		v := verifier(t, k, c)
		for _, old := range tokens {
			if _, err := v.Verify(old.raw); err != nil && c.now().Sub(old.at) < overlap {
				t.Fatalf("a token of %s ago: %v", c.now().Sub(old.at), err)
			}
		}
		tokens = slices.DeleteFunc(tokens, func(i issued) bool { return c.now().Sub(i.at) > overlap })
	}
	again := over(t, db, c)
	must(t, again.Load(t.Context()))
	if again.Signer().ID != k.Signer().ID {
		t.Error("a process that starts now signs with another key")
	}
}

// Signing goes on while the keys are read and while they change.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	k, _, c := fresh(t)
	rotate(t, k)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				c.move(maxAge / 10)
				set := k.KeySet() // first: the key that signs later is published already
				if _, known := set.Key(k.Signer().ID); !known {
					t.Error("the signing key is not in the set")
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				if err := k.Load(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
