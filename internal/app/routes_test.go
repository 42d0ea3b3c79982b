package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/store/storetest"
)

// beside are the routes that the OpenAPI document does not have, and why. A pattern
// that ends in "..." stands for all that begin with it.
var beside = map[string]string{
	"GET /admin/...":          "pages; internal/webui TestRoutes_who_gets_in has who gets in",
	"POST /admin/...":         "pages",
	"/admin/":                 "there is no such page",
	"GET /account/...":        "pages",
	"POST /account/...":       "pages",
	"/account/":               "there is no such page",
	"GET /assets/...":         "what pages load; public",
	"GET /setup/{token}":      "a page; the token is the right to it",
	"POST /setup/{token}":     "the same",
	"GET /api/schema":         "the document itself",
	"GET /api/docs":           "the document as a page",
	"GET /api/docs/style.css": "how it looks",
	"/api/schema":             "405",
	"/api/docs":               "405",
	"/api/docs/":              "404 or 405",
	"/api/v1":                 "404",
	"/api/v1/":                "404 or 405",
	"GET /{$}":                "leads to the document's page",
	"/":                       "404",
}

// patterns are those that a mux has. It does not tell, so they are read from inside:
// the test fails where a newer Go keeps them elsewhere.
func patterns(t *testing.T, mux *http.ServeMux) []string {
	t.Helper()
	found := map[string]bool{}
	index := reflect.ValueOf(mux).Elem().FieldByName("index")
	add := func(list reflect.Value) {
		for i := range list.Len() {
			found[list.Index(i).Elem().FieldByName("str").String()] = true
		}
	}
	add(index.FieldByName("multis"))
	for each := index.FieldByName("segments").MapRange(); each.Next(); {
		add(each.Value())
	}
	all := make([]string, 0, len(found))
	for pattern := range found {
		all = append(all, pattern)
	}
	slices.Sort(all)
	return all
}

// described are the operations of the document, as patterns.
func described(t *testing.T, mux *http.ServeMux) map[string]bool {
	t.Helper()
	out := httptest.NewRecorder()
	mux.ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/api/schema", nil))
	var document struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(out.Body.Bytes(), &document); err != nil {
		t.Fatalf("the document: %v: %.200s", err, out.Body)
	}
	all := map[string]bool{}
	for path, methods := range document.Paths {
		for method := range methods {
			all[strings.ToUpper(method)+" "+path] = true
		}
	}
	return all
}

// excused is the line of beside that a pattern falls under.
func excused(pattern string) (string, bool) {
	for line := range beside {
		if prefix, many := strings.CutSuffix(line, "..."); line == pattern || many && strings.HasPrefix(pattern, prefix) {
			return line, true
		}
	}
	return "", false
}

// Cases H15 to H19: a route that the OpenAPI document does not have fails, unless it
// is none of the API's and stands above; so the matrix of who may, which is made from
// the document, leaves no route out.
func TestRoutes_are_in_the_document(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"", "simplejwt"} {
		a, err := opened(t, storetest.URL(t, "sqlite"), t.TempDir(), presetOf(preset)...)
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		if _, err := a.register(mux, "test"); err != nil {
			t.Fatal(err)
		}
		all, document, used := patterns(t, mux), described(t, mux), map[string]bool{}
		if len(all) < 100 || len(document) < 50 {
			t.Fatalf("there are %d patterns and %d operations: the test does not read them", len(all), len(document))
		}
		for _, pattern := range all {
			line, fine := excused(pattern)
			used[line] = true
			if !fine && !inDocument(document, pattern) {
				t.Errorf("preset %q: %s is not in the OpenAPI document: describe it there, or say above what it is", preset, pattern)
			}
		}
		for line := range beside {
			if !used[line] {
				t.Errorf("preset %q: there is no route %s", preset, line)
			}
		}
	}
}

// presetOf is the configuration of a preset.
func presetOf(name string) []string {
	if name == "" {
		return nil
	}
	return []string{"COUNTERSIGN_PRESET=" + name, "COUNTERSIGN_SIGNING_SECRET=k7J2mQ9xV4bT8nR1wZ6pL3sD5fG0hYcA"}
}

// inDocument reports whether the document has a route. The dialect's patterns name no
// method, because it answers wrong ones itself, and are there without the slash too.
func inDocument(document map[string]bool, pattern string) bool {
	if document[pattern] {
		return true
	}
	path := strings.TrimSuffix(strings.TrimSuffix(pattern, "{$}"), "/") + "/"
	return strings.HasPrefix(pattern, "/api/") && (document["GET "+path] || document["POST "+path])
}
