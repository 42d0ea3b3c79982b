package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/role"
)

func (in *invocation) rolesInclude() *cobra.Command {
	return in.inclusion(&cobra.Command{
		Use:     "include ROLE OTHER...",
		Short:   "Let a role include others",
		Long:    "Let a role include others: whoever has the role then has them too, and what they include.",
		Example: "  countersign roles include chief editor moderator",
	}, inclusionEdit{done: "The role %s includes %s.", service: func(a *app.App) editsInclusion { return a.Roles.Include }})
}

func (in *invocation) rolesExclude() *cobra.Command {
	return in.inclusion(&cobra.Command{
		Use:   "exclude ROLE OTHER...",
		Short: "Let a role not include others any more",
	}, inclusionEdit{done: "The role %s does not include %s.", service: func(a *app.App) editsInclusion { return a.Roles.Exclude }, takes: true})
}

type editsInclusion func(context.Context, access.Caller, role.Inclusion) error

// inclusionEdit is what a command does to what a role includes.
type inclusionEdit struct {
	done    string // said of each
	service func(*app.App) editsInclusion
	takes   bool // somebody loses what the included role gives
}

// inclusion completes a command that edits what a role includes. All the names have
// to be those of roles before anything is done.
func (in *invocation) inclusion(cmd *cobra.Command, edit inclusionEdit) *cobra.Command {
	cmd.Args = want("ROLE", "OTHER...")
	cmd.RunE = in.with(func(ctx context.Context, a *app.App, args []string) error {
		roles := make([]role.Role, len(args))
		for i, name := range args {
			var err error
			roles[i], err = a.Roles.RoleByName(ctx, operator(), name)
			if errors.Is(err, role.ErrNotFound) {
				return fmt.Errorf("there is no role %s", quote(name)) // which of them
			}
			if err != nil {
				return err
			}
		}
		for _, other := range roles[1:] {
			if err := edit.service(a)(ctx, operator(), role.Inclusion{Role: roles[0].ID, Included: other.ID}); err != nil {
				return err
			}
			if err := in.say(edit.done, roles[0].Name, other.Name); err != nil {
				return err
			}
		}
		if edit.takes {
			return in.say("%s", a.SignIn.AfterLoss())
		}
		return nil
	})
	return cmd
}
