package signin_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	p.clock.move(time.Hour)
	second, err := p.Refresh(t.Context(), there, first.Refresh.Reveal())
	must(t, err)
	if !second.Rotated || second.Refresh.Equal(first.Refresh) || second.SessionID != first.SessionID || second.UserID != first.UserID {
		t.Errorf("Refresh = %+v after %+v", second, first)
	}
	if _, err := p.Access.Verify(second.Access.Reveal()); err != nil {
		t.Error(err)
	}
	row := p.row(t, first)
	if row.Generation != 1 || !row.RotatedAt.Equal(begin.Add(time.Hour)) || !row.IdleExpiresAt.Equal(begin.Add(time.Hour+p.IdleLifetime)) ||
		row.RotatedIP != there.IP || row.RotatedAgent != there.UserAgent || row.IP != here.IP || !row.ExpiresAt.Equal(begin.Add(p.Lifetime)) {
		t.Errorf("session %+v", row)
	}
	if n := len(p.recorded(t, event.SessionRepeated)) + len(p.recorded(t, event.SessionReused)); n != 0 {
		t.Errorf("%d events of a plain refresh", n)
	}
	third := p.refresh(t, second.Refresh)
	if third.Refresh.Equal(second.Refresh) || p.row(t, first).Generation != 2 {
		t.Error("the second refresh in one millisecond gave no successor")
	}
}

// Cases E05, E06, E07: what a repeated token gets, by how old it is.
func TestRepeatedRefresh(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grace   time.Duration
		traded  int           // how often the token is traded on before it is repeated
		after   time.Duration // the last trade
		want    error
		restart bool
	}{
		"within_the_grace":              {time.Minute, 1, 30 * time.Second, nil, false},
		"at_once":                       {time.Minute, 1, 0, nil, false},
		"in_the_last_millisecond":       {time.Minute, 1, time.Minute, nil, false},
		"a_millisecond_late":            {time.Minute, 1, time.Minute + time.Millisecond, token.ErrRefreshReused, false},
		"a_second_late":                 {time.Minute, 1, time.Minute + time.Second, token.ErrRefreshReused, false},
		"the_grandparent_in_the_grace":  {time.Minute, 2, 0, token.ErrRefreshReused, false},
		"the_tenth_generation":          {time.Minute, 10, 0, token.ErrRefreshReused, false},
		"without_grace":                 {0, 1, 0, token.ErrRefreshReused, false},
		"after_a_restart":               {time.Minute, 1, time.Second, nil, true},
		"a_reuse_after_a_restart_(E09)": {time.Minute, 3, time.Second, token.ErrRefreshReused, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, clock := storetest.URL(t, "sqlite"), &clock{at: begin}
			p := start(t, url, clock, false)
			p.Grace = c.grace
			p.add(t, "ann")
			first, bystander := p.signIn(t, "ann"), p.signIn(t, "ann")
			last := first
			for range c.traded {
				clock.move(time.Second)
				last = p.refresh(t, last.Refresh)
			}
			clock.move(c.after)
			if c.restart {
				p = start(t, url, clock, false)
			}
			again, err := p.Refresh(t.Context(), here, first.Refresh.Reveal())
			fails(t, "Refresh", err, c.want)
			if c.want == nil {
				if !again.Refresh.Equal(last.Refresh) || !again.Rotated || p.row(t, first).Generation != int64(c.traded) {
					t.Errorf("the repeat got another successor")
				}
				p.refresh(t, last.Refresh)
				return
			}
			ended(t, p, first, last, c.traded)
			p.refresh(t, bystander.Refresh) // E10: no other session is concerned
		})
	}
}

// ended wants a session whose token was traded that often to be over and
// recorded.
func ended(t *testing.T, p *process, first, last signin.Tokens, traded int) {
	t.Helper()
	row := p.row(t, first)
	if row.EndReason != session.RefreshReused || row.EndedAt.IsZero() {
		t.Errorf("the session ended at %s for %q", row.EndedAt, row.EndReason)
	}
	p.refused(t, "the token in force", last.Refresh, token.ErrSessionEnded)
	p.refused(t, "the reused one again", first.Refresh, token.ErrSessionEnded)
	if _, err := p.Access.Verify(last.Access.Reveal()); err == nil {
		t.Error("an access token of the session is good")
	}
	reused := p.recorded(t, event.SessionReused)
	if len(reused) != 1 || reused[0].Subject.ID != string(first.SessionID) || reused[0].Cutoff == nil || reused[0].Origin != here {
		t.Fatalf("recorded %+v", reused)
	}
	want := event.Event{Detail: "{}"}.With(map[string]any{"user": string(first.UserID), "presented": 0, "current": traded}).Revoking(*reused[0].Cutoff)
	if reused[0].Detail != want.Detail {
		t.Errorf("detail %s, want %s", reused[0].Detail, want.Detail)
	}
}

// Case E08: each of the last hundred generations is known for what it is.
func TestEveryOldGenerationIsReuse(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	for _, old := range []int{0, 1, 50, 98} {
		tokens := p.signIn(t, "ann")
		all := []secret.Text{tokens.Refresh}
		for range 100 {
			tokens = p.refresh(t, tokens.Refresh)
			all = append(all, tokens.Refresh)
		}
		for i, raw := range all[:99] { // asking about them ends nothing
			fails(t, "CheckAny", p.CheckAny(t.Context(), raw.Reveal()), token.ErrRefreshReused)
			if i%25 == 0 && !p.row(t, tokens).EndedAt.IsZero() {
				t.Fatal("asking ended the session")
			}
		}
		p.refused(t, "an old generation", all[old], token.ErrRefreshReused)
		p.refused(t, "the present one after it", tokens.Refresh, token.ErrSessionEnded)
	}
}

// Cases E11, E12, E17: a session that is over is over, whatever is presented.
func TestRefreshOfWhatIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		preset bool
		do     func(t *testing.T, p *process, of signin.Tokens)
		want   error
	}{
		"idle_but_a_second": {false, func(_ *testing.T, p *process, _ signin.Tokens) { p.clock.move(p.IdleLifetime - time.Second) }, nil},
		"idle":              {false, func(_ *testing.T, p *process, _ signin.Tokens) { p.clock.move(p.IdleLifetime) }, token.ErrRefreshExpired},
		"long_idle":         {false, func(_ *testing.T, p *process, _ signin.Tokens) { p.clock.move(10 * p.IdleLifetime) }, token.ErrRefreshExpired},
		"preset_idle":       {true, func(_ *testing.T, p *process, _ signin.Tokens) { p.clock.move(p.IdleLifetime) }, token.ErrRefreshExpired},
		"signed_out": {false, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.SignOut(t.Context(), here, of.Refresh.Reveal()))
		}, token.ErrSessionEnded},
		"preset_signed_out": {true, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.SignOut(t.Context(), here, of.Refresh.Reveal()))
		}, token.ErrSessionEnded},
		"disabled": {false, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.disable(t.Context(), of.UserID))
		}, signin.ErrUserInactive},
		"disabled_and_enabled_(E20)": {false, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.disable(t.Context(), of.UserID))
			_, err := p.db.SetActive(t.Context(), of.UserID, true)
			must(t, err)
		}, signin.ErrUserInactive},
		"password_changed_(E21)": {false, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.changePassword(t.Context(), of.UserID, "!"))
		}, token.ErrSessionEnded},
		"preset_disabled": {true, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.disable(t.Context(), of.UserID))
		}, signin.ErrUserInactive},
		"preset_revoked_but_not_ended": {true, func(t *testing.T, p *process, of signin.Tokens) {
			must(t, p.log.Revocations.Apply(time.Time{}, session.CutOff(of.SessionID, begin, time.Hour, session.SignedOut)))
		}, token.ErrSessionEnded},
		"deleted":        {false, func(t *testing.T, p *process, of signin.Tokens) { p.remove(t, of) }, token.ErrRefreshInvalid},
		"preset_deleted": {true, func(t *testing.T, p *process, of signin.Tokens) { p.remove(t, of) }, signin.ErrUserInactive},
		"disabled_in_the_row_alone": {false, func(t *testing.T, p *process, of signin.Tokens) {
			_, err := p.db.SetActive(t.Context(), of.UserID, false) // whoever forgets the sessions
			must(t, err)
			p.Snapshots.Forget()
		}, signin.ErrUserInactive},
	} {
		for _, rotate := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := start(t, storetest.URL(t, "sqlite"), &clock{at: begin}, c.preset)
				p.Rotate = rotate
				p.add(t, "ann")
				of := p.signIn(t, "ann")
				c.do(t, p, of)
				got, err := p.Refresh(t.Context(), here, of.Refresh.Reveal())
				fails(t, "Refresh", err, c.want)
				if c.want != nil && got != (signin.Tokens{}) {
					t.Errorf("Refresh = %+v beside an error", got)
				}
				if !errors.Is(c.want, signin.ErrUserInactive) && c.want != nil && !c.preset {
					fails(t, "SignOut", p.SignOut(t.Context(), here, of.Refresh.Reveal()), c.want)
				}
			})
		}
	}
}

// remove deletes an account as an administrator does.
func (p *process) remove(t *testing.T, of signin.Tokens) {
	t.Helper()
	must(t, p.cut(t.Context(), of.UserID, session.UserDeleted, func(administration) error { return nil }))
	must(t, p.db.DeleteUser(t.Context(), of.UserID))
	p.Snapshots.Forget()
}

// Case E12: no number of refreshes passes the absolute expiry.
func TestAbsoluteExpiry(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	of := p.signIn(t, "ann")
	end := begin.Add(p.Lifetime)
	for p.clock.now().Add(10 * 24 * time.Hour).Before(end) {
		p.clock.move(10 * 24 * time.Hour)
		of = p.refresh(t, of.Refresh)
	}
	p.clock.move(end.Sub(p.clock.now()) - time.Second)
	of = p.refresh(t, of.Refresh)
	if of.AccessExpiresAt.After(end) {
		t.Errorf("the access token expires %s, the session %s", of.AccessExpiresAt, end)
	}
	p.clock.move(time.Second)
	p.refused(t, "at the absolute expiry", of.Refresh, token.ErrRefreshExpired)
}

func TestRefreshWithoutRotation(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	of := p.signIn(t, "ann")
	p.Rotate = false
	p.clock.move(time.Hour)
	for range 3 {
		got := p.refresh(t, of.Refresh)
		if got.Rotated || !got.Refresh.IsZero() || got.SessionID != of.SessionID {
			t.Errorf("Refresh = %+v", got)
		}
		if _, err := p.Access.Verify(got.Access.Reveal()); err != nil {
			t.Error(err)
		}
	}
	if row := p.row(t, of); row.Generation != 0 || !row.IdleExpiresAt.Equal(begin.Add(p.IdleLifetime)) {
		t.Errorf("the session moved: %+v", row)
	}
}

// Rotation that is turned off gives no traded token its life back.
func TestRotationTurnedOff(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	last := p.refresh(t, first.Refresh)
	p.clock.move(p.Grace + time.Second)
	p.Rotate = false
	p.refresh(t, last.Refresh)
	p.refused(t, "the traded one", first.Refresh, token.ErrRefreshReused)
	p.refused(t, "the last one then", last.Refresh, token.ErrSessionEnded)
}

// The original's rotation without a blacklist: every generation of a live session
// is taken until its own expiry.
func TestOlderGenerations(t *testing.T) {
	t.Parallel()
	p := presetAlone(t)
	p.Grace = 0
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	p.clock.move(time.Second)
	second := p.refresh(t, first.Refresh)
	p.clock.move(24 * time.Hour)
	for range 3 {
		again := p.refresh(t, first.Refresh)
		if again.Refresh.Equal(second.Refresh) || again.SessionID != first.SessionID {
			t.Error("an older generation moved nothing on")
		}
	}
	p.refresh(t, second.Refresh)
	p.clock.move(p.IdleLifetime - 24*time.Hour - time.Second)
	p.refused(t, "past its own expiry", first.Refresh, token.ErrRefreshExpired)
	p.refresh(t, second.Refresh)
	must(t, p.SignOut(t.Context(), here, second.Refresh.Reveal()))
	p.refused(t, "a session that has ended", second.Refresh, token.ErrSessionEnded)
}

// A clock that goes back, as between two processes, ends no session.
func TestRefreshByAClockBehind(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	p.clock.move(10 * time.Second)
	second := p.refresh(t, first.Refresh)
	p.clock.move(-5 * time.Second)
	again := p.refresh(t, first.Refresh)
	third := p.refresh(t, second.Refresh)
	if !again.Refresh.Equal(second.Refresh) || third.Refresh.Equal(second.Refresh) {
		t.Error("the retry got no successor, or the refresh none of its own")
	}
	if row := p.row(t, first); row.RotatedAt.Before(begin.Add(10 * time.Second)) {
		t.Errorf("the generation began %s, before the one it follows", row.RotatedAt)
	}
}

// Strangers' tokens are refused alike, whatever they look like.
func TestForeignRefreshTokens(t *testing.T) {
	t.Parallel()
	p, other := alone(t), alone(t)
	p.add(t, "ann")
	other.add(t, "ann")
	foreign := other.signIn(t, "ann")
	mine := p.signIn(t, "ann")
	for what, raw := range map[string]string{
		"nothing": "", "dots": "..", "another installation's": foreign.Refresh.Reveal(),
		"a letter more": mine.Refresh.Reveal() + "A", "a letter less": mine.Refresh.Reveal()[:len(mine.Refresh.Reveal())-1],
	} {
		p.refused(t, what, secret.New(raw), token.ErrRefreshInvalid)
		fails(t, "SignOut with "+what, p.SignOut(t.Context(), here, raw), token.ErrRefreshInvalid)
	}
	p.refused(t, "an access token", mine.Access, token.ErrRefreshType)
	p.refresh(t, mine.Refresh)
}

// Case E16, and the note of who repeated: a retry from elsewhere is recorded with
// both places, and no more than ten times a minute.
func TestRepeatFromElsewhere(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	p.refresh(t, first.Refresh)
	p.refresh(t, first.Refresh) // from the same place
	if n := len(p.recorded(t, event.SessionRepeated)); n != 0 {
		t.Errorf("%d retries from the same place are recorded", n)
	}
	elsewhere := []access.Origin{there, {IP: here.IP, UserAgent: "agent/2"}, {IP: "192.0.2.2", UserAgent: here.UserAgent}}
	for i := range 25 {
		_, err := p.Refresh(t.Context(), elsewhere[i%3], first.Refresh.Reveal())
		must(t, err)
	}
	found := p.recorded(t, event.SessionRepeated)
	if len(found) != 10 {
		t.Fatalf("%d retries are recorded, want 10", len(found))
	}
	want := event.Event{Detail: "{}"}.With(map[string]any{
		"user": string(first.UserID), "generation": 1, "refreshed_from": here.IP, "refreshed_with": here.UserAgent,
	})
	for i, e := range found {
		if e.Subject.ID != string(first.SessionID) || e.Detail != want.Detail || !slices.Contains(elsewhere, e.Origin) || e.Cutoff != nil {
			t.Errorf("event %d: %+v", i, e)
		}
	}
}

// A flood of failed sign-ins hides no retry from elsewhere.
func TestRepeatFromElsewhereUnderAFlood(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	first := p.signIn(t, "ann")
	p.refresh(t, first.Refresh)
	p.Failures.Store = &trail{}
	for i := range 10_100 {
		must(t, p.Failures.Record(t.Context(), here, fmt.Sprint("nobody", i), ""))
	}
	_, err := p.Refresh(t.Context(), there, first.Refresh.Reveal())
	must(t, err)
	if n := len(p.recorded(t, event.SessionRepeated)); n != 1 {
		t.Errorf("%d retries from elsewhere are recorded, want 1", n)
	}
}

// CheckAny answers for both kinds.
func TestCheckAny(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.add(t, "ann")
	over, of := p.signIn(t, "ann"), p.signIn(t, "ann")
	must(t, p.SignOut(t.Context(), here, over.Refresh.Reveal()))
	check := func(what string, raw string, want error) {
		t.Helper()
		fails(t, what, p.CheckAny(t.Context(), raw), want)
	}
	check("access", of.Access.Reveal(), nil)
	check("refresh", of.Refresh.Reveal(), nil)
	check("nothing", "", verify.ErrMalformed)
	check("a damaged access token", of.Access.Reveal()+"A", verify.ErrSignature)
	check("a damaged refresh token", of.Refresh.Reveal()[:len(of.Refresh.Reveal())-4]+"AAAA", verify.ErrMalformed)
	check("access of a session that ended", over.Access.Reveal(), verify.ErrRevoked)
	check("refresh of a session that ended", over.Refresh.Reveal(), token.ErrSessionEnded)
	next := p.refresh(t, of.Refresh)
	check("a traded token within the grace", of.Refresh.Reveal(), nil)
	p.clock.move(p.Grace + time.Second)
	must(t, p.log.Sync(t.Context()))
	check("a traded token", of.Refresh.Reveal(), token.ErrRefreshReused)
	check("the one in force", next.Refresh.Reveal(), nil)
	p.clock.move(5 * time.Minute)
	check("an access token that has expired", next.Access.Reveal(), verify.ErrExpired)
	next = p.refresh(t, next.Refresh)
	check("an access token while revocations are not known", next.Access.Reveal(), event.ErrStale)
	p.clock.move(p.IdleLifetime)
	check("a refresh token that has expired", next.Refresh.Reveal(), token.ErrRefreshExpired)
}

// Under the preset signature and claims are all that counts, as in the original.
func TestCheckAnyUnderThePreset(t *testing.T) {
	t.Parallel()
	p := presetAlone(t)
	p.add(t, "ann", func(u *user.User) { u.ID = "1" })
	of := p.signIn(t, "ann")
	must(t, p.SignOut(t.Context(), here, of.Refresh.Reveal()))
	p.clock.move(time.Minute)
	for _, raw := range []secret.Text{of.Access, of.Refresh} {
		must(t, p.CheckAny(t.Context(), raw.Reveal()))
	}
	fails(t, "another text", p.CheckAny(t.Context(), of.Access.Reveal()+"A"), verify.ErrSignature)
	p.clock.move(p.Lifetime)
	fails(t, "expired", p.CheckAny(t.Context(), of.Refresh.Reveal()), verify.ErrExpired)
}
