package apptest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

// keyList is the signing keys as an administrator sees them.
type keyList struct {
	Items []struct {
		ID    string `json:"kid"`
		State string
		At    time.Time `json:"activates_at"`
	}
}

// A rotation over the API: the new key is published before it signs, nobody's token
// is refused meanwhile, and who did it is recorded. No answer has a private key.
func TestKeys_rotate(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		admin := s.Holder(t, access.ViewKey, access.RotateKey)
		read := func() (l keyList) {
			t.Helper()
			a := s.Do(t, Request{Path: "/api/v1/keys", As: admin.Access}).Must(t, 200)
			if strings.Contains(string(a.Body), `"d"`) || strings.Contains(string(a.Body), "PRIVATE") {
				t.Errorf("a private key: %s", a.Body)
			}
			a.Decode(t, &l)
			return l
		}
		before := read()
		if len(before.Items) != 1 || before.Items[0].State != "active" {
			t.Fatalf("keys: %+v", before)
		}
		made := s.Do(t, Request{Method: "POST", Path: "/api/v1/keys/rotate", As: admin.Access}).Must(t, 201)
		kid := made.Text("kid")
		if kid == before.Items[0].ID || made.Text("state") != "pending" || made.Header.Get("Location") != "/api/v1/keys" {
			t.Errorf("made: %s", made.Body)
		}
		if jwks := s.Do(t, Request{Path: "/.well-known/jwks.json"}); !strings.Contains(string(jwks.Body), kid) {
			t.Errorf("the new key is not published: %s", jwks.Body)
		}
		if again := s.Do(t, Request{Method: "POST", Path: "/api/v1/keys/rotate", As: admin.Access}); again.Status != 409 || again.Text("code") != "rotation_pending" {
			t.Errorf("again: status %d: %s", again.Status, again.Body)
		}
		after := read()
		if len(after.Items) != 2 || after.Items[1].ID != kid || after.Items[1].State != "pending" {
			t.Fatalf("keys after it: %+v", after)
		}
		recorded := s.Events(t, event.Filter{Actor: ident.UserID(admin.ID), Action: event.KeyCreated})
		if len(recorded) != 1 || recorded[0].Subject.ID != kid {
			t.Errorf("recorded: %+v", recorded)
		}
		s.Advance(t, after.Items[1].At.Sub(recorded[0].At))
		old := admin.Access
		admin.Tokens = s.SignIn(t, admin)
		if Header(t, admin.Access)["kid"] != kid || read().Items[0].State != "retiring" {
			t.Errorf("the new key does not sign: %v, %+v", Header(t, admin.Access), read())
		}
		if Header(t, old)["kid"] == kid {
			t.Error("the old token has the new key")
		}
	})
}

// What the configuration gives is not rotated here.
func TestKeys_of_the_configuration(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{Config: map[string]string{"ALGORITHM": "HS256", "SIGNING_SECRET": "k7J2mQ9xV4bT8nR1wZ6pL3sD5fG0hYcA"}})
	admin := s.Superuser(t)
	s.Run(t, []Scenario{
		{Name: "list", Request: Request{Path: "/api/v1/keys", As: admin.Access}, Status: 200,
			Want: `{"items":[{"kid":"<any>","alg":"HS256","state":"active","created_at":null,"activates_at":null,"retires_at":null}],"next_cursor":null}`},
		{Name: "rotate", Request: Request{Method: "POST", Path: "/api/v1/keys/rotate", As: admin.Access}, Status: 409, Code: "shared_secret"},
	})
	if keys, err := s.App.Keys.List(context.Background(), operator); err != nil || len(keys) != 1 {
		t.Errorf("keys: %v, %v", keys, err)
	}
}
