package cli

import "github.com/spf13/cobra"

// importUsers is `countersign import`: a command for each kind of place that
// users may come from.
func (in *invocation) importUsers() *cobra.Command {
	return group("import", "Bring users in from elsewhere", in.importDjango(), in.importCSV(), in.importJSONL())
}
