package apptest

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// The list of users by the beginning of a name and by when they joined, in pages. A
// cursor of one order is none of the other.
func TestUsers_filters(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		for _, name := range []string{"anton", "Anna", "ann-marie", "bernd"} {
			s.Register(t, name, Password)
			s.Advance(t, time.Hour)
		}
		admin := s.Holder(t, access.ViewUser)
		read := func(query url.Values) (names []string, next string) {
			t.Helper()
			var page struct {
				Items []struct {
					Username string
					JoinedAt time.Time `json:"joined_at"`
				}
				Next string `json:"next_cursor"`
			}
			s.Do(t, Request{Path: "/api/v1/users?" + query.Encode(), As: admin.Access}).Must(t, 200).Decode(t, &page)
			for _, u := range page.Items {
				names = append(names, u.Username)
			}
			return names, page.Next
		}
		one, next := read(url.Values{"username_prefix": {" AN"}, "limit": {"2"}})
		two, end := read(url.Values{"username_prefix": {"An"}, "limit": {"2"}, "cursor": {next}})
		if !slices.Equal(append(one, two...), []string{"ann-marie", "Anna", "anton"}) || end != "" {
			t.Errorf("by prefix: %q, %q, next %q", one, two, end)
		}
		s.Do(t, Request{Path: "/api/v1/users?cursor=" + next, As: admin.Access}).Must(t, 400)
		var bernd struct {
			Items []struct {
				At time.Time `json:"joined_at"`
			}
		}
		s.Do(t, Request{Path: "/api/v1/users?username_prefix=bernd", As: admin.Access}).Must(t, 200).Decode(t, &bernd)
		at := bernd.Items[0].At
		got, _ := read(url.Values{"joined_from": {at.Add(-2*time.Hour - time.Minute).Format(time.RFC3339Nano)}, "joined_until": {at.Format(time.RFC3339Nano)}})
		if !slices.Equal(got, []string{"ann-marie", "Anna"}) {
			t.Errorf("by the time of joining: %q", got)
		}
	})
}
