package httpapi

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// The page has every operation, and asks nobody else for anything.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	a, h := newAPI(t)
	w := fetch(t, h, docsPath)
	page := w.Body.String()
	if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
	if got := w.Header().Get("Content-Security-Policy"); got != docsPolicy || strings.Contains(got, "unsafe") {
		t.Errorf("Content-Security-Policy = %q", got)
	}
	eachOperation(a.document, func(method, path string, op *huma.Operation) {
		for _, part := range []string{
			`id="` + op.OperationID + `"`, `href="#` + op.OperationID + `"`,
			html.EscapeString(op.Summary), "<code>" + path + "</code>",
		} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: no %s", op.OperationID, part)
			}
		}
	})
	noThirdParty(t, page)
	noThirdParty(t, string(stylesheet))
	for _, tag := range []string{"<script", "<style", " style=", "onclick", "<iframe", "<form"} {
		if strings.Contains(page, tag) {
			t.Errorf("the page has %s", tag)
		}
	}
}

// noThirdParty refuses addresses other than the service's own.
func noThirdParty(t *testing.T, text string) {
	t.Helper()
	own := strings.ReplaceAll(text, fixedURL, "")
	if found := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9][^\s"'<]*|@import|url\(`).FindAllString(own, 5); found != nil {
		t.Errorf("refers elsewhere: %v", found)
	}
}

// Every link inside the page leads somewhere, and no two places have one name.
func TestDocsAnchors(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	page := fetch(t, h, docsPath).Body.String()
	ids := map[string]bool{}
	for _, match := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[match[1]] {
			t.Errorf("two places are called %s", match[1])
		}
		ids[match[1]] = true
	}
	for _, match := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !ids[match[1]] {
			t.Errorf("nothing is called %s", match[1])
		}
	}
}

func TestStylesheet(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	w := fetch(t, h, stylePath)
	if got := w.Header().Get("Content-Type"); got != "text/css; charset=utf-8" || w.Body.Len() == 0 {
		t.Errorf("Content-Type = %q, %d bytes", got, w.Body.Len())
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	if got := prose("a `<b>` & <i>"); got != "a <code>&lt;b&gt;</code> &amp; &lt;i&gt;" {
		t.Errorf("prose = %s", got)
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	a, _ := newAPI(t)
	s := shapes{a.document.Components.Schemas}
	for path, want := range map[string]string{
		"/api/v1/me":     "curl " + fixedURL + "/api/v1/me \\\n  -H \"Authorization: Bearer $ACCESS\"",
		"/api/v1/logout": "curl -X POST " + fixedURL + "/api/v1/logout \\\n  -H \"Authorization: Bearer $ACCESS\"",
		"/api/token/":    "curl " + fixedURL + "/api/token/ \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"username\":\"alice\",\"password\":\"correct horse battery\"}'",
		"/healthz":       "curl " + fixedURL + "/healthz",
	} {
		item := a.document.Paths[path]
		op := item.Get
		if op == nil {
			op = item.Post
		}
		if got := a.curl(s, op, op.Metadata[accessKey].(rule)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
		}
	}
}
