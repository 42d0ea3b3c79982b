package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

func (in *invocation) usersGrant() *cobra.Command {
	var until string
	cmd := &cobra.Command{
		Use:   "grant USER PERMISSION...",
		Short: "Grant a user permissions directly",
		Long: "Grant a user permissions directly, without a role, for ever or until a time. Granting one again changes the end.\n" +
			"What many users need belongs into a role.",
		Example: "  countersign users grant alice blog.publish_post --until 8h",
		Args:    want("USER", "PERMISSION..."),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, permissions, err := userAnd(ctx, a, args)
			if err != nil {
				return err
			}
			ends, err := untilOf(until, a.Roles.Now())
			if err != nil {
				return err
			}
			for _, p := range permissions {
				if err := a.Roles.GrantToUser(ctx, operator(), role.Grant{To: u.ID, Permission: p, Until: ends}); err != nil {
					return err
				}
			}
			if err := in.say("%s has %s%s.", u.Username, joined(permissions), lasting(ends)); err != nil {
				return err
			}
			return in.saySize(ctx, a, u)
		}),
	}
	return untilFlag(cmd, &until)
}

func (in *invocation) usersRevoke() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke USER PERMISSION...",
		Short: "Take directly granted permissions from a user",
		Long:  "Take permissions from a user that were granted directly. What their roles give stays.",
		Args:  want("USER", "PERMISSION..."),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, permissions, err := userAnd(ctx, a, args)
			if err != nil {
				return err
			}
			for _, p := range permissions {
				if err := a.Roles.RevokeFromUser(ctx, operator(), u.ID, p); err != nil {
					return err
				}
			}
			return in.sayLoss(a, "%s is not granted %s.", u.Username, joined(permissions))
		}),
	}
}

// userAnd reads the arguments USER PERMISSION...
func userAnd(ctx context.Context, a *app.App, args []string) (user.User, []access.Permission, error) {
	u, err := a.Accounts.UserByName(ctx, operator(), args[0])
	if err != nil {
		return user.User{}, nil, err
	}
	permissions, err := declared(ctx, a, args[1:])
	return u, permissions, err
}
