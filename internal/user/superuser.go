package user

import (
	"context"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// ErrLastSuperuser is returned for a change after which no active superuser would
// be left.
var ErrLastSuperuser = fault.New(fault.Conflict, "last_superuser",
	"This is the last active superuser. Make another one first.")

// Superusers is the part of a transaction that knows whether a superuser can go.
type Superusers interface {
	// OtherSuperuser reports whether an active superuser exists besides this
	// account. Transactions that ask wait for each other: whoever asks second
	// sees what the first one did. Ask in a transaction only, after the account's
	// own row was taken, so that everybody takes the two in one order.
	OtherSuperuser(ctx context.Context, than ident.UserID) (bool, error)
}

// MayGo returns ErrLastSuperuser when no active superuser exists besides this
// account. Every change that demotes, disables or deletes an active superuser
// asks it, in its transaction, after it has taken the account's row.
func MayGo(ctx context.Context, tx Superusers, id ident.UserID) error {
	other, err := tx.OtherSuperuser(ctx, id)
	if err == nil && !other {
		return ErrLastSuperuser
	}
	return err
}
