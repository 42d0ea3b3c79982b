package role_test

import (
	"context"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Case H22, in between: an account that was given more after the caller's rights
// over it were looked at, and before the change is written, is left alone.
func TestHolders_meanwhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		ctx := t.Context()
		small, big := f.role("small", read), f.role("big", write)
		who := f.asHolder("changer", access.ChangeUser, read)
		given := func(id ident.RoleID) func(ident.UserID) error {
			return func(on ident.UserID) error { return f.Assign(ctx, operator, role.Assignment{To: on, Role: id}) }
		}
		for name, c := range map[string]struct {
			first, meanwhile, ask func(on ident.UserID) error
			want                  error
		}{
			"assign": {nil, given(big.ID), func(on ident.UserID) error { return f.Assign(ctx, who, role.Assignment{To: on, Role: small.ID}) }, access.ErrHoldsMore},
			"unassign": {given(small.ID), given(big.ID),
				func(on ident.UserID) error { return f.Unassign(ctx, who, on, small.ID) }, access.ErrHoldsMore},
			"unassign what came meanwhile": {nil, given(big.ID),
				func(on ident.UserID) error { return f.Unassign(ctx, who, on, big.ID) }, access.ErrHoldsMore},
			"grant": {nil, given(big.ID), func(on ident.UserID) error { return f.GrantToUser(ctx, who, role.Grant{To: on, Permission: read}) }, access.ErrHoldsMore},
			"revoke": {func(on ident.UserID) error { return f.GrantToUser(ctx, operator, role.Grant{To: on, Permission: read}) }, given(big.ID),
				func(on ident.UserID) error { return f.RevokeFromUser(ctx, who, on, read) }, access.ErrHoldsMore},
		} {
			on := f.add("on " + name)
			if c.first != nil {
				ok(t, c.first(on))
			}
			inTx := f.InTx
			var before access.Rights
			f.InTx = func(ctx context.Context, fn func(role.Store) error) error {
				f.InTx = inTx
				ok(t, c.meanwhile(on))
				before = f.rights(on)
				return inTx(ctx, fn)
			}
			fails(t, name, c.ask(on), c.want)
			f.InTx = inTx
			equal(t, name, f.rights(on), before)
		}
	})
}
