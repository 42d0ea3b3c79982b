package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/app"
)

func (in *invocation) usersCreate() *cobra.Command {
	var o output
	var draft account.Draft
	cmd := &cobra.Command{
		Use:   "create USERNAME",
		Short: "Make a user",
		Long: "Make a user. The password is asked for on a terminal, or is one line of standard input; it follows the same policy\n" +
			"as everybody's.",
		Example: "  countersign users create alice --email alice@example.com\n" +
			"  countersign users create alice --email alice@example.com --password-stdin < password.txt",
		Args: want("USERNAME"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			var err error
			draft.Username = args[0]
			if draft.Password, err = in.newPassword(); err != nil {
				return err
			}
			u, err := a.Accounts.Create(ctx, operator(), draft)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(in.env.Stdout, viewUser(u))
			}
			return in.say("%s is made, with the id %s.", u.Username, u.ID)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&draft.Email, "email", "", "the email `ADDRESS`")
	flags.StringVar(&draft.FirstName, "first-name", "", "the first `NAME`")
	flags.StringVar(&draft.LastName, "last-name", "", "the last `NAME`")
	flags.BoolVar(&draft.Staff, "staff", false, "may open the administration site")
	flags.BoolVar(&draft.Superuser, "superuser", false, "may do everything")
	in.passwordFlag(cmd)
	return o.jsonFlag(cmd)
}

func (in *invocation) usersSetPassword() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set-password USER",
		Short: "Give a user a new password and end their sessions",
		Args:  want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			next, err := in.newPassword()
			if err != nil {
				return err
			}
			if err := a.Accounts.SetPassword(ctx, operator(), u.ID, next); err != nil {
				return err
			}
			return in.say("%s has a new password, and their sessions have ended.", u.Username)
		}),
	}
	in.passwordFlag(cmd)
	return cmd
}
