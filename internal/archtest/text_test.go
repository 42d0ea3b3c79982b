package archtest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// machinePath finds paths that exist on one machine alone.
var machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_.\-/])/(work|farm|root|Users/[a-z]+|home/[a-z]+|tmp/[a-z_]+\.[0-9]+)/`)

func TestMachinePaths(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"cd /" + "work/main":             true,
		`"/` + `home/ann/src"`:           true,
		"https://example.com/" + "work/": false,
		"./" + "work/x":                  false,
		"/workbench/x":                   false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	err := walk(func(name string) error {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return nil // not text
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if found := machinePath.Find(line); found != nil {
				t.Errorf("%s:%d: a path of one machine: %s", name, number, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
