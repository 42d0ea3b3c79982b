package apptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
)

// document is the part of the OpenAPI document that the tests read.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema schema }
		}
		Security   []map[string][]string
		Responses  map[string]any
		Permission access.Permission `json:"x-permission"`
	}
	Components struct {
		Schemas map[string]schema
	}
}

// schema is the part of a JSON schema that the tests read.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Required   []string
	Example    any
	Examples   []any
	MaxLength  int
	Items      *schema
}

func theDocument(t *testing.T, s *Service) document {
	t.Helper()
	var d document
	s.Do(t, Request{Path: "/api/schema"}).Must(t, http.StatusOK).Decode(t, &d)
	return d
}

// Cases H15 to H19: the table of who may has every operation of the document and no
// other, and both say the same of who may and of what is answered.
func TestMatrix_is_of_the_document(t *testing.T) {
	t.Parallel()
	tableOf(t, Start(t, Options{}), operations(t))
	preset := Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret)})
	tableOf(t, preset, append(operations(t), presetOperations(t)...))
}

// tableOf compares a table with the document of a service.
func tableOf(t *testing.T, s *Service, all []operation) {
	t.Helper()
	table := map[string]operation{}
	for _, o := range all {
		if _, twice := table[o.String()]; twice {
			t.Errorf("testdata/matrix.txt has two lines for %s", o)
		}
		table[o.String()] = o
	}
	for path, methods := range theDocument(t, s).Paths {
		for method, described := range methods {
			name := strings.ToUpper(method) + " " + path
			o, found := table[name]
			if !found {
				t.Errorf("who may %s is not said. Add a line to testdata/matrix.txt, such as\n%s  %s  401 403 403 403 200 200  BODY", name, name,
					strings.TrimPrefix(string(described.Permission), "countersign."))
				continue
			}
			delete(table, name)
			needs := o.needs
			if needs == everybody || needs == somebody || slices.Contains(o.byBody, true) {
				needs = "" // or for some of what can be asked alone
			}
			if described.Permission != needs {
				t.Errorf("%s needs %q in the table and %q in the document", name, needs, described.Permission)
			}
			if (len(described.Security) == 0) != (o.needs == everybody) {
				t.Errorf("%s needs %s in the table, and in the document %v", name, o.needs, described.Security)
			}
			if (len(described.RequestBody.Content) == 0) != (o.body == "") {
				t.Errorf("%s: the table and the document disagree about a body", name)
			}
			for _, status := range slices.Compact(slices.Sorted(slices.Values(o.statuses))) {
				if described.Responses[strconv.Itoa(status)] == nil {
					t.Errorf("%s: the table has %d, which the document does not have", name, status)
				}
			}
		}
	}
	for name := range table {
		t.Errorf("%s is in testdata/matrix.txt and not in the document: remove the line", name)
	}
}

// The permissions that the table can name are those that the service declares.
func TestMatrix_knows_every_permission(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	var list struct {
		Items []struct{ Name access.Permission }
	}
	s.Do(t, Request{Path: "/api/v1/permissions?limit=200", As: s.Superuser(t).Access}).Must(t, http.StatusOK).Decode(t, &list)
	declared := []access.Permission{}
	for _, item := range list.Items {
		declared = append(declared, item.Name)
	}
	slices.Sort(declared)
	if want := slices.Sorted(slices.Values(everyPermission())); !slices.Equal(declared, want) {
		t.Errorf("declared are %s, and everyPermission has %s", declared, want)
	}
}

// What is no operation answers too.
func TestOperations_elsewhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	p := s.Someone(t)
	s.Run(t, []Scenario{
		{Name: "root", Request: Request{Path: "/"}, Status: 302, Answers: fields("Location", "/api/docs")},
		{Name: "page", Request: Request{Path: "/api/docs"}, Status: 200, Contains: []string{"/api/v1/users"}},
		{Name: "nowhere", Request: Request{Path: "/nowhere"}, Status: 404, Code: "route_not_found", Answers: fields("Content-Type", "application/problem+json")},
		{Name: "nowhere_in_the_api", Request: Request{Path: "/api/v1/nowhere"}, Status: 404, Code: "route_not_found"},
		{Name: "nowhere_in_the_api_for_somebody", Request: Request{Path: "/api/v1/nowhere", As: p.Access}, Status: 404, Code: "route_not_found"},
		{Name: "another_method", Request: Request{Method: "PUT", Path: "/api/v1/me"}, Status: 405, Code: "method_not_allowed", Answers: fields("Allow", "GET, HEAD, PATCH")},
	})
}
