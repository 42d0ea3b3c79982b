package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/app"
)

// resetLinkView is a reset link as programs read it; its keys are the API's.
type resetLinkView struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (in *invocation) usersResetLink() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:   "reset-link USER",
		Short: "Make a one-time link with which a user chooses a new password",
		Long: fmt.Sprintf("Print a link below the configured public URL with which a user chooses a new password. It works once, for %d minutes.\n",
			account.ResetLifetime/time.Minute) +
			"A new one replaces the user's older one. Whoever has the link chooses the password: give it to the user alone. Until it is\n" +
			"used, the password that there is works on; then every session of the user ends.",
		Args: want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			made, err := a.Accounts.MakeResetLink(ctx, operator(), u.ID)
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(in.env.Stdout, resetLinkView{URL: made.URL.Reveal(), ExpiresAt: moment(made.ExpiresAt)})
			}
			return in.say("%s", made.URL.Reveal())
		}),
	})
}
