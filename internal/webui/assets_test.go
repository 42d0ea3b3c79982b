package webui_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"
)

var assetPath = regexp.MustCompile(`/assets/[a-z0-9.-]+`)

// asset returns the address of the asset of that kind, as the pages say it.
func (f *fixture) asset(kind string) string {
	f.t.Helper()
	_, body := f.get(f.link)
	for _, found := range assetPath.FindAllString(body, -1) {
		if strings.HasSuffix(found, kind) {
			return found
		}
	}
	f.t.Fatalf("the page loads no %s: %s", kind, body)
	return ""
}

// Case J19: the style sheet is the site's own and asks for nothing else. Its address
// changes with its content, so it may be kept for ever.
func TestStyleSheet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	res, body := f.get(f.asset(".css"))
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/css; charset=utf-8" ||
		res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	for _, foreign := range []string{"url(", "@import", "http", "//"} {
		if strings.Contains(body, foreign) {
			t.Errorf("the style sheet has %q", foreign)
		}
	}
	if res, _ = f.get("/assets/style-000000000000.css"); res.StatusCode != 404 {
		t.Errorf("an address with another hash: %s", res.Status)
	}
}

// What others wrote is what they published, with its licence beside it: npm's
// htmx.org 2.0.11 (dist/htmx.min.js) and axe-core 4.14.1 (axe.min.js).
func TestVendored(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"assets/htmx-2.0.11.min.js":      "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
		"testdata/axe/axe-4.14.1.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
	} {
		content, err := os.ReadFile(file)
		must(t, err)
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not what was published", file)
		}
		if _, err := os.Stat(strings.TrimSuffix(file, ".min.js") + ".LICENSE"); err != nil {
			t.Error(err)
		}
	}
}
