package apptest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/event"
)

// Case H12: an administrator gives a password and reads none: no operation answers
// with a hash, a part of one or a password, whoever asks, and the document has no
// such field in an answer. That a password was given is recorded, by whom, and
// without it.
func TestPasswords_are_never_read(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	for _, o := range operations(t) {
		sc := m.scene(t, o)
		r := o.request(sc.things)
		for _, caller := range []string{"user", "super"} {
			r.As = sc.who(t, caller).Access
			a := m.Do(t, r)
			said := strings.ToLower(fmt.Sprint(a.Header) + string(a.Body))
			for _, secret := range []string{"argon2", "pbkdf2", "$2b$", strings.ToLower(Password), "password_hash", `"password":`, "an0ther-pass-43"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s as %s says %q: %.500s", o, caller, secret, a.Body)
				}
			}
		}
	}
	admin, p := m.Superuser(t), m.Someone(t)
	const given = "Giv3n-by-an-administrator"
	ask("PUT", "/api/v1/users/"+p.ID+"/password", admin, fields("password", given))(t, m.Service)
	recorded := m.Events(t, event.Filter{Action: event.UserPasswordChanged})
	if len(recorded) == 0 || string(recorded[0].Actor.ID) != admin.ID || recorded[0].Subject.ID != p.ID || strings.Contains(recorded[0].Detail, given) {
		t.Errorf("recorded: %+v", recorded)
	}
	d := theDocument(t, m.Service)
	for name, shape := range d.Components.Schemas {
		for field := range shape.Properties {
			if strings.Contains(field, "password") && !strings.HasSuffix(name, "Request") {
				t.Errorf("%s has the field %s", name, field)
			}
		}
	}
}
