package webui

import (
	"strings"

	"github.com/countersign/countersign/internal/access"
)

func (s *Site) settingRoutes() []route {
	return []route{
		{pattern: "GET /admin/settings", area: adminArea, entry: staff, page: "settings", handle: s.showSettings},
	}
}

// Setting is one value of the configuration in effect, for people. A secret is not in
// it.
type Setting struct {
	Group  string // the heading above it
	Key    string // the name in the file
	Env    string // the environment variable
	Value  string // "" for none
	Origin string // "default", or what gave it
	Doc    string // what it means
}

// settingsView is the page of the configuration.
type settingsView struct {
	Warnings []string
	Groups   []settingGroup
	Given    int // how many are not their defaults
}

// settingGroup is what stands under one heading.
type settingGroup struct {
	ID, Name string
	Settings []Setting
}

// IsDefault reports whether nobody gave the value.
func (s Setting) IsDefault() bool { return s.Origin == "default" }

// showSettings is for superusers: there is no permission to see how the service is
// run.
func (s *Site) showSettings(v *visit) (answer, error) {
	if !v.Who.Rights.Superuser {
		return nil, access.ErrForbidden
	}
	view := settingsView{Warnings: s.Warnings}
	for _, each := range s.Settings {
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Name != each.Group {
			id := strings.ReplaceAll(strings.ToLower(each.Group), " ", "-")
			view.Groups = append(view.Groups, settingGroup{ID: id, Name: each.Group})
		}
		last := &view.Groups[len(view.Groups)-1]
		last.Settings = append(last.Settings, each)
		if !each.IsDefault() {
			view.Given++
		}
	}
	return shown{name: "settings", title: "Settings", body: view}, nil
}
