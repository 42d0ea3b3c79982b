package httpapi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Cases H06 and K11, and the "bad input" of every field: what the strict scanner
// refuses, and the field that it names.
func TestScanObject(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 31) + strings.Repeat("]", 31)
	for name, c := range map[string]struct{ body, field, message string }{
		"good":                       {` {"a": [1, -0.5e3, {"b": "\u00e9\ud83d\ude00é/"}], "c": null} `, "", ""},
		"empty object":               {`{}`, "", ""},
		"as deep as it may be":       {`{"a":` + deep + `}`, "", ""},
		"one deeper":                 {`{"a":[` + deep + `]}`, "a", msgTooDeep},
		"a million deep":             {`{"a":` + strings.Repeat("[", 60_000), "a", msgTooDeep},
		"objects too deep":           {strings.Repeat(`{"a":`, 33), "a", msgTooDeep},
		"twice":                      {`{"a":1,"b":2,"a":3}`, "a", msgTwice},
		"twice, one of them escaped": {`{"a":1,"\u0061":3}`, "a", msgTwice},
		"twice inside":               {`{"a":{"b":1,"b":2}}`, "a", msgTwice},
		"huge number":                {`{"a":1e400}`, "a", msgNumber},
		"a million digits":           {`{"a":` + strings.Repeat("9", 60_000) + `}`, "a", msgNumber},
		"leading zero":               {`{"a":01}`, "a", msgNotJSON},
		"plus":                       {`{"a":+1}`, "a", msgNotJSON},
		"NaN":                        {`{"a":NaN}`, "a", msgNotJSON},
		"NUL":                        {`{"a":"x\u0000"}`, "a", msgNull},
		"raw NUL":                    {"{\"a\":\"x\x00\"}", "a", msgNull},
		"lone high surrogate":        {`{"a":"\ud800"}`, "a", msgSurrogate},
		"lone low surrogate":         {`{"a":"\udc00"}`, "a", msgSurrogate},
		"two high surrogates":        {`{"a":"\ud800\ud800"}`, "a", msgSurrogate},
		"invalid UTF-8":              {"{\"a\":\"\xff\"}", "a", msgNotUTF8},
		"overlong UTF-8":             {"{\"a\":\"\xc0\xaf\"}", "a", msgNotUTF8},
		"surrogate in UTF-8":         {"{\"a\":\"\xed\xa0\x80\"}", "a", msgNotUTF8},
		"control character":          {"{\"a\":\"\n\"}", "a", msgNotJSON},
		"bad escape":                 {`{"a":"\x41"}`, "a", msgNotJSON},
		"signed escape":              {`{"a":"\u+041"}`, "a", msgNotJSON},
		"array":                      {`[]`, "", msgNotObject},
		"null":                       {`null`, "", msgNotObject},
		"string":                     {`"x"`, "", msgNotObject},
		"nothing":                    {``, "", msgNotJSON},
		"cut":                        {`{"a":"b`, "a", msgNotJSON},
		"two values":                 {`{} {}`, "", msgNotJSON},
		"trailing comma":             {`{"a":1,}`, "a", msgNotJSON},
		"single quotes":              {`{'a':1}`, "", msgNotJSON},
		"comment":                    {`{"a":1} // x`, "", msgNotJSON},
		"byte order mark":            {"\ufeff{}", "", msgNotJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scanObject([]byte(c.body))
			if c.message == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			scan, ok := errors.AsType[*scanError](err)
			if !ok || scan.field != c.field || scan.message != c.message {
				t.Errorf("error = %v, want %q in field %q", err, c.message, c.field)
			}
		})
	}
}

func TestScanObjectNamesMembers(t *testing.T) {
	t.Parallel()
	members, err := scanObject([]byte(`{"a": {"b": null}, "c": null , "d":"null"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []member{{"a", false}, {"c", true}, {"d", false}}
	if len(members) != len(want) {
		t.Fatalf("members = %v, want %v", members, want)
	}
	for i := range want {
		if members[i] != want[i] {
			t.Errorf("member %d = %v, want %v", i, members[i], want[i])
		}
	}
}

// What the scanner lets through, the standard decoder reads, and to the same
// names.
func FuzzScanObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"a":[{"b":null}],"c":"\ud83d\ude00"}`, `{"a":1e400}`, "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `[[[`, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := scanObject(data)
		if err != nil {
			if _, ok := errors.AsType[*scanError](err); !ok {
				t.Errorf("%q: an error that is no scanError: %v", data, err)
			}
			return
		}
		var decoded map[string]json.RawMessage
		if err := json.Unmarshal(data, &decoded); err != nil {
			t.Fatalf("%q passes the scanner and not the decoder: %v", data, err)
		}
		if len(decoded) != len(members) {
			t.Errorf("%q: the decoder sees %d names, the scanner %d", data, len(decoded), len(members))
		}
		for _, m := range members {
			value, ok := decoded[m.name]
			if !ok || m.null != (string(value) == "null") {
				t.Errorf("%q: the decoder and the scanner disagree on %q", data, m.name)
			}
		}
	})
}
