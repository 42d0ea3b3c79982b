package httpapi

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const golden = "testdata/openapi.json"

func fetch(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return w
}

func TestDocumentIsGolden(t *testing.T) {
	_, h := newAPI(t)
	w := fetch(t, h, schemaPath)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q", got)
	}
	if *update {
		if err := os.WriteFile(golden, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), w.Body.String()); diff != "" {
		t.Errorf("the document changed; if that is meant, run go test ./internal/httpapi -update (-golden +now):\n%s", diff)
	}
}

// The table of routes and the document say the same, both ways.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	a, _ := newAPI(t)
	want := map[string]rule{}
	for _, rt := range routes() {
		want[rt.method+" "+prefix+rt.path] = rt.access
	}
	for _, e := range append(a.dialectOperations(), serviceOperations()...) {
		want[e.method+" "+e.path] = e.access
	}
	ids := map[string]bool{}
	eachOperation(a.document, func(method, path string, op *huma.Operation) {
		to, known := want[method+" "+path]
		delete(want, method+" "+path)
		if !known {
			t.Errorf("%s %s is in no table", method, path)
		}
		if ids[op.OperationID] {
			t.Errorf("two operations are called %s", op.OperationID)
		}
		ids[op.OperationID] = true
		checkOperation(t, op, to)
	})
	for missing := range want {
		t.Errorf("%s is not in the document", missing)
	}
}

// checkOperation refuses an operation that leaves something out.
func checkOperation(t *testing.T, op *huma.Operation, to rule) {
	t.Helper()
	if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 || !strings.Contains(op.Description, to.String()) {
		t.Errorf("%s is not described: %q %v %q", op.OperationID, op.Summary, op.Tags, op.Description)
	}
	if (to.kind == public) != (len(op.Security) == 0) {
		t.Errorf("%s: security %v", op.OperationID, op.Security)
	}
	if permission, _ := op.Extensions["x-permission"].(string); permission != string(to.permission) {
		t.Errorf("%s: x-permission %q", op.OperationID, permission)
	}
	success := 0
	for status := range op.Responses {
		if code, err := strconv.Atoi(status); err != nil {
			t.Errorf("%s: response %q", op.OperationID, status)
		} else if code < 300 {
			success++
		}
	}
	if success != 1 {
		t.Errorf("%s has %d answers of success", op.OperationID, success)
	}
	var must []string
	if to.kind != public {
		must = append(must, "401")
	}
	if to.kind == holding {
		must = append(must, "403")
	}
	if op.RequestBody != nil {
		must = append(must, "400", "413", "415")
	}
	for _, status := range must {
		if op.Responses[status] == nil {
			t.Errorf("%s lacks %s", op.OperationID, status)
		}
	}
}

func eachOperation(doc *huma.OpenAPI, visit func(method, path string, op *huma.Operation)) {
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{get: item.Get, post: item.Post, put: item.Put, patch: item.Patch, del: item.Delete} {
			if op != nil {
				visit(method, path, op)
			}
		}
	}
}

// Everything that the document refers to is in it, and no list may be null.
func TestDocumentIsWhole(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	text := fetch(t, h, schemaPath).Body.Bytes()
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi = %v", doc["openapi"])
	}
	for _, match := range regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllSubmatch(text, -1) {
		var at any = doc
		for name := range strings.SplitSeq(string(match[1]), "/") {
			at = at.(map[string]any)[name]
			if at == nil {
				t.Fatalf("nothing at %s", match[1])
			}
		}
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, name := range []string{"Problem", "User", "UserList", "Me", "Role", "RoleList", "Permission", "Session", "TokenPair"} {
		if schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	if schemas["ErrorModel"] != nil || strings.Contains(string(text), "$schema") {
		t.Error("the framework's own shapes show")
	}
	if regexp.MustCompile(`"array",\s*"null"`).Match(text) {
		t.Error("a list may be null")
	}
}
