package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

// roles is `countersign roles`. A role is named by its name.
func (in *invocation) roles() *cobra.Command {
	return group("roles", "Manage roles and who has them",
		in.rolesList(), in.rolesCreate(), in.rolesBind(), in.rolesDelete(), in.rolesGrant(), in.rolesRevoke(),
		in.rolesInclude(), in.rolesExclude(), in.rolesAssign(), in.rolesUnassign())
}

// roleView is a role as programs read it; its keys are the API's.
type roleView struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Audience    string              `json:"audience"`
	Permissions []access.Permission `json:"permissions"`
	Includes    []roleRef           `json:"includes"`
	Inherited   []access.Permission `json:"inherited_permissions"`
	CreatedAt   time.Time           `json:"created_at"`
}

// roleRef names a role.
type roleRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func viewRole(r role.Role) roleView {
	v := roleView{
		ID: string(r.ID), Name: r.Name, Description: r.Description, Audience: r.Audience, Includes: []roleRef{},
		Permissions: append([]access.Permission{}, r.Permissions...), Inherited: append([]access.Permission{}, r.Inherited...),
		CreatedAt: moment(r.CreatedAt),
	}
	for _, other := range r.Includes {
		v.Includes = append(v.Includes, roleRef{ID: string(other.ID), Name: other.Name})
	}
	return v
}

var roleTable = table[roleView]{
	columns: []string{"NAME", "DESCRIPTION", "PERMISSIONS", "INCLUDES", "AUDIENCE"},
	row: func(r roleView) []string {
		names := make([]string, len(r.Includes))
		for i, other := range r.Includes {
			names[i] = other.Name
		}
		return []string{r.Name, r.Description, joined(r.Permissions), strings.Join(names, ", "), r.Audience}
	},
}

func (in *invocation) rolesList() *cobra.Command {
	var o output
	var search string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List roles with their permissions, newest first",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			roles, err := all(o.limit, viewRole, func(r page.Request) (page.Page[role.Role], error) {
				return a.Roles.Roles(ctx, operator(), search, r)
			})
			if err != nil {
				return err
			}
			return roleTable.print(in.env.Stdout, roles, o)
		}),
	}
	cmd.Flags().StringVar(&search, "search", "", "only roles with this `TEXT` in their name")
	return o.listFlags(cmd, 0)
}

func (in *invocation) rolesCreate() *cobra.Command {
	var o output
	var description, audience string
	var names []string
	cmd := &cobra.Command{
		Use:     "create ROLE",
		Short:   "Make a role",
		Example: "  countersign roles create editor --description \"Writes and publishes.\" --permission blog.publish_post",
		Args:    want("ROLE"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			permissions, err := declared(ctx, a, names)
			if err != nil {
				return err
			}
			r, err := a.Roles.Create(ctx, operator(), role.Draft{
				Name: args[0], Description: description, Audience: audience, Permissions: permissions,
			})
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(in.env.Stdout, viewRole(r))
			}
			return in.say("The role %s is made.", r.Name)
		}),
	}
	cmd.Flags().StringVar(&description, "description", "", "what the role is for, as `TEXT`")
	cmd.Flags().StringVar(&audience, "audience", "", "the `AUDIENCE` in whose tokens alone the role counts; without it, in all")
	cmd.Flags().StringArrayVar(&names, "permission", nil, "a `PERMISSION` of the role; may be repeated")
	return o.jsonFlag(cmd)
}

func (in *invocation) rolesBind() *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use:   "bind ROLE [AUDIENCE]",
		Short: "Let a role count in the tokens for one audience",
		Long: "Let a role count in the tokens for one audience alone, or with --none in all. Tokens that list the role are\n" +
			"stale at once. What it includes follows its own binding.",
		Example: "  countersign roles bind editor https://blog.example\n" +
			"  countersign roles bind editor --none",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 || none != (len(args) == 1) {
				return usageError{"countersign roles bind wants a role, and an audience or --none"}
			}
			return nil
		},
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			r, err := a.Roles.RoleByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			audience := strings.Join(args[1:], "")
			if r, err = a.Roles.Update(ctx, operator(), r.ID, role.Change{Audience: &audience}); err != nil {
				return err
			}
			if audience == "" {
				return in.say("The role %s counts in all tokens.", r.Name)
			}
			return in.say("The role %s counts in tokens for %s alone.", r.Name, audience)
		}),
	}
	cmd.Flags().BoolVar(&none, "none", false, "bind it to no audience")
	return cmd
}

func (in *invocation) rolesDelete() *cobra.Command {
	var yes, inUse bool
	cmd := &cobra.Command{
		Use:   "delete ROLE",
		Short: "Delete a role",
		Long: "Delete a role. One that somebody has, or that another role includes, is deleted with --in-use alone:\n" +
			"whoever has it loses it.",
		Args: want("ROLE"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			r, err := a.Roles.RoleByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			question, remove := "This deletes the role %s.", a.Roles.Delete
			if inUse {
				question, remove = "This deletes the role %s and takes it from everybody.", a.Roles.DeleteInUse
			}
			if err := in.confirm(yes, fmt.Sprintf(question, r.Name)); err != nil {
				return err
			}
			if err := remove(ctx, operator(), r.ID); err != nil {
				return err
			}
			return in.sayLoss(a, "The role %s is deleted.", r.Name)
		}),
	}
	cmd.Flags().BoolVar(&inUse, "in-use", false, "also when somebody has it or another role includes it")
	in.yesFlag(cmd, &yes)
	return cmd
}

// declared returns the permissions of these names, all of which must be declared:
// a command does all of its work or none.
func declared(ctx context.Context, a *app.App, names []string) ([]access.Permission, error) {
	permissions := make([]access.Permission, 0, len(names))
	for _, name := range names {
		p, err := access.ParsePermission(name)
		if err != nil {
			return nil, fmt.Errorf("%s is no name of a permission: it is app.action", quote(name))
		}
		if _, err := a.Roles.Permission(ctx, operator(), p); err != nil {
			return nil, namePermission(err, p)
		}
		permissions = append(permissions, p)
	}
	return permissions, nil
}
