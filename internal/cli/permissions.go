package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

// permissions is `countersign permissions`.
func (in *invocation) permissions() *cobra.Command {
	return group("permissions", "Declare the permissions that roles are made of",
		in.permissionsList(), in.permissionsCreate(), in.permissionsDelete())
}

// permissionView is a permission as programs read it; its keys are the API's.
type permissionView struct {
	Name        string    `json:"name"`
	Description string    `json:"description"`
	CreatedAt   time.Time `json:"created_at"`
}

func viewPermission(p role.Permission) permissionView {
	return permissionView{Name: string(p.Name), Description: p.Description, CreatedAt: moment(p.CreatedAt)}
}

var permissionTable = table[permissionView]{
	columns: []string{"NAME", "DESCRIPTION"},
	row:     func(p permissionView) []string { return []string{p.Name, p.Description} },
}

func (in *invocation) permissionsList() *cobra.Command {
	var o output
	var search string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List permissions, newest first",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			permissions, err := all(o.limit, viewPermission, func(r page.Request) (page.Page[role.Permission], error) {
				return a.Roles.Permissions(ctx, operator(), search, r)
			})
			if err != nil {
				return err
			}
			return permissionTable.print(in.env.Stdout, permissions, o)
		}),
	}
	cmd.Flags().StringVar(&search, "search", "", "only permissions with this `TEXT` in their name")
	return o.listFlags(cmd, 0)
}

func (in *invocation) permissionsCreate() *cobra.Command {
	var o output
	var description string
	cmd := &cobra.Command{
		Use:     "create PERMISSION",
		Short:   "Declare a permission, named app.action",
		Example: "  countersign permissions create blog.publish_post --description \"May publish a post.\"",
		Args:    want("PERMISSION"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			p, err := a.Roles.CreatePermission(ctx, operator(), role.Permission{
				Name: access.Permission(args[0]), Description: description,
			})
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(in.env.Stdout, viewPermission(p))
			}
			return in.say("The permission %s is declared.", p.Name)
		}),
	}
	cmd.Flags().StringVar(&description, "description", "", "what it allows, as `TEXT`")
	return o.jsonFlag(cmd)
}

func (in *invocation) permissionsDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete PERMISSION",
		Short: "Delete a permission and take it from everybody",
		Args:  want("PERMISSION"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			p, err := a.Roles.Permission(ctx, operator(), access.Permission(args[0]))
			if err != nil {
				return err
			}
			if err := in.confirm(yes, fmt.Sprintf("This deletes the permission %s and takes it from every role and user.", p.Name)); err != nil {
				return err
			}
			if err := a.Roles.DeletePermission(ctx, operator(), p.Name); err != nil {
				return err
			}
			return in.sayLoss(a, "The permission %s is deleted.", p.Name)
		}),
	}
	in.yesFlag(cmd, &yes)
	return cmd
}
