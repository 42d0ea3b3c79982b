package session_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
)

// Who may see sessions sees whose they are; nobody else learns names by it.
func TestOwners(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ann, ben := f.add("ann", access.ViewSession), f.add("ben")
	all := []session.Session{{UserID: ann.UserID}, {UserID: ben.UserID}, {UserID: ann.UserID}, {UserID: "gone"}}
	got, err := f.Owners(t.Context(), ann, all)
	ok(t, err)
	if diff := cmp.Diff(map[ident.UserID]string{ann.UserID: "ann", ben.UserID: "ben"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := f.Owners(t.Context(), ben, all); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the permission: %v", err)
	}
}
