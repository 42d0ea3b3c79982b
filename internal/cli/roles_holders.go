package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/role"
)

func (in *invocation) rolesGrant() *cobra.Command {
	return &cobra.Command{
		Use:   "grant ROLE PERMISSION...",
		Short: "Add permissions to a role",
		Args:  want("ROLE", "PERMISSION..."),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			r, permissions, err := roleAnd(ctx, a, args)
			if err != nil {
				return err
			}
			for _, p := range permissions {
				if err := a.Roles.GrantToRole(ctx, operator(), r.ID, p); err != nil {
					return err
				}
			}
			return in.say("The role %s has %s.", r.Name, joined(permissions))
		}),
	}
}

func (in *invocation) rolesRevoke() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ROLE PERMISSION...",
		Short: "Take permissions from a role",
		Args:  want("ROLE", "PERMISSION..."),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			r, permissions, err := roleAnd(ctx, a, args)
			if err != nil {
				return err
			}
			for _, p := range permissions {
				if err := a.Roles.RevokeFromRole(ctx, operator(), r.ID, p); err != nil {
					return err
				}
			}
			return in.sayLoss(a, "The role %s does not have %s.", r.Name, joined(permissions))
		}),
	}
}

func (in *invocation) rolesAssign() *cobra.Command {
	var until string
	cmd := &cobra.Command{
		Use:   "assign USER ROLE",
		Short: "Give a user a role",
		Long:  "Give a user a role, for ever or until a time. Giving it again changes the end.",
		Example: "  countersign roles assign alice on-call --until 8h\n" +
			"  countersign roles assign alice auditor --until 2026-12-31T18:00:00Z",
		Args: want("USER", "ROLE"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			r, err := a.Roles.RoleByName(ctx, operator(), args[1])
			if err != nil {
				return err
			}
			ends, err := untilOf(until, a.Roles.Now())
			if err != nil {
				return err
			}
			if err := a.Roles.Assign(ctx, operator(), role.Assignment{To: u.ID, Role: r.ID, Until: ends}); err != nil {
				return err
			}
			if err := in.say("%s has the role %s%s.", u.Username, r.Name, lasting(ends)); err != nil {
				return err
			}
			return in.saySize(ctx, a, u)
		}),
	}
	return untilFlag(cmd, &until)
}

// untilFlag adds --until to a command that gives something.
func untilFlag(cmd *cobra.Command, until *string) *cobra.Command {
	cmd.Flags().StringVar(until, "until", "", "when it ends: a `TIME` (RFC 3339), or how long it lasts, such as 8h or 30d")
	return cmd
}

// lasting is " until TIME", empty for what has no end.
func lasting(ends time.Time) string {
	if ends.IsZero() {
		return ""
	}
	return " until " + ends.UTC().Format(time.RFC3339)
}

// untilOf reads a time, or how long after now it is; zero when nothing was typed.
func untilOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := config.ParseDuration(text); err == nil {
		if d <= 0 {
			return time.Time{}, usageError{"--until is later than now"}
		}
		return now.Add(d), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		return time.Time{}, usageError{"--until is a time as 2026-12-31T18:00:00Z, or a duration as 8h or 30d"}
	}
	return at, nil
}

func (in *invocation) rolesUnassign() *cobra.Command {
	return &cobra.Command{
		Use:   "unassign USER ROLE",
		Short: "Take a role from a user",
		Args:  want("USER", "ROLE"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			r, err := a.Roles.RoleByName(ctx, operator(), args[1])
			if err != nil {
				return err
			}
			if err := a.Roles.Unassign(ctx, operator(), u.ID, r.ID); err != nil {
				return err
			}
			return in.sayLoss(a, "%s does not have the role %s.", u.Username, r.Name)
		}),
	}
}

// roleAnd reads the arguments ROLE PERMISSION...
func roleAnd(ctx context.Context, a *app.App, args []string) (role.Role, []access.Permission, error) {
	r, err := a.Roles.RoleByName(ctx, operator(), args[0])
	if err != nil {
		return role.Role{}, nil, err
	}
	permissions, err := declared(ctx, a, args[1:])
	return r, permissions, err
}

// namePermission says which of several permissions does not exist.
func namePermission(err error, p access.Permission) error {
	if errors.Is(err, role.ErrPermissionNotFound) {
		return fmt.Errorf("there is no permission %s; declare it with: countersign permissions create %s", p, p)
	}
	return err
}
