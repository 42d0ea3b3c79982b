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

// explainedView is a permission that a user holds as programs read it; its keys are
// the API's.
type explainedView struct {
	Permission string     `json:"permission"`
	Paths      []pathView `json:"paths"`
	LeftOut    int        `json:"paths_left_out"`
}

type pathView struct {
	Kind  string     `json:"kind"`
	Roles []roleRef  `json:"roles"`
	Until *time.Time `json:"until"`
}

func viewExplained(e access.Explained) explainedView {
	v := explainedView{Permission: string(e.Permission), LeftOut: e.LeftOut}
	for _, p := range e.Paths {
		path := pathView{Kind: string(p.Kind), Roles: []roleRef{}, Until: momentOrNull(p.Until)}
		for _, r := range p.Roles {
			path.Roles = append(path.Roles, roleRef{ID: string(r.ID), Name: r.Name})
		}
		v.Paths = append(v.Paths, path)
	}
	return v
}

// why is the paths in words: "granted directly; chief > editor (until …)".
func (e explainedView) why() string {
	ways := make([]string, 0, len(e.Paths)+1)
	for _, p := range e.Paths {
		ways = append(ways, p.way()+untilText(p.Until))
	}
	if e.LeftOut > 0 {
		ways = append(ways, fmt.Sprintf("%d more", e.LeftOut))
	}
	return strings.Join(ways, "; ")
}

func (p pathView) way() string {
	switch access.PathKind(p.Kind) {
	case access.BySuperuser:
		return "as a superuser"
	case access.ByGrant:
		return "granted directly"
	}
	names := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		names[i] = r.Name
	}
	return strings.Join(names, " > ")
}

// untilText is " (until TIME)", empty for what has no end.
func untilText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return " (until " + shown(t) + ")"
}

var explainedTable = table[explainedView]{
	columns: []string{"PERMISSION", "WHY"},
	row:     func(e explainedView) []string { return []string{e.Permission, e.why()} },
}

func (in *invocation) usersPermissions() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "permissions USER",
		Short: "List what a user may do, and why",
		Long: "List every permission that a user holds with the ways in which they do: granted directly, by a role,\n" +
			"or by a role that one of theirs includes (chief > editor).",
		Args: want("USER"),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			held, err := all(o.limit, viewExplained, func(r page.Request) (page.Page[access.Explained], error) {
				return a.Roles.Explain(ctx, operator(), u.ID, r)
			})
			if err != nil {
				return err
			}
			return explainedTable.print(in.env.Stdout, held, o)
		}),
	}
	return o.listFlags(cmd, 0)
}

// decisionView is a decision as programs read it; its keys are the API's.
type decisionView struct {
	Permission string `json:"permission"`
	Allowed    bool   `json:"allowed"`
	Reason     string `json:"reason"`
}

var decisionTable = table[decisionView]{
	columns: []string{"PERMISSION", "ALLOWED", "REASON"},
	row:     func(d decisionView) []string { return []string{d.Permission, yesNo(d.Allowed), d.Reason} },
}

func (in *invocation) usersMay() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:     "may USER PERMISSION...",
		Short:   "Decide whether a user may do what permissions name",
		Example: "  countersign users may alice blog.publish_post",
		Args:    want("USER", "PERMISSION..."),
		RunE: in.with(func(ctx context.Context, a *app.App, args []string) error {
			u, err := a.Accounts.UserByName(ctx, operator(), args[0])
			if err != nil {
				return err
			}
			q := role.Question{Subject: u.ID}
			for _, name := range args[1:] {
				p, err := access.ParsePermission(name)
				if err != nil {
					return fmt.Errorf("%s is no name of a permission: it is app.action", quote(name))
				}
				q.Permissions = append(q.Permissions, p)
			}
			decisions, err := a.Roles.Decide(ctx, operator(), q)
			if err != nil {
				return err
			}
			views := make([]decisionView, len(decisions))
			for i, d := range decisions {
				views[i] = decisionView{Permission: string(d.Permission), Allowed: d.Allowed, Reason: string(d.Reason)}
			}
			return decisionTable.print(in.env.Stdout, views, o)
		}),
	})
}
