package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// liveVerifier returns a verifier with the bubble's clock, and what it needs to
// make tokens that are good now.
func liveVerifier(t *testing.T, r *RemoteKeys) (*Verifier, func(signer) string) {
	cfg := configFor(t)
	cfg.Keys, cfg.Now, cfg.CacheSize = r.Keys, time.Now, -1
	return newVerifier(t, cfg), func(s signer) string {
		now := time.Now().Unix()
		return s.token(claims("iat", fmt.Sprint(now), "exp", fmt.Sprint(now+300)))
	}
}

// A45: a key that is published for twice max-age before it signs is never missed.
func TestRunFollowsRotations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{}
		keys := []signer{esSigner("0"), esSigner("1"), esSigner("2"), esSigner("3")}
		p.publish(t, keys[:1], "Cache-Control", "public, max-age=60")
		r := inBubble(t, p)
		run(t, r)
		synctest.Wait()
		v, fresh := liveVerifier(t, r)
		for i := range keys[1:] {
			p.publish(t, keys[i:i+2], "Cache-Control", "public, max-age=60")
			for range 2 * 60 {
				wantAccepted(t, v, fresh(keys[i]))
				time.Sleep(time.Second)
			}
			for range 60 {
				wantAccepted(t, v, fresh(keys[i+1]))
				wantAccepted(t, v, fresh(keys[i]))
				time.Sleep(time.Second)
			}
			p.publish(t, keys[i+1:i+2], "Cache-Control", "public, max-age=60")
			time.Sleep(time.Minute)
			wantRefused(t, v, fresh(keys[i]), ErrUnknownKey) // A16: withdrawn
			wantAccepted(t, v, fresh(keys[i+1]))
		}
		for at := p.times(); len(at) > 1; at = at[1:] {
			if gap := at[1].Sub(at[0]); gap < 45*time.Second || gap >= time.Minute {
				t.Errorf("%v between two fetches with max-age=60", gap)
			}
		}
	})
}

func TestRunSurvivesTheServersAbsence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a, b, log := &publisher{}, esSigner("a"), esSigner("b"), &journal{}
		p.publish(t, []signer{a}, "Cache-Control", "max-age=10")
		p.gone(true)
		r := inBubble(t, p, func(c *RemoteConfig) { c.Log = log.log() })
		run(t, r)
		time.Sleep(500 * time.Millisecond)
		wantKeys(t, r)
		p.gone(false)
		time.Sleep(500 * time.Millisecond) // it tries again after a second
		wantKeys(t, r, a)

		p.gone(true)
		before := len(p.times())
		time.Sleep(time.Hour)
		wantKeys(t, r, a)
		tries := p.times()[before:]
		if len(tries) < 60 || len(tries) > 90 {
			t.Errorf("tried %d times in an hour", len(tries))
		}
		for i, low := range []time.Duration{750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000} {
			gap := tries[i+1].Sub(tries[i])
			if low *= time.Millisecond; gap < low || gap > low*4/3 {
				t.Errorf("try %d came %v after the one before", i+1, gap)
			}
		}
		p.publish(t, []signer{b}, "Cache-Control", "max-age=10")
		p.gone(false)
		time.Sleep(time.Minute)
		wantKeys(t, r, b)
		want := []string{
			"level=ERROR msg=\"the issuer's keys cannot be fetched and none are known: every token is refused\" err=",
			"level=INFO msg=\"the issuer's keys can be fetched again\"",
			"level=INFO msg=\"the issuer's keys changed\" kids=[a]",
			"level=WARN msg=\"the issuer's keys cannot be fetched; the last ones stay in use\" err=",
			"level=INFO msg=\"the issuer's keys can be fetched again\"",
			"level=INFO msg=\"the issuer's keys changed\" kids=[b]",
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != len(want) {
			t.Fatalf("the log:\n%s", log)
		}
		for i := range want {
			if !strings.HasPrefix(lines[i], want[i]) {
				t.Errorf("line %d is %s\nwant %s", i, lines[i], want[i])
			}
		}
	})
}

func TestKeysTooOldAreNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a, log := &publisher{}, esSigner("a"), &journal{}
		p.publish(t, []signer{a}, "ETag", `"1"`, "Cache-Control", "max-age=999999999")
		r := inBubble(t, p, func(c *RemoteConfig) { c.MaxStale, c.Log = time.Hour, log.log() })
		run(t, r)
		synctest.Wait()
		time.Sleep(24 * time.Hour)
		wantKeys(t, r, a)
		if n := len(p.times()); n < 48 {
			t.Errorf("%d fetches in a day; keys are believed for an hour", n)
		}
		last := p.times()[len(p.times())-1]
		p.gone(true)
		time.Sleep(time.Until(last.Add(time.Hour - time.Nanosecond)))
		wantKeys(t, r, a)
		time.Sleep(time.Nanosecond)
		wantKeys(t, r)
		time.Sleep(5 * time.Minute)
		if strings.Count(log.String(), "level=ERROR") != 1 {
			t.Errorf("the log does not say once that the keys are too old:\n%s", log)
		}
		p.gone(false)
		time.Sleep(time.Minute)
		wantKeys(t, r, a) // the answer was 304
		if strings.Count(log.String(), "keys changed") != 1 {
			t.Errorf("the keys that came back are those that went; the log:\n%s", log)
		}
	})
}

// A22: strangers choose key IDs.
func TestMissedIsNoWayToFloodTheIssuer(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p, a := &publisher{}, esSigner("a")
			p.publish(t, []signer{a}, "Cache-Control", "max-age=3600")
			r := inBubble(t, p)
			run(t, r)
			time.Sleep(time.Minute)
			p.gone(down)
			for i := range 10_000 {
				r.Missed(fmt.Sprint("made-up-", i))
				time.Sleep(10 * time.Millisecond) // 100 s in all
			}
			n := len(p.times()) - 1
			if high := 11; !down && (n < 10 || n > high) || down && n > high+4 { // the first retries come sooner
				t.Errorf("down %v: %d fetches", down, n)
			}
			wantKeys(t, r, a)
		})
	}
}

func TestMissedFetchesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a, b, c := &publisher{}, esSigner("a"), esSigner("b"), esSigner("c")
		p.publish(t, []signer{a}, "Cache-Control", "max-age=3600")
		r := inBubble(t, p)
		r.Missed("b") // before anything runs
		run(t, r)
		time.Sleep(time.Minute)
		wantFetches := func(n int) {
			t.Helper()
			synctest.Wait()
			if got := len(p.times()); got != n {
				t.Errorf("%d fetches, want %d", got, n)
			}
		}
		wantFetches(1)
		r.Missed("")
		r.Missed("a")
		wantFetches(1) // names no key; is held

		p.publish(t, []signer{a, b}, "Cache-Control", "max-age=3600")
		r.Missed("b")
		wantFetches(2)
		wantKeys(t, r, a, b)
		p.publish(t, []signer{b, c}, "Cache-Control", "max-age=3600")
		time.Sleep(3 * time.Second)
		r.Missed("c")
		wantFetches(2)
		time.Sleep(7*time.Second - time.Nanosecond)
		wantFetches(2)
		time.Sleep(time.Nanosecond)
		wantFetches(3) // nobody had to ask again
		wantKeys(t, r, b, c)
		time.Sleep(40 * time.Minute)
		wantFetches(3)
	})
}

func TestNobodyWaitsForASlowServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a := &publisher{}, esSigner("a")
		p.publish(t, []signer{a}, "Cache-Control", "max-age=10")
		r := inBubble(t, p)
		run(t, r)
		synctest.Wait()
		v, fresh := liveVerifier(t, r)
		var ended []time.Duration
		p.set(func(p *publisher) {
			p.answer = func(_ http.ResponseWriter, r *http.Request) {
				began := time.Now()
				<-r.Context().Done()
				p.set(func(*publisher) { ended = append(ended, time.Since(began)) })
			}
		})
		for range 60 {
			time.Sleep(time.Second)
			before := time.Now()
			wantAccepted(t, v, fresh(a))
			r.Missed("b")
			if took := time.Since(before); took != 0 {
				t.Fatalf("waited %v", took)
			}
		}
		p.set(func(*publisher) {
			if len(ended) < 3 {
				t.Errorf("%d answers were given up in a minute", len(ended))
			}
			for _, d := range ended {
				if d != remoteTimeout {
					t.Errorf("an answer was waited for %v", d)
				}
			}
		})
	})
}

func TestRunAllowsForTheTimeOfAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{}
		body := jwksOf(jwkOf(t, esSigner("a")))
		p.set(func(p *publisher) {
			p.answer = func(w http.ResponseWriter, r *http.Request) {
				late(r, remoteTimeout-100*time.Millisecond)
				w.Header().Set("Cache-Control", "max-age=10")
				_, _ = w.Write(body)
			}
		})
		run(t, inBubble(t, p))
		time.Sleep(5 * time.Minute)
		at := p.times()
		for i := range at[1:] {
			if gap := at[i+1].Sub(at[i]); gap >= 10*time.Second {
				t.Errorf("%v between two fetches with max-age=10", gap)
			}
		}
		if len(at) < 30 {
			t.Errorf("%d fetches", len(at))
		}
	})
}

func TestMissedWhenTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a, b := &publisher{}, esSigner("a"), esSigner("b")
		var back atomic.Int64
		p.publish(t, []signer{a})
		r := inBubble(t, p, func(c *RemoteConfig) {
			c.Now = func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
		})
		run(t, r)
		synctest.Wait()
		back.Store(int64(time.Hour))
		p.publish(t, []signer{b})
		r.Missed("b")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		wantKeys(t, r, b)
	})
}

// A caller gets what was published after it asked, and a crowd makes two requests.
func TestFetchIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a, b := &publisher{}, esSigner("a"), esSigner("b")
		bodyA, bodyB := jwksOf(jwkOf(t, a)), jwksOf(jwkOf(t, b))
		p.set(func(p *publisher) {
			p.answer = func(w http.ResponseWriter, r *http.Request) {
				body := bodyB
				if len(p.requests()) == 1 {
					body = bodyA // chosen now, sent late
				}
				late(r, time.Second)
				_, _ = w.Write(body)
			}
		})
		r := inBubble(t, p)
		var wg sync.WaitGroup
		wg.Go(func() { wantFetched(t, r) })
		synctest.Wait()
		for range 100 {
			wg.Go(func() {
				wantFetched(t, r)
				wantKeys(t, r, b)
			})
		}
		wg.Wait()
		if n := len(p.requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// Whoever gives up fails alone.
func TestFetchOutlivesACallerThatGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, a := &publisher{}, esSigner("a")
		body := jwksOf(jwkOf(t, a))
		p.set(func(p *publisher) {
			p.answer = func(w http.ResponseWriter, r *http.Request) {
				late(r, time.Second)
				_, _ = w.Write(body)
			}
		})
		r := inBubble(t, p)
		hasty, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { wantFetched(t, r) }) // from 0 s to 1 s
		synctest.Wait()
		for range 4 { // one of them fetches, from 1 s to 1.5 s
			wg.Go(func() {
				if err := r.Fetch(hasty); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Fetch = %v", err)
				}
			})
		}
		synctest.Wait()
		wg.Go(func() { wantFetched(t, r) })
		wg.Wait()
		wantKeys(t, r, a)
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &publisher{}
		p.set(func(p *publisher) {
			p.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		})
		r, log := inBubble(t, p), &journal{}
		r.cfg.Log = log.log()
		for _, after := range []time.Duration{0, time.Second, remoteTimeout + time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := r.Run(ctx); err != nil {
					t.Errorf("Run = %v", err)
				}
			})
			if after > 0 {
				synctest.Wait()
				if err := r.Run(ctx); err == nil {
					t.Error("a second Run is accepted")
				}
			}
			start := time.Now()
			wg.Wait()
			if took := time.Since(start); took != after {
				t.Errorf("ended after %v, want %v", took, after)
			}
			cancel()
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("giving up is no failure of the issuer; the log:\n%s", log)
		}
	})
}
