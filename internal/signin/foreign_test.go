package signin_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// foreign is a token that another issuer signed with the shared secret a minute
// ago, good for an hour.
func (p *process) foreign(kind, jti, claims string) secret.Text {
	now := p.clock.now().Unix()
	payload := fmt.Sprintf(`{"token_type":%q,"exp":%d,"iat":%d,"jti":%q%s}`, kind, now+3600, now-60, jti, claims)
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	h := hmac.New(sha256.New, []byte(p.Issuer.Keys.Shared.Reveal()))
	h.Write([]byte(input))
	return secret.New(input + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil)))
}

const anns = `,"user_id":1`

func presetWithAnn(t *testing.T) *process {
	t.Helper()
	p := presetAlone(t)
	p.add(t, "ann", func(u *user.User) { u.ID = "1" })
	return p
}

// Without rotation a foreign refresh token gives access tokens for as long as it
// lives, and starts no session.
func TestForeignRefresh(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Rotate = false
	raw := p.foreign("refresh", "f1", anns)
	for range 3 {
		got := p.refresh(t, raw)
		claims, err := p.Access.Verify(got.Access.Reveal())
		if err != nil || got.Rotated || got.UserID != "1" || claims.UserID != "1" || claims.SessionID != "" || !claims.HasRightsVersion {
			t.Errorf("%+v: %+v, %v", got, claims, err)
		}
	}
	nobody, err := p.Refresh(t.Context(), here, p.foreign("refresh", "f2", "").Reveal())
	if err != nil || nobody.UserID != "" {
		t.Errorf("a token that names nobody: %+v, %v", nobody, err)
	}
	if n := p.live(t, "1"); n != 0 {
		t.Errorf("%d sessions", n)
	}
	p.refused(t, "an account that does not exist", p.foreign("refresh", "f3", `,"user_id":"2"`), signin.ErrUserInactive)
	p.refused(t, "another kind", p.foreign("access", "f4", anns), token.ErrRefreshType)
}

// With rotation a foreign refresh token is traded once for a session, by any number
// of requests at once, on any database; a retry in the grace gets the same.
func TestForeignRefresh_is_exchanged_once(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := &clock{at: begin}
		p := start(t, url, clock, true)
		p.add(t, "ann", func(u *user.User) { u.ID = "1" })
		raw := p.foreign("refresh", "once", anns)
		got := make([]signin.Tokens, 8)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				var err error
				if got[i], err = p.Refresh(t.Context(), here, raw.Reveal()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, g := range got[1:] {
			if !g.Refresh.Equal(got[0].Refresh) || !g.Rotated {
				t.Errorf("two successors: %v and %v", g, got[0])
			}
		}
		if n := p.live(t, "1"); n != 1 {
			t.Errorf("%d sessions, want one", n)
		}
		clock.move(p.Grace)
		if again := p.refresh(t, raw); !again.Refresh.Equal(got[0].Refresh) {
			t.Error("the retry got another session")
		}
		clock.move(time.Millisecond)
		p.refused(t, "after the grace", raw, token.ErrSessionEnded)
		p.refresh(t, got[0].Refresh)
		clock.move(-time.Second)
		p.refused(t, "in the grace, when the session went on", raw, token.ErrSessionEnded)
		must(t, p.SignOut(t.Context(), here, got[0].Refresh.Reveal()))
		p.refused(t, "a token that names nobody", p.foreign("refresh", "none", ""), token.ErrRefreshInvalid)
	})
}

// A foreign token that was blacklisted, here or where it comes from, is refused
// until it expires.
func TestForeignRefresh_that_was_blacklisted(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Rotate = false
	raw := p.foreign("refresh", "black", anns)
	must(t, p.SignOut(t.Context(), here, raw.Reveal()))
	p.refused(t, "blacklisted here", raw, token.ErrSessionEnded)
	fails(t, "blacklisted twice", p.SignOut(t.Context(), here, raw.Reveal()), token.ErrSessionEnded)
	if e := p.recorded(t, event.TokenRevoked); len(e) != 1 || e[0].Subject.ID != "1" {
		t.Errorf("events %+v", e)
	}
	_, err := p.db.RevokeTokens(t.Context(), []session.RevokedToken{{ID: "there", ExpiresAt: begin.Add(time.Hour), Reason: session.Blacklisted}})
	must(t, err)
	elsewhere := p.foreign("refresh", "there", anns)
	p.refused(t, "blacklisted elsewhere", elsewhere, token.ErrSessionEnded)
	must(t, p.CheckAny(t.Context(), elsewhere.Reveal()))
	p.Original.Blacklist = true
	fails(t, "verify with the blacklist", p.CheckAny(t.Context(), elsewhere.Reveal()), signin.ErrBlacklisted)
	must(t, p.CheckAny(t.Context(), p.foreign("access", "there", anns).Reveal()))
	must(t, p.SignOut(t.Context(), here, p.foreign("refresh", "nobody's", "").Reveal()))
}

// The end of all sessions ends what others signed until then, for ever.
func TestForeignRefresh_after_the_end_of_all_sessions(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Rotate = false
	raw := p.foreign("refresh", "early", anns)
	p.refresh(t, raw)
	must(t, p.changePassword(t.Context(), "1", "!"))
	p.refused(t, "at once", raw, token.ErrSessionEnded)
	p.clock.move(30 * time.Minute) // every cut-off is over
	must(t, p.log.Sync(t.Context()))
	p.refused(t, "later", raw, token.ErrSessionEnded)
	p.clock.move(2 * time.Minute)
	must(t, p.log.Sync(t.Context()))
	p.refresh(t, p.foreign("refresh", "late", anns)) // issued after
	must(t, p.disable(t.Context(), "1"))
	p.refused(t, "of a disabled account", p.foreign("refresh", "off", anns), signin.ErrUserInactive)
}

// After its day the bridge is closed for what another issuer signed, and for
// nothing else.
func TestForeignRefresh_after_the_bridge(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Original.Bridge.Until = begin.Add(time.Minute)
	of := p.signIn(t, "ann")
	p.clock.move(time.Minute)
	must(t, p.log.Sync(t.Context()))
	raw := p.foreign("refresh", "tardy", anns)
	p.refused(t, "refresh", raw, verify.ErrIssuer)
	fails(t, "sign-out", p.SignOut(t.Context(), here, raw.Reveal()), verify.ErrIssuer)
	fails(t, "check", p.CheckAny(t.Context(), raw.Reveal()), verify.ErrIssuer)
	_, err := p.RefreshSliding(t.Context(), here, p.foreign("sliding", "s", anns+`,"refresh_exp":1800090000`).Reveal())
	fails(t, "sliding", err, verify.ErrIssuer)
	p.refresh(t, of.Refresh)
}

// The original's rotation with a blacklist: a traded token is refused and recorded,
// and ends nothing.
func TestReuse_that_ends_nothing(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.OlderGenerations, p.KeepReused, p.Grace, p.Original.Blacklist = false, true, 0, true
	first := p.signIn(t, "ann")
	next := p.refresh(t, first.Refresh)
	for range 20 {
		p.refused(t, "the traded one", first.Refresh, token.ErrRefreshReused)
	}
	if n := len(p.recorded(t, event.SessionReused)); n == 0 || n == 20 {
		t.Errorf("%d events of 20 reuses", n)
	}
	fails(t, "sign-out with the traded one", p.SignOut(t.Context(), here, first.Refresh.Reveal()), token.ErrRefreshReused)
	fails(t, "verify the traded one", p.CheckAny(t.Context(), first.Refresh.Reveal()), signin.ErrBlacklisted)
	must(t, p.CheckAny(t.Context(), next.Refresh.Reveal()))
	must(t, p.CheckAny(t.Context(), first.Access.Reveal()))
	last := p.refresh(t, next.Refresh)
	must(t, p.SignOut(t.Context(), here, last.Refresh.Reveal()))
	fails(t, "verify one whose session ended", p.CheckAny(t.Context(), last.Refresh.Reveal()), signin.ErrBlacklisted)
}
