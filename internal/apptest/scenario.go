package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// Scenario is a request and the answer that it must get.
type Scenario struct {
	Name string
	Request
	Status int

	// Want is the JSON body that the answer must equal; not compared when empty.
	// In it "<any>" stands for any value but null, "<access>" and "<refresh>" for
	// a token of that kind.
	Want string

	// Code is the member "code" of the answer; not compared when empty.
	Code string

	// Contains are parts of the body.
	Contains []string

	// Answers are headers that the answer must have with these values.
	Answers map[string]string
}

// Run runs scenarios in their order, each as a subtest.
func (s *Service) Run(t *testing.T, all []Scenario) {
	t.Helper()
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) { c.check(t, s.Do(t, c.Request)) })
	}
}

func (c Scenario) check(t *testing.T, got Response) {
	t.Helper()
	if got.Status != c.Status {
		t.Errorf("status %d, want %d: %.500s", got.Status, c.Status, got.Body)
	}
	if c.Code != "" && got.Text("code") != c.Code {
		t.Errorf("code %q, want %q: %.500s", got.Text("code"), c.Code, got.Body)
	}
	for _, part := range c.Contains {
		if !strings.Contains(string(got.Body), part) {
			t.Errorf("the body does not contain %q: %.500s", part, got.Body)
		}
	}
	for name, value := range c.Answers {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if c.Want == "" {
		return
	}
	want, err := decode([]byte(c.Want))
	if err != nil {
		t.Fatalf("the scenario's own body: %v", err)
	}
	have, err := decode(got.Body)
	if err != nil {
		t.Errorf("the body is not JSON: %.500s", got.Body)
		return
	}
	if err := alike(t, want, have); err != nil {
		t.Errorf("%v: %.500s", err, got.Body)
	}
}

func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v)
}

// alike returns where have is not what want says.
func alike(t *testing.T, want, have any) error {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok || len(h) != len(w) {
			return fmt.Errorf("have %v, want the members of %v", have, want)
		}
		for name, value := range w {
			got, ok := h[name]
			if !ok {
				return fmt.Errorf("there is no %q", name)
			}
			if err := alike(t, value, got); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return fmt.Errorf("have %v, want %v", have, want)
		}
		for i := range w {
			if err := alike(t, w[i], h[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		return alikeText(t, w, have)
	}
	if !reflect.DeepEqual(want, have) {
		return fmt.Errorf("have %v, want %v", have, want)
	}
	return nil
}

func alikeText(t *testing.T, want string, have any) error {
	t.Helper()
	text, isText := have.(string)
	switch {
	case want == "<any>" && have != nil:
		return nil
	case want == "<access>" || want == "<refresh>":
		if kind := strings.Trim(want, "<>"); isText && Claims(t, text)["token_type"] == kind {
			return nil
		}
		return fmt.Errorf("have %.80v, want a token: %s", have, want)
	case !isText || text != want:
		return fmt.Errorf("have %v, want %q", have, want)
	}
	return nil
}
