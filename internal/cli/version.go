package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionView is what is known of this build.
type versionView struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "" when it was not recorded
	Modified bool   `json:"modified"` // whether the source differed from the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// version is `countersign version`.
func (in *invocation) version() *cobra.Command {
	var o output
	return o.jsonFlag(&cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Args:  want(),
		RunE: func(*cobra.Command, []string) error {
			v := build()
			if o.json {
				return printJSON(in.env.Stdout, v)
			}
			_, err := fmt.Fprintf(in.env.Stdout, "countersign %s (%s, %s)\n", v.Version, v.Go, v.Platform)
			return err
		},
	})
}

func build() versionView {
	v := versionView{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if text := info.Main.Version; text != "" && text != "(devel)" {
		v.Version = text
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// buildVersion is the version in one word.
func buildVersion() string { return build().Version }
