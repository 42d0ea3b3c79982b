package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dependency is a line of deps.txt.
type dependency struct{ module, owner, reason string }

// dependencies reads deps.txt: the module, the package that it is there for, and
// the reason.
func dependencies(t *testing.T) map[string]dependency {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deps.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all, last := map[string]dependency{}, ""
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			t.Errorf("deps.txt: %q: want a module, an owner and a reason", line)
			continue
		}
		if fields[0] <= last {
			t.Errorf("deps.txt: %s stands after %s", fields[0], last)
		}
		last = fields[0]
		all[last] = dependency{module: last, owner: fields[1], reason: strings.Join(fields[2:], " ")}
	}
	return all
}

// linked returns the modules that the build of a package links, on any of the
// systems that the program is built for.
func linked(t *testing.T, pkg string) []string {
	t.Helper()
	var all []string
	for _, system := range []string{"linux", "darwin", "windows"} {
		all = append(all, goList(t, system, "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", pkg)...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return name == module })
}

func TestDependencies(t *testing.T) {
	t.Parallel()
	listed := dependencies(t)
	built := linked(t, "./cmd/countersign")
	for _, name := range built {
		if _, ok := listed[name]; !ok {
			t.Errorf("%s is linked into the program and has no line in deps.txt", name)
		}
	}
	through := map[string][]string{}
	for name, line := range listed {
		if !slices.Contains(built, name) {
			t.Errorf("deps.txt lists %s, which the program does not link", name)
			continue
		}
		if _, ok := place[line.owner]; !ok {
			t.Errorf("deps.txt: %s belongs to %s, which is no package", name, line.owner)
			continue
		}
		if through[line.owner] == nil {
			through[line.owner] = linked(t, "./"+line.owner)
		}
		if !slices.Contains(through[line.owner], name) {
			t.Errorf("deps.txt: %s belongs to %s, which does not need it", name, line.owner)
		}
	}
}
