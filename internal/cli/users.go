package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
)

// users is `countersign users`. A user is named by username or by id.
func (in *invocation) users() *cobra.Command {
	return group("users", "Manage users",
		in.usersList(), in.usersCreate(), in.usersShow(), in.usersPermissions(), in.usersGrant(), in.usersRevoke(), in.usersMay(), in.usersDisable(), in.usersEnable(),
		in.usersSetPassword(), in.usersResetLink(), in.usersDelete())
}

// userView is a user as programs read it; its keys are the API's.
type userView struct {
	ID           string     `json:"id"`
	Username     string     `json:"username"`
	Email        string     `json:"email"`
	FirstName    string     `json:"first_name"`
	LastName     string     `json:"last_name"`
	Active       bool       `json:"is_active"`
	Staff        bool       `json:"is_staff"`
	Superuser    bool       `json:"is_superuser"`
	JoinedAt     time.Time  `json:"joined_at"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
}

func viewUser(u user.User) userView {
	return userView{
		ID: string(u.ID), Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName,
		Active: u.Active, Staff: u.Staff, Superuser: u.Superuser,
		JoinedAt: moment(u.JoinedAt), LastSignInAt: momentOrNull(u.LastSignInAt),
	}
}

var userTable = table[userView]{
	columns: []string{"USERNAME", "EMAIL", "ACTIVE", "STAFF", "SUPERUSER", "LAST SIGN-IN", "ID"},
	row: func(u userView) []string {
		return []string{u.Username, u.Email, yesNo(u.Active), yesNo(u.Staff), yesNo(u.Superuser), shown(u.LastSignInAt), u.ID}
	},
}

func (in *invocation) usersList() *cobra.Command {
	var o output
	var filter user.Filter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List users, newest first",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			users, err := all(o.limit, viewUser, func(r page.Request) (page.Page[user.User], error) {
				return a.Accounts.Users(ctx, operator(), filter, r)
			})
			if err != nil {
				return err
			}
			return userTable.print(in.env.Stdout, users, o)
		}),
	}
	cmd.Flags().StringVar(&filter.Search, "search", "", "only users with this `TEXT` in their username, email or names")
	return o.listFlags(cmd, 0)
}

func (in *invocation) usersDisable() *cobra.Command {
	return &cobra.Command{
		Use:   "disable USER",
		Short: "Keep a user from signing in and end their sessions",
		Args:  want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			if err := a.Accounts.Disable(ctx, operator(), u.ID); err != nil {
				return err
			}
			return in.say("%s is disabled, and their sessions have ended.", u.Username)
		}),
	}
}

func (in *invocation) usersEnable() *cobra.Command {
	return &cobra.Command{
		Use:   "enable USER",
		Short: "Let a disabled user sign in again",
		Args:  want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			if err := a.Accounts.Enable(ctx, operator(), u.ID); err != nil {
				return err
			}
			return in.say("%s may sign in.", u.Username)
		}),
	}
}

func (in *invocation) usersDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete USER",
		Short: "Delete a user with everything that they have",
		Args:  want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			if err := in.confirm(yes, fmt.Sprintf("This deletes the user %s.", u.Username)); err != nil {
				return err
			}
			if err := a.Accounts.Delete(ctx, operator(), u.ID); err != nil {
				return err
			}
			return in.say("%s is deleted.", u.Username)
		}),
	}
	in.yesFlag(cmd, &yes)
	return cmd
}

// say prints a sentence about what was done.
func (in *invocation) say(format string, args ...any) error {
	_, err := fmt.Fprintln(in.env.Stdout, clean(fmt.Sprintf(format, args...)))
	return err
}
