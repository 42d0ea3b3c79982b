package apptest

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// One budget holds wherever somebody who is not signed in tries passwords.
func TestThrottle(t *testing.T) {
	t.Parallel()
	guess := map[string]string{"username": "nobody", "password": "a wrong guess", "new_password": Password}
	form := Request{
		Method: http.MethodPost, Path: "/account/sign-in", Form: url.Values{"username": {"nobody"}, "password": {"a wrong guess"}},
		Header: map[string]string{"Sec-Fetch-Site": "same-origin"},
	}
	for name, try := range map[string]Request{
		"token": post("/api/token/", guess), "password": post("/api/v1/password", guess), "page": form,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Config: fields("THROTTLE", "2/min")})
			for range 2 {
				s.Do(t, try).Must(t, http.StatusUnauthorized)
			}
			for _, other := range []Request{try, post("/api/token/", guess), post("/api/v1/password", guess), form} {
				s.Do(t, other).Must(t, http.StatusTooManyRequests)
			}
			s.Advance(t, time.Minute)
			s.Do(t, try).Must(t, http.StatusUnauthorized)
		})
	}
}
