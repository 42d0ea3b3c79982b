package signin_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
)

// atOnce runs f n times at the same moment and waits for all.
func atOnce(n int, f func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// Cases E01, E02, E03: of any number of refreshes with one token, in one process
// or two, one moves the session, and all get its one successor.
func TestRefreshRace(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{at: begin}
		both := []*process{start(t, url, c, false), start(t, url, c, false)}
		both[0].add(t, "ann")
		for _, n := range []int{16, 50} {
			for processes := 1; processes <= 2; processes++ {
				t.Run(fmt.Sprint(n, "_in_", processes), func(t *testing.T) {
					for range 3 {
						oneSuccessor(t, n, both[:processes])
					}
				})
			}
		}
		if n := len(both[0].recorded(t, event.SessionReused)); n != 0 {
			t.Errorf("%d reuses are recorded, want none", n)
		}
	})
}

func oneSuccessor(t *testing.T, n int, at []*process) {
	t.Helper()
	of := at[0].signIn(t, "ann")
	got, errs := make([]signin.Tokens, n), make([]error, n)
	atOnce(n, func(i int) { got[i], errs[i] = at[i%len(at)].Refresh(t.Context(), here, of.Refresh.Reveal()) })
	must(t, errors.Join(errs...))
	for _, tokens := range got {
		if !tokens.Refresh.Equal(got[0].Refresh) || tokens.Refresh.Equal(of.Refresh) {
			t.Fatal("two refreshes got different successors")
		}
		if _, err := at[0].Access.Verify(tokens.Access.Reveal()); err != nil {
			t.Error(err)
		}
	}
	if row := at[0].row(t, of); row.Generation != 1 || !row.EndedAt.IsZero() {
		t.Errorf("generation %d, ended %s", row.Generation, row.EndedAt)
	}
	at[len(at)-1].refresh(t, got[0].Refresh)
}

// Case E03, strict: without a grace one of them gets tokens, and the session is
// over after all the others.
func TestRefreshRaceWithoutGrace(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.Grace = 0
	p.add(t, "ann")
	for range 5 {
		of := p.signIn(t, "ann")
		var mu sync.Mutex
		won := 0
		atOnce(16, func(int) {
			_, err := p.Refresh(t.Context(), here, of.Refresh.Reveal())
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.Is(err, token.ErrRefreshReused) && !errors.Is(err, token.ErrSessionEnded):
				t.Errorf("Refresh: %v", err)
			}
		})
		if row := p.row(t, of); won != 1 || row.EndedAt.IsZero() {
			t.Errorf("%d won, the session ended at %s", won, row.EndedAt)
		}
	}
	if n := len(p.recorded(t, event.SessionReused)); n != 5 {
		t.Errorf("%d reuses are recorded, want one for each session", n)
	}
}

// Under the preset every generation is taken, however many come at once.
func TestRefreshRaceOfOlderGenerations(t *testing.T) {
	t.Parallel()
	p := presetAlone(t)
	p.add(t, "ann")
	of := p.signIn(t, "ann")
	for range 4 {
		errs := make([]error, 3)
		atOnce(3, func(i int) { _, errs[i] = p.Refresh(t.Context(), here, of.Refresh.Reveal()) })
		must(t, errors.Join(errs...))
	}
}

// Case E04: after a sign-out is acknowledged nothing of the session works,
// whatever refreshed meanwhile, in any process.
func TestSignOutWhileRefreshing(t *testing.T) {
	t.Parallel()
	const rounds, refreshers = 25, 4
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{at: begin}
		both := []*process{start(t, url, c, false), start(t, url, c, false)}
		one, two := both[0], both[1]
		u := one.add(t, "ann")
		for round := range rounds {
			of := one.signIn(t, "ann")
			got, errs := make([]signin.Tokens, refreshers), make([]error, refreshers)
			var out error
			atOnce(refreshers+1, func(i int) {
				if i == refreshers {
					out = one.SignOut(t.Context(), here, of.Refresh.Reveal())
					return
				}
				got[i], errs[i] = both[i%2].Refresh(t.Context(), here, of.Refresh.Reveal())
			})
			must(t, out)
			must(t, two.log.Sync(t.Context())) // which the worker does every second
			for i, tokens := range append(got, of) {
				if i < refreshers && errs[i] != nil {
					fails(t, "Refresh", errs[i], token.ErrSessionEnded)
					continue
				}
				for _, p := range both {
					p.refused(t, "a refresh token of the session", tokens.Refresh, token.ErrSessionEnded)
					if _, err := p.Access.Verify(tokens.Access.Reveal()); err == nil {
						t.Errorf("round %d: an access token of the session is good", round)
					}
				}
			}
		}
		if n := one.live(t, u.ID); n != 0 {
			t.Errorf("%d sessions live", n)
		}
		if n := len(one.recorded(t, event.SessionEnded)); n != rounds {
			t.Errorf("%d sign-outs are recorded, want %d", n, rounds)
		}
	})
}

// A sign-out with a token of any generation is one, and a second one is refused
// as a refresh is.
func TestSignOut(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first, other := p.signIn(t, "ann"), p.signIn(t, "ann")
	last := p.refresh(t, p.refresh(t, first.Refresh).Refresh)
	must(t, p.SignOut(t.Context(), there, first.Refresh.Reveal()))
	p.refused(t, "the last generation", last.Refresh, token.ErrSessionEnded)
	fails(t, "signing out again", p.SignOut(t.Context(), there, last.Refresh.Reveal()), token.ErrSessionEnded)
	if _, err := p.Access.Verify(last.Access.Reveal()); err == nil {
		t.Error("the access token is good")
	}
	fails(t, "signing out with an access token", p.SignOut(t.Context(), there, other.Access.Reveal()), token.ErrRefreshType)
	p.refresh(t, other.Refresh) // E25: this session only
	found := p.recorded(t, event.SessionEnded)
	if len(found) != 1 || found[0].Origin != there || found[0].Actor.ID != first.UserID || found[0].Subject.ID != string(first.SessionID) {
		t.Errorf("recorded %+v", found)
	}
}
