package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/ident"
)

// userDetail is a user with what they hold.
type userDetail struct {
	userView
	Roles []string `json:"roles"`
	// Direct are the permissions granted to the user alone, Permissions all that
	// they hold.
	Direct      []access.Permission `json:"direct_permissions"`
	Permissions []access.Permission `json:"permissions"`

	// When those of them end that do.
	RolesUntil       map[string]time.Time            `json:"roles_until,omitempty"`
	PermissionsUntil map[access.Permission]time.Time `json:"permissions_until,omitempty"`
	direct           []access.Grant
}

func (in *invocation) usersShow() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:   "show USER",
		Short: "Show a user with their roles and permissions",
		Args:  want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			d, err := holdings(ctx, a, u.ID)
			if err != nil {
				return err
			}
			d.userView = viewUser(u)
			if o.json {
				return printJSON(in.env.Stdout, d)
			}
			return printPairs(in.env.Stdout, d.pairs())
		}),
	})
}

// holdings reads what an account holds.
func holdings(ctx context.Context, a *app.App, id ident.UserID) (userDetail, error) {
	direct, rights, err := a.Roles.UserPermissions(ctx, operator(), id)
	names := []access.Permission{}
	for _, g := range direct {
		names = append(names, g.Permission)
	}
	return userDetail{
		Roles:       append([]string{}, rights.Roles...),
		Direct:      names,
		Permissions: append([]access.Permission{}, rights.Permissions...),
		RolesUntil:  rights.LimitedRoles, PermissionsUntil: rights.Limited, direct: direct,
	}, err
}

func (d userDetail) pairs() []pair {
	permissions := withEnds(d.Permissions, d.PermissionsUntil)
	if d.Superuser {
		permissions = "all, as a superuser"
	}
	ends := map[access.Permission]time.Time{}
	for _, g := range d.direct {
		if !g.Until.IsZero() {
			ends[g.Permission] = g.Until
		}
	}
	return []pair{
		{"Username", d.Username}, {"Id", d.ID}, {"Email", d.Email}, {"First name", d.FirstName}, {"Last name", d.LastName},
		{"Active", yesNo(d.Active)}, {"Staff", yesNo(d.Staff)}, {"Superuser", yesNo(d.Superuser)},
		{"Joined", d.JoinedAt.Format(time.RFC3339)}, {"Last sign-in", shown(d.LastSignInAt)},
		{"Roles", withEnds(d.Roles, d.RolesUntil)}, {"Granted directly", withEnds(d.Direct, ends)}, {"Permissions", permissions},
	}
}

func joined(permissions []access.Permission) string {
	names := make([]string, len(permissions))
	for i, p := range permissions {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}

// withEnds lists names, and when those of them end that do.
func withEnds[T ~string](names []T, ends map[T]time.Time) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = string(name)
		if until, limited := ends[name]; limited {
			all[i] += untilText(&until)
		}
	}
	return strings.Join(all, ", ")
}
