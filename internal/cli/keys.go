package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/keyring"
)

// keys is `countersign keys`.
func (in *invocation) keys() *cobra.Command {
	return group("keys", "Manage the keys that tokens are signed with", in.keysList(), in.keysRotate(), in.keysReset())
}

// keyView is a signing key as programs read it.
type keyView struct {
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	State     string `json:"state"`
	// The times are null for the shared secret of HS256, of which none is known.
	CreatedAt   *time.Time `json:"created_at"`
	ActivatesAt *time.Time `json:"activates_at"`
	RetiresAt   *time.Time `json:"retires_at"`
}

func viewKey(k keyring.Key) keyView {
	return keyView{
		ID: k.ID, Algorithm: string(k.Algorithm), State: string(k.State), CreatedAt: momentOrNull(k.CreatedAt),
		ActivatesAt: momentOrNull(k.ActivatesAt), RetiresAt: momentOrNull(k.RetiresAt),
	}
}

var keyTable = table[keyView]{
	columns: []string{"KEY ID", "ALGORITHM", "STATE", "SIGNS FROM", "PUBLISHED UNTIL"},
	row: func(k keyView) []string {
		return []string{k.ID, k.Algorithm, k.State, shown(k.ActivatesAt), shown(k.RetiresAt)}
	},
}

func (in *invocation) keysList() *cobra.Command {
	var o output
	return o.listFlags(&cobra.Command{
		Use:   "list",
		Short: "List signing keys in the order in which they sign",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			keys, err := a.Keys.List(ctx, operator())
			if err != nil {
				return err
			}
			if o.limit > 0 {
				keys = keys[:min(o.limit, len(keys))]
			}
			views := make([]keyView, len(keys))
			for i, k := range keys {
				views[i] = viewKey(k)
			}
			return keyTable.print(in.env.Stdout, views, o)
		}),
	}, 0)
}

func (in *invocation) keysRotate() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:   "rotate",
		Short: "Make a new signing key",
		Long: "Make a new signing key. It is published now and signs after twice the setting jwks_max_age, so that nobody meets\n" +
			"a token whose key they cannot know yet. Running servers take it up by themselves.",
		Args: want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			k, err := a.Keys.Rotate(ctx, operator())
			if err != nil {
				return err
			}
			if o.json {
				return printJSON(in.env.Stdout, viewKey(k))
			}
			return in.say("The key %s is published and signs from %s on.", k.ID, k.ActivatesAt.UTC().Format(time.RFC3339))
		}),
	})
}

func (in *invocation) keysReset() *cobra.Command {
	var lost, yes bool
	cmd := &cobra.Command{
		Use:   "reset --lost-secret",
		Short: "Start over after the instance secret was lost",
		Long: "Start over after the instance secret was lost: all signing keys are forgotten, all sessions end, and a new key is\n" +
			"made under the secret that is configured now (with SQLite one is made where there is none). Users, their\n" +
			"passwords and roles stay. Restart every server afterwards.",
		Args: want(),
	}
	run := in.opened(app.OpenWithLostSecret, func(ctx context.Context, a *app.App, _ []string) error {
		result, err := a.Recovery.LostSecret(ctx, operator())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.env.Stdout, "A new signing key is made. Signing keys forgotten: %d. Sessions ended: %d.\n"+
			"Restart every server now.\n", result.Keys, result.Sessions)
		return err
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !lost {
			return usageError{"this is for a lost instance secret and needs --lost-secret"}
		}
		if err := in.confirm(yes, "This forgets all signing keys and ends all sessions."); err != nil {
			return err
		}
		return run(cmd, args)
	}
	cmd.Flags().BoolVar(&lost, "lost-secret", false, "the instance secret is lost")
	in.yesFlag(cmd, &yes)
	return cmd
}
