package simplejwt

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// detailOf returns the sentence of a refusal, "" for no error.
func detailOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	body, ok := r.body.(detailBody)
	if !ok {
		t.Fatalf("%v has no detail", r.body)
	}
	return body.Detail
}

// The texts that the original was recorded to give, and others of Python 3.12.
func TestReadJSONRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"  ":                          "Expecting value: line 1 column 3 (char 2)",
		`{"username": "alice"`:        "Expecting ',' delimiter: line 1 column 21 (char 20)",
		`{"username": "alice",}`:      "Expecting property name enclosed in double quotes: line 1 column 22 (char 21)",
		`{'username': 'alice'}`:       "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{username: 1}`:               "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{"a":1} x`:                   "Extra data: line 1 column 9 (char 8)",
		`{"username": "ali`:           "Unterminated string starting at: line 1 column 14 (char 13)",
		"{\"username\": \"a\nb\"}":    "Invalid control character at: line 1 column 16 (char 15)",
		`{"username": NaN}`:           "Out of range float values are not JSON compliant: 'NaN'",
		`{"username": Infinity}`:      "Out of range float values are not JSON compliant: 'Infinity'",
		`{"username": -Infinity}`:     "Out of range float values are not JSON compliant: '-Infinity'",
		`{"a":1 "b":2}`:               "Expecting ',' delimiter: line 1 column 8 (char 7)",
		`hello`:                       "Expecting value: line 1 column 1 (char 0)",
		"\ufeff{}":                    "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
		`[`:                           "Expecting value: line 1 column 2 (char 1)",
		"{\n \"a\": 1,\n \"b\": x\n}": "Expecting value: line 3 column 7 (char 17)",
		`{} // c`:                     "Extra data: line 1 column 4 (char 3)",
		`{"a":01}`:                    "Expecting ',' delimiter: line 1 column 7 (char 6)",
		`username=alice&password=x`:   "Expecting value: line 1 column 1 (char 0)",
		"{\"username\":\"\xff\",\"password\":\"x\"}": "'utf-8' codec can't decode byte 0xff in position 13: invalid start byte",
		`{`:              "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{"a"}`:          "Expecting ':' delimiter: line 1 column 5 (char 4)",
		`{"a":}`:         "Expecting value: line 1 column 6 (char 5)",
		`["a",]`:         "Expecting value: line 1 column 6 (char 5)",
		`[1 2]`:          "Expecting ',' delimiter: line 1 column 4 (char 3)",
		`"\x"`:           `Invalid \escape: line 1 column 2 (char 1)`,
		`"\u12g4"`:       `Invalid \uXXXX escape: line 1 column 3 (char 2)`,
		`"\u12`:          `Invalid \uXXXX escape: line 1 column 3 (char 2)`,
		`"\ud800\uZZZZ"`: `Invalid \uXXXX escape: line 1 column 9 (char 8)`,
		`"\`:             "Unterminated string starting at: line 1 column 1 (char 0)",
		`-`:              "Expecting value: line 1 column 1 (char 0)",
		`1.`:             "Extra data: line 1 column 2 (char 1)",
		`1e+`:            "Extra data: line 1 column 2 (char 1)",
		`{"é😀": x}`:      "Expecting value: line 1 column 8 (char 7)",
		"\"\xc3\"":       "'utf-8' codec can't decode byte 0xc3 in position 1: invalid continuation byte",
		"\"\xc3":         "Unterminated string starting at: line 1 column 1 (char 0)", // what has begun at the end is left out
		"\xe9":           "Expecting value: line 1 column 1 (char 0)",
		"{}\xe9\xff":     "'utf-8' codec can't decode byte 0xe9 in position 2: invalid continuation byte",
		"{}\xed\xa0":     "'utf-8' codec can't decode byte 0xed in position 2: invalid continuation byte",
		"{}\x80":         "'utf-8' codec can't decode byte 0x80 in position 2: invalid start byte",
		"\"\xe2\x82\"":   "'utf-8' codec can't decode bytes in position 1-2: invalid continuation byte",
		"\"\xf0\x9f\x98": "Unterminated string starting at: line 1 column 1 (char 0)",
		"\"\xed\xa0\x80": "'utf-8' codec can't decode byte 0xed in position 1: invalid continuation byte",
		"\"\xc0\xaf\"":   "'utf-8' codec can't decode byte 0xc0 in position 1: invalid start byte",
	} {
		_, err := readJSON([]byte(body), charsetUTF8)
		if got, want := detailOf(t, err), "JSON parse error - "+want; got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

// Cases K15 and K16: deep nesting and huge numbers are refused, and quickly.
func TestReadJSONBounds(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"brackets":    strings.Repeat("[", maxBody),
		"braces":      strings.Repeat(`{"a":`, maxBody/5),
		"65 levels":   strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"4301 digits": `{"username":` + strings.Repeat("9", 4301) + `}`,
	} {
		if _, err := readJSON([]byte(body), charsetUTF8); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, body := range map[string]string{
		"64 levels":   strings.Repeat("[", 64) + strings.Repeat("]", 64),
		"4300 digits": `{"username":` + strings.Repeat("9", 4300) + `}`,
		"long float":  `{"username":0.` + strings.Repeat("9", 60_000) + `}`,
	} {
		if _, err := readJSON([]byte(body), charsetUTF8); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadJSONValues(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]value{
		`"a\u0041\n\/é😀"`:   {kind: kindString, text: "aA\n/é😀"},
		`"\ud83d\ude00"`:    {kind: kindString, text: "😀"},
		`"\ud800"`:          {kind: kindString, text: "\ufffd", surrogate: 0xD800},
		`"\ud800\ud801"`:    {kind: kindString, text: "\ufffd\ufffd", surrogate: 0xD800},
		`"\udc00\ud83d"`:    {kind: kindString, text: "\ufffd\ufffd", surrogate: 0xDC00},
		`"\ud800\u0041"`:    {kind: kindString, text: "\ufffdA", surrogate: 0xD800},
		`null`:              {kind: kindNull},
		`true`:              {kind: kindBool},
		`false`:             {kind: kindBool},
		`[1,{"a":[]}]`:      {kind: kindList},
		`{"a":{"b":"c"}}`:   {kind: kindDict},
		`12345`:             {kind: kindInt, text: "12345"},
		`-0`:                {kind: kindInt, text: "0"},
		`1.50`:              {kind: kindFloat, text: "1.5"},
		`-0.0`:              {kind: kindFloat, text: "-0.0"},
		`1e2`:               {kind: kindFloat, text: "100.0"},
		`1e15`:              {kind: kindFloat, text: "1000000000000000.0"},
		`1e16`:              {kind: kindFloat, text: "1e+16"},
		`0.0001`:            {kind: kindFloat, text: "0.0001"},
		`0.00001`:           {kind: kindFloat, text: "1e-05"},
		`123456789.123E-20`: {kind: kindFloat, text: "1.23456789123e-12"},
		`1E4`:               {kind: kindFloat, text: "10000.0"},
		`1e400`:             {kind: kindFloat, text: "inf"},
		`-1e400`:            {kind: kindFloat, text: "-inf"},
	} {
		in, err := readJSON([]byte(`{"x":1,"x":`+raw+`,"X":7}`), charsetUTF8)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := in.get("x"); got != want {
			t.Errorf("%s: %+v, want %+v", raw, got, want)
		}
	}
}

func TestReadJSONWhole(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]kind{
		`[]`: kindList, ` "abc" `: kindString, `1`: kindInt, `1.5`: kindFloat, `true`: kindBool, `null`: kindNull,
	} {
		in, err := readJSON([]byte(body), charsetUTF8)
		if err != nil || in.fields != nil || in.whole.kind != want {
			t.Errorf("%s: %+v %v", body, in, err)
		}
	}
	if in, err := readJSON([]byte(`[{"a":1}]`), charsetUTF8); err != nil || in.fields != nil {
		t.Errorf("an object in a list: %+v %v", in, err)
	}
}

// What encoding/json takes for JSON, this scanner does too, and nothing else,
// but for the bounds, for bytes that are no UTF-8, and for a character that has begun
// at the end, which is left out.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `[1,2.5e3,"\ud800\udc00"]`, "{\"\xff\":1}", `{"a":`, "\ufeff{}", `-`, `[[[[`, ` {} x`, `"\u00`, `NaN`, `1e999`, `{"a":1e999}`, "\xd1", "{}\xd1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := readJSON(raw, charsetLatin1); err != nil {
			detailOf(t, err)
		}
		in, err := readJSON(raw, charsetUTF8)
		detail := detailOf(t, err)
		raw = charsetUTF8.whole(raw)
		switch {
		case !utf8.Valid(raw):
			if !strings.Contains(detail, "'utf-8' codec can't decode byte") {
				t.Errorf("no UTF-8: %q", detail)
			}
		case strings.Contains(detail, "Nested"), strings.Contains(detail, "Exceeds"), strings.Contains(detail, "Out of range"):
		case (err == nil) != json.Valid(raw):
			t.Errorf("%q: %v, but valid = %v", raw, err, json.Valid(raw))
		case err == nil && in.fields != nil:
			var want map[string]json.RawMessage // which leaves numbers alone
			if json.Unmarshal(raw, &want) != nil || len(want) != len(in.fields) {
				t.Errorf("%q: %d fields, want %d", raw, len(in.fields), len(want))
			}
		}
	})
}
