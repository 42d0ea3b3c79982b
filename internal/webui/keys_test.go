package webui_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
)

// A rotation wants the password again, publishes a key before it signs, and cannot be
// done twice at once.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	p := s.Superuser(t)
	v := newVisitor(t, s).signIn("admin", p)
	before := v.get("/admin/keys")
	v.says("one key", before, 200, "active", "ES256", "Signs since", "It signs until somebody rotates the keys.", "Rotate now", "after 10 minutes")
	s.Advance(t, 6*time.Minute)
	v.says("six minutes after the sign-in", v.post("/admin/keys/rotate", nil), 403, "Confirm that it is you")
	v.says("with a wrong password", v.post("/admin/keys/rotate", url.Values{"confirm_password": {"x"}}), 403, "That is not your password.")
	if n := len(s.Events(t, event.Filter{Action: event.KeyCreated})); n != 1 {
		t.Fatalf("%d keys were made, want the first alone", n)
	}
	after := v.goes("rotate", v.post("/admin/keys/rotate", url.Values{"confirm_password": {p.Password}}), "/admin/keys")
	v.says("two keys", after, 200, "A new key is published.", "pending", "It begins to sign on", "The new key takes its place on", "Another one can follow when it signs.")
	if strings.Contains(after.body, "Rotate now") {
		t.Error("there is a button that can only be refused")
	}
	v.says("once more", v.post("/admin/keys/rotate", nil), 409, "A new key is published already", "pending")
	made := s.Events(t, event.Filter{Action: event.KeyCreated})
	if len(made) != 2 || made[0].Actor.Name != p.Username {
		t.Errorf("the events are %+v", made)
	}
	s.Advance(t, 11*time.Minute)
	v.says("when it signs", v.get("/admin/keys"), 200, "retiring", "The last token that it signed expires", "Rotate now")
}

// Who may only look sees no button; who may only rotate is told that it is done.
func TestKeys_with_less(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	viewer := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewKey))
	a := viewer.get("/admin/keys")
	viewer.says("the page", a, 200, "countersign.rotate_key")
	if strings.Contains(a.body, "/rotate") {
		t.Errorf("there is a button: %s", a.body)
	}
	viewer.says("rotating all the same", viewer.post("/admin/keys/rotate", nil), 403, access.ErrForbidden.Public)
	blind := newVisitor(t, s).signIn("admin", staff(t, s, access.RotateKey))
	blind.says("without the list", blind.goes("rotate", blind.post("/admin/keys/rotate", nil), "/admin/"), 200, "A new key is published.")
	blind.says("without the list, twice", blind.post("/admin/keys/rotate", nil), 409, "A new key is published already")
}

// Where the configuration gives the key the page says so, and refuses to rotate it.
func TestKeys_given(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		says     string
	}{
		"a shared secret": {map[string]string{"ALGORITHM": "HS256", "SIGNING_SECRET": strings.Repeat("0123456789abcdef", 4)}, "shared secret of the configuration"},
		"the preset": {map[string]string{"PRESET": "simplejwt", "SIGNING_SECRET": strings.Repeat("0123456789abcdef", 4)},
			"shared secret of the configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, apptest.Options{Config: c.settings})
			v := newVisitor(t, s).signIn("admin", s.Superuser(t))
			a := v.get("/admin/keys")
			v.says("the page", a, 200, c.says, "HS256", "It signs until the configuration gives another one.")
			if strings.Contains(a.body, "/rotate") || strings.Contains(a.body, "0123456789abcdef") {
				t.Errorf("there is a button, or the secret: %s", a.body)
			}
			v.says("rotating all the same", v.post("/admin/keys/rotate", nil), 409, c.says)
		})
	}
}
