package apptest

import (
	"net/http"
	"testing"
)

// Case E04: refreshes and a sign-in race with what ends the session. Whatever they
// got, nothing of it works once the revocation was acknowledged.
func TestRevocation_races_refresh(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two := one.Second(t)
		st := &stage{one: one, two: two, beside: nil, admin: one.Superuser(t)}
		var kinds []revocation
		for _, r := range revocations() {
			switch r.name {
			case "logout", "logout_all", "blacklist", "disable", "password_change", "delete":
				kinds = append(kinds, r)
			}
		}
		for round := range 50 {
			raceRevocation(t, st, kinds[round%len(kinds)])
			if t.Failed() {
				t.Fatalf("in round %d", round)
			}
		}
	})
}

func raceRevocation(t *testing.T, st *stage, r revocation) {
	t.Helper()
	st.victim = st.one.Someone(t)
	st.other = st.victim
	if !r.otherLives {
		st.other.Tokens = st.one.SignIn(t, st.victim)
	}
	const refreshes = 6
	got := make([]Tokens, refreshes+1)
	atOnce(refreshes+2, func(i int) {
		switch {
		case i == refreshes+1:
			r.do(t, st)
		case i == refreshes && !r.otherLives && r.name != "logout_all": // with a password that ends, or an account that does
			a := st.one.Do(t, Request{Method: http.MethodPost, Path: "/api/token/",
				JSON: map[string]string{"username": st.victim.Username, "password": Password}})
			got[i] = Tokens{Access: a.Text("access"), Refresh: a.Text("refresh")}
		case i < refreshes:
			a := []*Service{st.one, st.two}[i%2].Refresh(t, st.victim.Refresh)
			if a.Status != http.StatusOK && a.Status != http.StatusUnauthorized {
				t.Errorf("a refresh in the race: status %d: %s", a.Status, a.Body)
			}
			got[i] = Tokens{Access: a.Text("access"), Refresh: a.Text("refresh")}
		}
	})
	for _, tokens := range append(got, st.victim.Tokens) {
		if tokens.Access != "" {
			st.one.Do(t, Request{Path: "/api/protected/", As: tokens.Access}).Must(t, http.StatusUnauthorized)
		}
		if tokens.Refresh != "" {
			for _, s := range []*Service{st.one, st.two} {
				s.Refresh(t, tokens.Refresh).Must(t, http.StatusUnauthorized)
			}
		}
	}
}

// Who signs in at one process right after the account changed at another is not
// taken for who they were before: their tokens are good, and stay so once the
// process has read of the change.
func TestSignIn_after_a_change_elsewhere(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, one *Service) {
		two, admin := one.Second(t), one.Superuser(t)
		works := func(p Person) {
			t.Helper()
			p.Tokens = two.SignIn(t, p)
			for range 2 {
				for _, s := range []*Service{two, one} {
					s.Do(t, Request{Path: "/api/v1/me", As: p.Access}).Must(t, http.StatusOK)
				}
				one.Advance(t, 0) // both read the log
			}
		}
		for range 5 {
			p := one.Someone(t)
			me := Request{Path: "/api/v1/me", As: p.Access}
			two.Do(t, me).Must(t, http.StatusOK) // so that it remembers the account
			ask("POST", "/api/v1/me/password", p, fields("current_password", Password, "new_password", "An0ther-pass-43"))(t, one)
			p.Password = "An0ther-pass-43"
			works(p)

			ask("POST", "/api/v1/users/"+p.ID+"/disable", admin, nil)(t, one)
			one.Advance(t, 0)
			two.Do(t, me).Must(t, http.StatusUnauthorized)
			ask("POST", "/api/v1/users/"+p.ID+"/enable", admin, nil)(t, one)
			works(p)
		}
	})
}
