package cli

import (
	"context"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
)

// saySize prints how large the next token of a user is, where tokens carry what they
// were given.
func (in *invocation) saySize(ctx context.Context, a *app.App, u user.User) error {
	size, err := a.SignIn.NextSize(ctx, operator(), u.ID)
	if size == nil || err != nil {
		return err
	}
	without := ""
	switch {
	case size.RolesLeftOut:
		without = ", without roles and permissions: they do not fit, and services look them up"
	case size.PermissionsLeftOut:
		without = ", without the permissions: they do not fit, and services look them up"
	}
	return in.say("Their next token has %d of at most %d bytes%s.", size.Bytes, token.MaxBytes, without)
}

// sayLoss prints a sentence about what was taken, and one about the tokens that were
// issued before.
func (in *invocation) sayLoss(a *app.App, format string, args ...any) error {
	if err := in.say(format, args...); err != nil {
		return err
	}
	return in.say("%s", a.SignIn.AfterLoss())
}
