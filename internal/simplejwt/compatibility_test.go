package simplejwt_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/config"
)

var update = flag.Bool("update", false, "write docs/guide/compatibility.md")

// The page says what the table says.
func TestCompatibilityPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "guide", "compatibility.md")
	page := compatibility(readRecording(t), readVerdicts(t))
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != page {
		t.Errorf("%s is not what the table says: run go test ./internal/simplejwt -run TestCompatibilityPage -update", path)
	}
}

const pageHead = `# Compatibility

This page is generated from ` + "`internal/simplejwt/testdata/verdicts.txt`" + `.

What Django REST framework and simplejwt answer was recorded on the wire. A test asks every recorded request of the whole
service, under the preset ` + "`simplejwt`" + `, and holds the answer to the newest release's: the status, the JSON with the order of
its names, the headers, and in tokens the header, the names and types of the claims, and how long they live. Ours have
two claims more, ` + "`sid` and `rv`" + `. Where the newest release crashes and its successor does not, the successor's answer counts.

`

const pageVerdicts = `
| Verdict | Meaning |
|---|---|
| exact | as recorded |
| status | what happens is the same: status, ` + "`WWW-Authenticate`, `Allow`, `Location`, `Retry-After`" + `; what is said of it differs. A crash of the original (500) is a refusal (400 or 401) |
| not offered | the original has something that is not here |
| safer | the original accepts what is refused here, because accepting it is a hole |

`

const pageBounds = `
## Beyond the recorded cases

Bodies are bounded to 64 KiB (400), JSON to 64 levels. Text is UTF-8 or Latin-1; any other charset is read as UTF-8.
Messages are in English. The throttle counts in one process, and the /64 of an IPv6 address as one client. With
` + "`allowed_hosts`" + `, /healthz and /readyz answer whatever the host.
Without the preset the same routes are friendlier: see [Coming from simplejwt](simplejwt.md).

## Settings

` + "`COUNTERSIGN_SIMPLEJWT`" + ` takes these names of SIMPLE_JWT as a JSON object. [Configuration](configuration.md) says what each
setting does; those of our own can be given alone, and win.

| SIMPLE_JWT | Setting |
|---|---|
`

func compatibility(all recording, table verdicts) string {
	var out strings.Builder
	out.WriteString(pageHead + "**" + table.totals() + ".**\n" + pageVerdicts)
	out.WriteString("| Cases | exact | status | not offered | safer |\n|---|---|---|---|---|\n")
	for _, group := range groups(all) {
		part := verdicts{}
		for _, c := range all.Cases {
			if c.Group == group {
				part[c.Name] = table[c.Name]
			}
		}
		fmt.Fprintf(&out, "| %s | %d | %d | %d | %d |\n", group, part.count(exact), part.count(status), part.count(notOffered), part.count(safer))
	}
	for _, v := range []struct{ is, title string }{
		{safer, "Safer"}, {status, "The same in what happens"}, {notOffered, "Not offered"},
	} {
		fmt.Fprintf(&out, "\n## %s\n\n| Case | Request | Why |\n|---|---|---|\n", v.title)
		for _, c := range all.Cases {
			if line := table[c.Name]; line.is == v.is {
				fmt.Fprintf(&out, "| %s | `%s %s` | %s |\n", c.Name, c.Request.Method, c.Request.Path, line.why)
			}
		}
	}
	out.WriteString(pageBounds)
	for f := range reflect.TypeFor[config.Config]().Fields() {
		if name := f.Tag.Get("django"); name != "" {
			fmt.Fprintf(&out, "| `%s` | `%s` |\n", name, f.Tag.Get("koanf"))
		}
	}
	return out.String()
}

// groups are the groups of the cases, as they come.
func groups(all recording) (names []string) {
	for _, c := range all.Cases {
		if len(names) == 0 || names[len(names)-1] != c.Group {
			names = append(names, c.Group)
		}
	}
	return names
}
