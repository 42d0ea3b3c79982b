package signin_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// slide extends a sliding token.
func (p *process) slide(t testing.TB, raw secret.Text) (signin.Tokens, error) {
	t.Helper()
	must(t, p.log.Sync(t.Context()))
	return p.RefreshSliding(t.Context(), here, raw.Reveal())
}

// A sliding token is extended until its term, however often.
func TestSliding(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	first, err := p.SignInSliding(t.Context(), here, "ann", secret.New(right))
	must(t, err)
	was, err := p.Original.Sliding.Verify(first.Access.Reveal())
	must(t, err)
	if row := p.row(t, first); first.Refresh.Len() != 0 || !row.ExpiresAt.Equal(begin.Add(24*time.Hour)) || string(row.ID) != was.SessionID {
		t.Errorf("%+v in %+v", first, row)
	}
	last := first
	for range 3 {
		p.clock.move(4 * time.Minute)
		if last, err = p.slide(t, last.Access); err != nil {
			t.Fatal(err)
		}
	}
	is, err := p.Original.Sliding.Verify(last.Access.Reveal())
	if err != nil || is.ID != was.ID || is.SessionID != was.SessionID || !is.ExpiresAt.Equal(was.ExpiresAt.Add(12*time.Minute)) {
		t.Errorf("%+v, %v; it was %+v", is, err, was)
	}
	_, err = p.slide(t, first.Access)
	fails(t, "one that has expired", err, verify.ErrExpired)
	must(t, p.Sessions.SignOutSession(t.Context(), p.holderOf(last), p.row(t, last), session.SignedOut))
	_, err = p.slide(t, last.Access)
	fails(t, "of a session that ended", err, token.ErrSessionEnded)
}

// What cannot be extended, and why.
func TestSliding_refusals(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	of := p.signIn(t, "ann")
	for name, c := range map[string]struct {
		raw  secret.Text
		want error
	}{
		"an access token":    {of.Access, verify.ErrTokenType},
		"a refresh token":    {of.Refresh, verify.ErrTokenType},
		"no term":            {p.foreign("sliding", "a", anns), signin.ErrSlidingNoTerm},
		"a term in words":    {p.foreign("sliding", "b", anns+`,"refresh_exp":"soon"`), signin.ErrSlidingNoTerm},
		"an endless term":    {p.foreign("sliding", "c", anns+`,"refresh_exp":1e300`), signin.ErrSlidingNoTerm},
		"a term in the past": {p.foreign("sliding", "d", anns+`,"refresh_exp":1799999999`), signin.ErrSlidingOver},
		"nobody's":           {p.foreign("sliding", "e", `,"user_id":2,"refresh_exp":1800090000`), signin.ErrUserInactive},
	} {
		_, err := p.slide(t, c.raw)
		fails(t, name, err, c.want)
	}
	black := p.foreign("sliding", "f", anns+`,"refresh_exp":1800090000`)
	next, err := p.slide(t, black)
	must(t, err)
	must(t, p.db.RevokeToken(t.Context(), session.RevokedToken{ID: "f", ExpiresAt: begin.Add(time.Hour), Reason: session.Blacklisted}))
	for _, raw := range []secret.Text{black, next.Access} {
		_, err := p.slide(t, raw)
		fails(t, "blacklisted", err, token.ErrSessionEnded)
	}
	must(t, p.disable(t.Context(), "1"))
	_, err = p.slide(t, p.foreign("sliding", "g", anns+`,"refresh_exp":1800090000`))
	fails(t, "of a disabled account", err, signin.ErrUserInactive)
}
