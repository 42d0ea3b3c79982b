package storetest

import (
	"fmt"
	"testing"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/store"
)

// sessionOwners: of any number of accounts at once, twice the same one and ones that do
// not exist among them.
func sessionOwners(t *testing.T, db *store.DB) {
	ctx := t.Context()
	want := map[ident.UserID]string{}
	ids := []ident.UserID{"nobody", "bad\x00id", "bad\xffid"}
	for i := range 120 { // more than a statement takes
		u := addUser(t, db, fmt.Sprintf("owner-%d", i))
		want[u.ID] = u.Username
		ids = append(ids, u.ID, u.ID)
	}
	is(t, "Usernames", get[map[ident.UserID]string](t)(db.Usernames(ctx, ids)), want)
	is(t, "Usernames of nobody", get[map[ident.UserID]string](t)(db.Usernames(ctx, nil)), map[ident.UserID]string{})
}
