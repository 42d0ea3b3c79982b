package apptest

import (
	"net/http"
	"slices"
	"sync"
	"testing"
)

// Case H13: two administrators who demote each other at once leave one superuser: two
// hundred rounds on each database.
func TestSuperusers_demote_each_other(t *testing.T) {
	t.Parallel()
	const rounds = 200
	Each(t, Options{}, func(t *testing.T, s *Service) {
		two := []Person{s.Superuser(t), s.Superuser(t)}
		set := func(who, whom Person, superuser bool) Response {
			return s.Do(t, Request{Method: http.MethodPatch, Path: "/api/v1/users/" + whom.ID, As: who.Access,
				JSON: map[string]bool{"is_superuser": superuser}})
		}
		refused := 0
		for round := range rounds {
			var answers [2]Response
			start := make(chan struct{})
			var wg sync.WaitGroup
			for i := range two {
				wg.Go(func() {
					<-start
					answers[i] = set(two[i], two[1-i], false)
				})
			}
			close(start)
			wg.Wait()
			won := slices.IndexFunc(answers[:], func(a Response) bool { return a.Status == http.StatusOK })
			if won < 0 {
				t.Fatalf("round %d: nobody won: %s %s", round, answers[0].Body, answers[1].Body)
			}
			switch lost := answers[1-won]; {
			case lost.Status == http.StatusConflict && lost.Text("code") == "last_superuser":
				refused++
			case lost.Status == http.StatusForbidden, lost.Status == http.StatusConflict: // demoted before they asked, or while they did
			default:
				t.Fatalf("round %d: the other got %d: %s", round, lost.Status, lost.Body)
			}
			set(two[won], two[1-won], true).Must(t, http.StatusOK) // who won is a superuser still
		}
		t.Logf("%d of %d rounds were refused for the last superuser, the others for the lost flag", refused, rounds)
		alone := two[0]
		ask("DELETE", "/api/v1/users/"+two[1].ID, alone, nil)(t, s)
		s.Run(t, []Scenario{
			{Name: "demote_oneself", Request: Request{Method: "PATCH", Path: "/api/v1/users/" + alone.ID, As: alone.Access,
				JSON: map[string]bool{"is_superuser": false}}, Status: 409, Code: "last_superuser"},
			{Name: "disable_oneself", Request: Request{Method: "POST", Path: "/api/v1/users/" + alone.ID + "/disable", As: alone.Access}, Status: 409, Code: "last_superuser"},
			{Name: "delete_oneself", Request: Request{Method: "DELETE", Path: "/api/v1/users/" + alone.ID, As: alone.Access}, Status: 409, Code: "last_superuser"},
			{Name: "still_one", Request: Request{Path: "/api/v1/users", As: alone.Access}, Status: 200},
		})
	})
}
