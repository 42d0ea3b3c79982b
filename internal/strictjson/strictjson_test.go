package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/strictjson"
)

// Cases B21, B22 and B23: what is no text is refused, and why; names are read
// unescaped.
func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`""`: "", `"a"`: "a", `"\u0073ub"`: "sub", `"\ud83d\ude00é\n\/"`: "😀é\n/", `"a\u0000b"`: "a\x00b", `"\uFFFD"`: "\ufffd",
	} {
		r := strictjson.NewReader([]byte(in + " rest"))
		if got, err := r.Text(); err != nil || got != want || string(r.Since(0)) != in {
			t.Errorf("%s: %q, %v after %q", in, got, err, r.Since(0))
		}
	}
	for in, want := range map[string]error{
		``: strictjson.ErrSyntax, `a`: strictjson.ErrSyntax, `"a`: strictjson.ErrSyntax, `"\`: strictjson.ErrSyntax, `"\x"`: strictjson.ErrSyntax,
		"\"\n\"": strictjson.ErrSyntax, `"\u00"`: strictjson.ErrSyntax, `"\u00+1"`: strictjson.ErrSyntax, `"\u00_1"`: strictjson.ErrSyntax,
		"\"a\x00\"": strictjson.ErrNUL, "\"\xff\"": strictjson.ErrUTF8, "\"\xff\\n\"": strictjson.ErrUTF8, "\"\xed\xa0\x80\"": strictjson.ErrUTF8,
		`"\ud800"`: strictjson.ErrSurrogate, `"\udc00\ud800"`: strictjson.ErrSurrogate, `"\ud800\u0041"`: strictjson.ErrSurrogate, `"\ud800x"`: strictjson.ErrSurrogate,
	} {
		r := strictjson.NewReader([]byte(in))
		if got, err := r.Text(); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, want %v", in, got, err, want)
		}
	}
}

// Case B15: numbers are JSON's, and such as a reader can hold.
func TestNumber(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"0", "-0", "12", "1.5", "1e9", "-1.25E-3", "1e308", strings.Repeat("1", 64)} {
		r := strictjson.NewReader([]byte(in))
		if err := r.Number(); err != nil || !r.Done() {
			t.Errorf("%s: %v, %d bytes read", in, err, r.Pos())
		}
	}
	for in, want := range map[string]error{
		"": strictjson.ErrSyntax, "-": strictjson.ErrSyntax, "+1": strictjson.ErrSyntax, ".5": strictjson.ErrSyntax, "1.": strictjson.ErrSyntax,
		"1e": strictjson.ErrSyntax, "NaN": strictjson.ErrSyntax, "1e400": strictjson.ErrNumber, strings.Repeat("1", 65): strictjson.ErrNumber,
	} {
		r := strictjson.NewReader([]byte(in))
		if err := r.Number(); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
	r := strictjson.NewReader([]byte("01")) // a leading zero is a number of its own
	if err := r.Number(); err != nil || r.Pos() != 1 {
		t.Errorf("01: %v after %d bytes", err, r.Pos())
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	r := strictjson.NewReader([]byte(" \t\r\ntrue,nul"))
	r.Space()
	if err := r.Word("true"); err != nil || !r.Take(',') || r.Take(0) {
		t.Errorf("true: %v, then %q", err, r.Peek())
	}
	if err := r.Word("null"); !errors.Is(err, strictjson.ErrSyntax) {
		t.Errorf("nul: %v", err)
	}
}

// What is accepted, the standard decoder accepts too, and reads as the same text.
func FuzzText(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\ud83d\ude00"`, `"\u0000"`, "\"\xff\"", `"\`, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := strictjson.NewReader(data)
		got, err := r.Text()
		if err != nil {
			return
		}
		var want string
		if err := json.Unmarshal(r.Since(0), &want); err != nil || got != want {
			t.Errorf("%q: %q, and the standard decoder says %q, %v", data, got, want, err)
		}
	})
}
