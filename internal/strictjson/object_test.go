package strictjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadObject(t *testing.T) {
	t.Parallel()
	got, err := ReadObject([]byte(` {"b": [1, "x", true, null], "a": {"c": -0.5}, "e": {}, "l": []} `))
	if err != nil {
		t.Fatal(err)
	}
	want := Object{
		{"b", []any{Number("1"), "x", true, nil}}, {"a", Object{{"c", Number("-0.5")}}}, {"e", Object{}}, {"l", []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v, ok := got.Get("e"); !ok || cmp.Diff(Object{}, v) != "" {
		t.Errorf("Get = %v, %v", v, ok)
	}
	if _, ok := got.Get("E"); ok {
		t.Error("case does not matter")
	}
}

func TestReadObject_refuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                    "is not a JSON object",
		`[]`:                  "is not a JSON object",
		`{} {}`:               "has text after the JSON object, at byte 4",
		`{"a":1,"a":1}`:       `gives "a" twice`,
		`{"a":1,"\u0061":1}`:  `gives "a" twice`,
		`{"x":{"a":1,"a":1}}`: `gives "a" twice`,
		`{"a":1,}`:            "is not valid JSON",
		`{"a" 1}`:             "is not valid JSON",
		`{"a":[1,]}`:          "is not valid JSON",
		`{"a":1`:              "is not valid JSON",
		`{"a":1e999}`:         "a number is too large",
		"{\"a\":\"\xff\"}":    "not valid UTF-8",
		`{"a":` + strings.Repeat("[", 17) + strings.Repeat("]", 17) + `}`: "of more than 16 levels",
	} {
		_, err := ReadObject([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := ReadObject(nil); !errors.Is(err, ErrNoObject) {
		t.Errorf("nothing: %v", err)
	}
}

// What is read is JSON to others too, and says the same to them.
func FuzzReadObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":null}],"c":"\u00e9"}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, `{"a":-0.0e+1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadObject(text)
		if err != nil {
			return
		}
		var other map[string]json.RawMessage
		if err := json.Unmarshal(text, &other); err != nil {
			t.Fatalf("%q is read and is no JSON: %v", text, err)
		}
		if len(other) != len(got) {
			t.Fatalf("%q has %d members, others see %d", text, len(got), len(other))
		}
		for _, m := range got {
			if _, there := other[m.Name]; !there {
				t.Fatalf("%q: others do not see %q", text, m.Name)
			}
		}
	})
}
