package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// route is one row of the table: everything about an operation but its types,
// which register knows.
type route struct {
	method, path string
	access       rule
	id           string // operationId
	tag          string
	summary      string
	about        string   // more than the summary; may be empty
	status       int      // of success; 0 for 200, or 204 where there is no body
	conditional  bool     // takes If-Match, and may answer 412
	conflicts    bool     // may answer 409
	proves       bool     // may answer 401 to what is in the body
	forbids      bool     // may answer 403 to what is in the body
	produces     []string // media types of a file; none for JSON
	register     func(*API, huma.API, huma.Operation)
}

// check refuses a row that nobody may be asked to read.
func (rt route) check() error {
	if rt.access.kind == unruled || rt.access.kind == holding && rt.access.permission == "" {
		return fmt.Errorf("the route %s %s does not say who may call it", rt.method, rt.path)
	}
	if rt.id == "" || rt.tag == "" || rt.summary == "" || rt.register == nil {
		return fmt.Errorf("the route %s %s is not described", rt.method, rt.path)
	}
	return nil
}

// description says what the summary leaves open, and who may call.
func (rt route) description() string {
	return strings.TrimSpace(rt.about + "\n\n**Who may call:** " + rt.access.String())
}

// responses are the refusals that the row may answer with. What depends on the
// types, such as 413, is added when the framework knows them.
func (rt route) responses() map[string]*huma.Response {
	statuses := []int{http.StatusBadRequest, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if rt.access.kind != public || rt.proves {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if rt.access.kind == holding || rt.forbids {
		statuses = append(statuses, http.StatusForbidden)
	}
	if strings.Contains(rt.path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if rt.conditional {
		statuses = append(statuses, http.StatusPreconditionFailed)
	}
	if rt.conflicts {
		statuses = append(statuses, http.StatusConflict)
	}
	responses := make(map[string]*huma.Response, len(statuses))
	for _, status := range slices.Sorted(slices.Values(statuses)) {
		responses[strconv.Itoa(status)] = problemRef(status)
	}
	if len(rt.produces) > 0 {
		file := &huma.Response{Content: map[string]*huma.MediaType{}}
		for _, media := range rt.produces {
			file.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		}
		responses["200"] = file
	}
	return responses
}

// security is the rule as the document says it.
func (r rule) security() []map[string][]string {
	if r.kind == public {
		return []map[string][]string{}
	}
	return []map[string][]string{{bearerScheme: {}}}
}
