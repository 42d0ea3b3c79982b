package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/config"
)

// config is `countersign config`.
func (in *invocation) config() *cobra.Command {
	return group("config", "Show and check the configuration", in.configPrint(), in.configCheck())
}

var settingTable = table[config.Setting]{
	columns: []string{"SETTING", "VALUE", "ORIGIN"},
	row:     func(s config.Setting) []string { return []string{s.Key, s.Value, s.Origin} },
}

func (in *invocation) configPrint() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:   "print",
		Short: "Show every setting, its value in effect and where it came from",
		Long:  "Show every setting, its value in effect and where it came from. Secrets are not shown.",
		Args:  want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := in.load(cmd)
			if err != nil {
				return err
			}
			return settingTable.print(in.env.Stdout, cfg.Settings(), o)
		},
	})
}

func (in *invocation) configCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration without using it",
		Long: "Check the configuration without using it: every problem is a line on standard error, and the exit status is 1.\n" +
			"What is allowed and probably not meant is a warning.",
		Args: want(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := in.load(cmd)
			if err != nil {
				return err
			}
			for _, warning := range cfg.Warnings {
				in.complain("warning: " + warning)
			}
			if err := cfg.RequireSecret(); err != nil {
				return err
			}
			_, err = fmt.Fprintln(in.env.Stdout, "The configuration is good.")
			return err
		},
	}
}
