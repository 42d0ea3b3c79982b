package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the page of the guide anew")

func TestReferencePage(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "guide", "command-line.md")
	if *update {
		if err := os.WriteFile(path, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != Reference() {
		t.Errorf("%s is not what the commands say: run go test ./internal/cli -run TestReferencePage -update", path)
	}
	for _, cmd := range runnable((&invocation{}).root()) {
		if !strings.Contains(string(written), "\n## "+cmd.CommandPath()+"\n") {
			t.Errorf("%s is not in %s", cmd.CommandPath(), path)
		}
	}
}
