package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Where an operation's metadata has what the description joins.
const aboutKey = "about"

func (a *API) docsOperation(s shapes, op *huma.Operation) docsOperation {
	access, _ := op.Metadata[accessKey].(rule)
	about, _ := op.Metadata[aboutKey].(string)
	d := docsOperation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		About: about, Access: access.String(), Curl: a.curl(s, op, access),
	}
	for _, p := range op.Parameters {
		d.Parameters = append(d.Parameters, docsField{
			Name: p.Name, In: p.In, Required: p.Required, Kind: s.kind(p.Schema), About: p.Description,
		})
	}
	if op.RequestBody != nil {
		d.MediaTypes = slices.Sorted(maps.Keys(op.RequestBody.Content))
		d.Fields = s.fields("", op.RequestBody.Content["application/json"].Schema)
	}
	for text, r := range op.Responses {
		status, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		ans := s.answer(status, a.resolve(r))
		if status < http.StatusMultipleChoices {
			d.Answer = ans
			continue
		}
		d.Refusals = append(d.Refusals, ans)
	}
	sortAnswers(d.Refusals)
	return d
}

func (a *API) resolve(r *huma.Response) *huma.Response {
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		return a.document.Components.Responses[name]
	}
	return r
}

func sortAnswers(all []docsAnswer) {
	slices.SortFunc(all, func(a, b docsAnswer) int { return a.Status - b.Status })
}

// curl is the operation as a command that works when the example's ids are
// replaced.
func (a *API) curl(s shapes, op *huma.Operation, to rule) string {
	url := op.Path
	for _, p := range op.Parameters {
		if p.In == "path" {
			url = strings.ReplaceAll(url, "{"+p.Name+"}", fmt.Sprint(s.example(p.Schema)))
		}
	}
	var c strings.Builder
	c.WriteString("curl ")
	// With -d, POST is what curl does anyway.
	if op.Method != get && (op.Method != post || op.RequestBody == nil) {
		c.WriteString("-X " + op.Method + " ")
	}
	c.WriteString(a.PublicURL + url)
	if to.kind != public {
		c.WriteString(" \\\n  -H \"Authorization: Bearer $ACCESS\"")
	}
	if op.RequestBody != nil {
		c.WriteString(" \\\n  -H 'Content-Type: application/json'")
		c.WriteString(" \\\n  -d '" + s.compact(op.RequestBody.Content["application/json"].Schema) + "'")
	}
	return c.String()
}
