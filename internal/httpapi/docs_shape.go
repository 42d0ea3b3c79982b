package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// shapes reads schemas for people.
type shapes struct{ registry huma.Registry }

func (s shapes) resolve(schema *huma.Schema) *huma.Schema {
	for schema.Ref != "" {
		schema = s.registry.SchemaFromRef(schema.Ref)
	}
	return schema
}

// names are the fields of an object: what is required in its order, then the rest.
func names(schema *huma.Schema) []string {
	all := slices.Clone(schema.Required)
	var rest []string
	for name := range schema.Properties {
		if !slices.Contains(all, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(all, rest...)
}

// fields are the fields of an object and of what it has inside, by dotted names.
func (s shapes) fields(inside string, schema *huma.Schema) []docsField {
	schema = s.resolve(schema)
	if schema.Type == huma.TypeArray && schema.Items != nil {
		return s.fields(strings.TrimSuffix(inside, ".")+"[].", schema.Items)
	}
	var all []docsField
	for _, name := range names(schema) {
		property := schema.Properties[name]
		all = append(all, docsField{
			Name: inside + name, Kind: s.kind(property), About: property.Description,
			Required: slices.Contains(schema.Required, name),
		})
		all = append(all, s.fields(inside+name+".", property)...)
	}
	return all
}

// kind is a schema's type and bounds in words.
func (s shapes) kind(schema *huma.Schema) string {
	schema = s.resolve(schema)
	kind := schema.Type
	switch {
	case schema.Format == "date-time":
		kind = "time"
	case schema.Type == huma.TypeArray && s.resolve(schema.Items).Type != "":
		kind = "list of " + s.resolve(schema.Items).Type + "s"
	}
	if len(schema.Enum) > 0 {
		kind = "one of " + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(schema.Enum), "[]")), ", ")
	}
	if schema.Nullable {
		kind += " or null"
	}
	if schema.Minimum != nil && schema.Maximum != nil {
		kind += fmt.Sprintf(", %v to %v", *schema.Minimum, *schema.Maximum)
	}
	if schema.MaxLength != nil {
		kind += fmt.Sprintf(", at most %d characters", *schema.MaxLength)
	}
	if schema.Default != nil {
		kind += fmt.Sprintf(", default %v", schema.Default)
	}
	return kind
}

// answer is a response in words, with an example.
func (s shapes) answer(status int, r *huma.Response) docsAnswer {
	ans := docsAnswer{Status: status, Phrase: http.StatusText(status), About: r.Description}
	for _, media := range r.Content {
		if media.Schema == nil || media.Schema.Type == huma.TypeString {
			continue // a file has no fields to tell of
		}
		ans.Fields = s.fields("", media.Schema)
		for i := range ans.Fields {
			ans.Fields[i].Required = false // an answer has what it has
		}
		if text, err := json.MarshalIndent(s.inOrder(media.Schema, media.Example), "", "  "); err == nil {
			ans.Example = string(text)
		}
	}
	return ans
}

// illustrate gives every body that has no example the one of its schema.
func (s shapes) illustrate(op *huma.Operation) {
	add := func(content map[string]*huma.MediaType) {
		for _, media := range content {
			if media.Schema != nil && media.Example == nil {
				media.Example = s.example(media.Schema)
			}
		}
	}
	if op.RequestBody != nil {
		add(op.RequestBody.Content)
	}
	for _, r := range op.Responses {
		add(r.Content)
	}
}

// inOrder is an example whose names are in the order of the schema.
func (s shapes) inOrder(schema *huma.Schema, example any) any {
	fields, ok := example.(map[string]any)
	schema = s.resolve(schema)
	if !ok || len(schema.Properties) == 0 {
		return example
	}
	var o ordered
	for _, name := range names(schema) {
		if value, given := fields[name]; given {
			o = append(o, pair{name, s.inOrder(schema.Properties[name], value)})
		}
	}
	return o
}

// example is a value that fits the schema.
func (s shapes) example(schema *huma.Schema) any {
	schema = s.resolve(schema)
	if len(schema.Examples) > 0 {
		return schema.Examples[0]
	}
	switch schema.Type {
	case huma.TypeObject:
		o := make(ordered, 0, len(schema.Properties))
		for _, name := range names(schema) {
			value := s.example(schema.Properties[name])
			if value == nil && !slices.Contains(schema.Required, name) {
				continue // it can be left out, and nothing shows what it would be
			}
			o = append(o, pair{name, value})
		}
		return o
	case huma.TypeArray:
		return []any{s.example(schema.Items)}
	}
	return nil
}

func (s shapes) compact(schema *huma.Schema) string {
	text, err := json.Marshal(s.example(schema))
	if err != nil {
		return ""
	}
	return string(text)
}

// ordered is an object whose names keep their order in JSON.
type ordered []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}
