package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
)

// sessions is `countersign sessions`.
func (in *invocation) sessions() *cobra.Command {
	return group("sessions", "See who is signed in, and end it", in.sessionsList(), in.sessionsEnd())
}

// sessionView is a session as programs read it; its keys are the API's.
type sessionView struct {
	ID            string    `json:"id"`
	UserID        string    `json:"user_id"`
	CreatedAt     time.Time `json:"created_at"`
	RefreshedAt   time.Time `json:"refreshed_at"`
	IdleExpiresAt time.Time `json:"idle_expires_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	IP            string    `json:"ip"`
	UserAgent     string    `json:"user_agent"`
	LastIP        string    `json:"last_ip"`
	LastUserAgent string    `json:"last_user_agent"`
	Methods       []string  `json:"authentication_methods"`
}

func viewSession(s session.Session) sessionView {
	return sessionView{
		ID: string(s.ID), UserID: string(s.UserID), CreatedAt: moment(s.CreatedAt), RefreshedAt: moment(s.RotatedAt),
		IdleExpiresAt: moment(s.IdleExpiresAt), ExpiresAt: moment(s.ExpiresAt),
		IP: s.IP, UserAgent: s.UserAgent, LastIP: s.RotatedIP, LastUserAgent: s.RotatedAgent,
		Methods: append([]string{}, s.AuthenticationMethods...),
	}
}

const maxAgentShown = 40 // code points, in a table

var sessionTable = table[sessionView]{
	columns: []string{"ID", "USER ID", "SIGNED IN", "REFRESHED", "EXPIRES", "FROM", "WITH"},
	row: func(s sessionView) []string {
		return []string{
			s.ID, s.UserID, shown(&s.CreatedAt), shown(&s.RefreshedAt), shown(&s.ExpiresAt),
			s.IP, shorten(s.UserAgent, maxAgentShown),
		}
	},
}

func (in *invocation) sessionsList() *cobra.Command {
	var o output
	var name string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List live sessions, newest first",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			var of ident.UserID
			if name != "" {
				u, err := a.Accounts.UserByName(ctx, operator(), name)
				if err != nil {
					return err
				}
				of = u.ID
			}
			sessions, err := all(o.limit, viewSession, func(r page.Request) (page.Page[session.Session], error) {
				return a.Sessions.List(ctx, operator(), of, r)
			})
			if err != nil {
				return err
			}
			return sessionTable.print(in.env.Stdout, sessions, o)
		}),
	}
	cmd.Flags().StringVar(&name, "user", "", "only the sessions of this `USER`")
	return o.listFlags(cmd, 0)
}

func (in *invocation) sessionsEnd() *cobra.Command {
	var name string
	var every bool
	cmd := &cobra.Command{
		Use:   "end [SESSION]",
		Short: "End a session, or all sessions of a user",
		Long: "End a session, or all sessions of a user with --user USER --all. Their access tokens are refused within a second\n" +
			"and their refresh tokens at once.",
		Args: want("[SESSION]"),
	}
	run := in.with(func(ctx context.Context, a *app.App, args []string) error {
		if len(args) == 1 {
			if err := a.Sessions.End(ctx, operator(), ident.SessionID(args[0])); err != nil {
				return err
			}
			return in.say("The session has ended.")
		}
		u, err := a.Accounts.UserByName(ctx, operator(), name)
		if err != nil {
			return err
		}
		if err := a.Sessions.EndAll(ctx, operator(), u.ID); err != nil {
			return err
		}
		return in.say("All sessions of %s have ended.", u.Username)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		one, ofUser := len(args) == 1 && name == "" && !every, len(args) == 0 && name != "" && every
		if !one && !ofUser {
			return usageError{cmd.CommandPath() + " wants SESSION, or --user USER --all"}
		}
		return run(cmd, args)
	}
	cmd.Flags().StringVar(&name, "user", "", "the `USER` whose sessions end, with --all")
	cmd.Flags().BoolVar(&every, "all", false, "end every session of the user")
	return cmd
}
