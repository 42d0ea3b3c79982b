package nearest_test

import (
	"testing"

	"github.com/countersign/countersign/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"username", "email", "first_name", "is_active", "roles"}
	for written, want := range map[string]string{
		"user_name": "username", "Email": "email", "firstname": "first_name", "active": "is_active", "role": "roles", "roles": "roles", "": "email",
	} {
		if got := nearest.Name(written, names); got != want {
			t.Errorf("Name(%q) = %q, want %q", written, got, want)
		}
	}
	if got := nearest.Name("x", nil); got != "" {
		t.Errorf("of no names: %q", got)
	}
}
