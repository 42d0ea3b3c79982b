package archtest

import (
	"os"
	"regexp"
	"testing"
)

// promised is a test as docs/promises.md names it: package, space, name.
var promised = regexp.MustCompile("`([a-z/]+) (Test[A-Za-z0-9_]+)`")

// What docs/promises.md says is held by a test is held by a test that exists.
func TestPromisesNameTests(t *testing.T) {
	t.Parallel()
	const page = "../../docs/promises.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := promised.FindAllStringSubmatch(string(text), -1)
	if len(found) < 15 {
		t.Errorf("%s names %d tests", page, len(found))
	}
	for _, name := range found {
		if declaration(t, name[1], name[2]) == "" {
			t.Errorf("there is no %s in %s", name[2], name[1])
		}
	}
}
