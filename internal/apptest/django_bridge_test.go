package apptest

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/importer"
)

// bridgeFor is how long the bridge is open: less than an access token of Django's
// lives.
const bridgeFor = 6 * time.Minute

// Until the bridge ends we take what a running Django issues, for users who were
// imported from its database while it ran.
func TestDjango_is_continued_over_the_bridge(t *testing.T) {
	t.Parallel()
	if !haveDjango(t) {
		return
	}
	for name, key := range sharedKeys(t) {
		for _, rotate := range []string{"false", "true"} {
			t.Run(name+"_rotate_"+rotate, func(t *testing.T) {
				t.Parallel()
				bridge := time.Now().Add(bridgeFor)
				s := Start(t, Options{Config: key.ours("ROTATE_REFRESH", rotate, "ACCESS_LIFETIME", "1h", "BRIDGE_UNTIL", bridge.Format(time.RFC3339))})
				d := startDjango(t, key.theirs)
				p := d.Register(t, Name(), Password)
				p.Tokens = d.SignIn(t, p)

				s.Do(t, Request{Path: "/api/protected/", As: p.Access}).Must(t, http.StatusUnauthorized) // nobody has that id yet
				s.importDjango(t, d)
				if id, username := s.names(t, p.Access); id != "1" || username != p.Username {
					t.Errorf("Django's access token opens our view to %q %q, want %q", id, username, p.Username)
				}
				s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusOK)
				s.Do(t, Request{Path: "/api/protected/", As: promoted(t, p.Access, "2")}).Must(t, http.StatusUnauthorized)

				if rotate == "true" {
					tradesOnce(t, s, d.SignIn(t, p).Refresh)
				} else {
					answersAsOften(t, s, p.Refresh)
				}
				listens(t, s, d, p)
				endsWithTheBridge(t, s, d, p)
			})
		}
	}
}

// names reports who our protected route takes a token for.
func (s *Service) names(t *testing.T, token string) (id, username string) {
	t.Helper()
	found, name := (&djangoSite{Service: s}).opens(t, token)
	return string(found), name
}

// tradesOnce holds that a foreign refresh token gives one session of ours: its
// retry gets the same one, and after the grace it is refused.
func tradesOnce(t *testing.T, s *Service, foreign string) {
	t.Helper()
	traded := next(t, s, foreign)
	if Claims(t, traded.Refresh)["sid"] == nil || Claims(t, foreign)["sid"] != nil {
		t.Error("the refresh token was not traded for one of ours")
	}
	if again := next(t, s, foreign); again.Refresh != traded.Refresh {
		t.Error("a retry starts another session")
	}
	s.Advance(t, s.Config.RefreshGrace+time.Second)
	s.Refresh(t, foreign).Must(t, http.StatusUnauthorized)
	if _, username := s.names(t, next(t, s, traded.Refresh).Access); username == "" {
		t.Error("the session that it was traded for ended")
	}
}

// answersAsOften holds that without rotation a foreign refresh token stays good.
func answersAsOften(t *testing.T, s *Service, foreign string) {
	t.Helper()
	for range 3 {
		answer := s.Refresh(t, foreign).Must(t, http.StatusOK)
		if answer.Text("refresh") != "" {
			t.Error("a refresh token came back without rotation")
		}
		if _, username := s.names(t, answer.Text("access")); username == "" {
			t.Error("the access token does not open the protected route")
		}
	}
}

// listens holds that what Django blacklisted is refused after the next import, and
// what it did not is not.
func listens(t *testing.T, s *Service, d *djangoSite, p Person) {
	t.Helper()
	ended, live := d.SignIn(t, p), d.SignIn(t, p)
	d.Do(t, post("/api/token/blacklist/", fields("refresh", ended.Refresh))).Must(t, http.StatusOK)
	if got := s.importDjango(t, d).Tokens; got != (importer.Tally{Read: 1, Created: 1}) {
		t.Errorf("the blacklist was imported as %+v", got)
	}
	if again := s.importDjango(t, d); again.Changed() != 0 {
		t.Errorf("the same database again changes %d rows: %+v", again.Changed(), again)
	}
	if a := s.Refresh(t, ended.Refresh); a.Status != http.StatusUnauthorized || a.Text("detail") != "Token is blacklisted" {
		t.Errorf("the blacklisted token: %d %s", a.Status, a.Body)
	}
	s.Refresh(t, live.Refresh).Must(t, http.StatusOK)
}

// endsWithTheBridge holds that after its end nothing of Django's is taken although
// it has not expired, and that our own tokens are.
func endsWithTheBridge(t *testing.T, s *Service, d *djangoSite, p Person) {
	t.Helper()
	foreign, ours := d.SignIn(t, p), s.SignIn(t, p)
	s.Do(t, Request{Path: "/api/protected/", As: foreign.Access}).Must(t, http.StatusOK)
	s.Advance(t, bridgeFor)
	for name, r := range map[string]Request{
		"access":    {Path: "/api/protected/", As: foreign.Access},
		"api":       {Path: "/api/v1/me", As: foreign.Access},
		"refresh":   post("/api/token/refresh/", fields("refresh", foreign.Refresh)),
		"verify":    verifyRequest(foreign.Access),
		"blacklist": post("/api/token/blacklist/", fields("refresh", foreign.Refresh)),
	} {
		if a := s.Do(t, r); a.Status != http.StatusUnauthorized {
			t.Errorf("after the bridge, %s: %d %.200s", name, a.Status, a.Body)
		}
	}
	s.Do(t, Request{Path: "/api/protected/", As: ours.Access}).Must(t, http.StatusOK)
	s.Refresh(t, ours.Refresh).Must(t, http.StatusOK)
	if _, username := d.opens(t, foreign.Access); username != p.Username {
		t.Errorf("Django itself takes its token for %q: it was refused for another reason", username)
	}
}
