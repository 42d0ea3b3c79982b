package httpapi

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// docsPolicy lets the page use its own stylesheet and nothing else: no script, no
// other origin, no frame.
const docsPolicy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed docs.css
var stylesheet []byte

//go:embed docs.html
var docsTemplate string

// docsView is the page's content.
type docsView struct {
	Title, Version, Schema, Style string
	Intro                         []string
	Groups                        []docsGroup
	Problem                       docsAnswer
	Refusals                      []docsAnswer
}

// docsGroup is the operations of one tag.
type docsGroup struct {
	Name, Anchor, About string
	Operations          []docsOperation
}

// docsOperation is one operation.
type docsOperation struct {
	ID, Method, Path, Summary, About, Access string

	Parameters []docsField
	MediaTypes []string
	Fields     []docsField // of the request body
	Answer     docsAnswer  // when it succeeds
	Refusals   []docsAnswer
	Curl       string
}

// docsField is one parameter, or one field of a body.
type docsField struct {
	Name, In, Kind, About string
	Required              bool
}

// docsAnswer is what one status says.
type docsAnswer struct {
	Status  int
	Phrase  string
	About   string
	Fields  []docsField
	Example string
}

// docsPage makes the page of the document. It refers to nothing but its own
// stylesheet and the document.
func (a *API) docsPage() ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{"prose": prose, "lower": strings.ToLower}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, a.docsView()); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

// prose is text in which `…` marks code.
func prose(text string) template.HTML {
	var out strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			fmt.Fprintf(&out, "<code>%s</code>", html.EscapeString(part))
			continue
		}
		out.WriteString(html.EscapeString(part))
	}
	return template.HTML(out.String()) // every part is escaped above
}

func (a *API) docsView() docsView {
	doc := a.document
	v := docsView{
		Title: doc.Info.Title, Version: doc.Info.Version, Schema: schemaPath, Style: stylePath,
		Intro: strings.Split(doc.Info.Description, "\n\n"),
	}
	shapes := shapes{doc.Components.Schemas}
	for status, p := range refusals() {
		r := doc.Components.Responses[problemName(status)]
		ans := shapes.answer(status, r)
		v.Refusals = append(v.Refusals, docsAnswer{Status: status, Phrase: ans.Phrase, About: ans.About})
		if p.Errors != nil {
			v.Problem = ans
		}
	}
	sortAnswers(v.Refusals)
	for _, tag := range doc.Tags {
		g := docsGroup{Name: tag.Name, Anchor: anchor(tag.Name), About: tag.Description}
		for _, op := range a.operations() {
			if op.Tags[0] == tag.Name {
				g.Operations = append(g.Operations, a.docsOperation(shapes, op))
			}
		}
		v.Groups = append(v.Groups, g)
	}
	return v
}

// operations are all of the document, in the order in which the tables have them.
func (a *API) operations() []*huma.Operation {
	var all []*huma.Operation
	find := func(method, path string) {
		all = append(all, operationAt(a.document.Paths[path], method))
	}
	for _, e := range a.dialectOperations() {
		find(e.method, e.path)
	}
	for _, rt := range routes() {
		find(rt.method, prefix+rt.path)
	}
	for _, e := range serviceOperations() {
		find(e.method, e.path)
	}
	return all
}

func operationAt(item *huma.PathItem, method string) *huma.Operation {
	switch method {
	case get:
		return item.Get
	case post:
		return item.Post
	case put:
		return item.Put
	case patch:
		return item.Patch
	}
	return item.Delete
}

func anchor(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }
