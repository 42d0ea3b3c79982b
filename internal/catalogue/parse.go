package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/countersign/countersign/internal/strictjson"
)

// mostProblems is how many problems of a file are said at once.
const mostProblems = 20

// Parse reads a file in TOML, or in JSON when it begins with a brace. ErrInvalid with
// everything that is wrong with it.
func Parse(text []byte) (Catalogue, error) {
	if len(text) > MaxBytes {
		return Catalogue{}, invalid(fmt.Sprintf("it has more than %d bytes", MaxBytes))
	}
	file, err := members(text)
	if err != nil {
		return Catalogue{}, invalid(err.Error())
	}
	var r reader
	c := r.catalogue(file)
	if len(r.problems) > 0 {
		return Catalogue{}, invalid(r.problems...)
	}
	return c, nil
}

// members returns the values of a file as maps, lists and texts.
func members(text []byte) (map[string]any, error) {
	if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		object, err := strictjson.ReadObject(text)
		if err != nil {
			return nil, fmt.Errorf("the file %w", err)
		}
		return table(object), nil
	}
	file := map[string]any{}
	err := toml.Unmarshal(text, &file)
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := at.Position()
		return nil, fmt.Errorf("line %d, column %d: %w", row, column, at)
	}
	return file, err
}

// table turns objects of JSON into what TOML has.
func table(o strictjson.Object) map[string]any {
	t := make(map[string]any, len(o))
	for _, m := range o {
		if inner, ok := m.Value.(strictjson.Object); ok {
			t[m.Name] = table(inner)
			continue
		}
		t[m.Name] = m.Value
	}
	return t
}

func invalid(problems ...string) error {
	more := ""
	if n := len(problems) - mostProblems; n > 0 {
		problems, more = problems[:mostProblems], fmt.Sprintf("; and %d more", n)
	}
	f := *ErrInvalid
	f.Public = "This is no catalogue of permissions and roles: " + strings.Join(problems, "; ") + more + "."
	return &f
}
