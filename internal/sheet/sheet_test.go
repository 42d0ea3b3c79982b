package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/sheet"
)

type row struct {
	Name string `json:"name"`
	Note string `json:"note"`
}

func (r row) Cells() []string { return []string{r.Name, r.Note} }

func write(t *testing.T, f sheet.Format, rows ...row) string {
	t.Helper()
	var out bytes.Buffer
	w := sheet.NewWriter(&out, f, "name", "note")
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFormats(t *testing.T) {
	t.Parallel()
	rows := []row{{"ann", `a "b", c`}, {"<b>", "two\nlines"}}
	for f, want := range map[sheet.Format]string{
		sheet.JSONLines: "{\"name\":\"ann\",\"note\":\"a \\\"b\\\", c\"}\n{\"name\":\"<b>\",\"note\":\"two\\nlines\"}\n",
		sheet.CSV:       "\"name\",\"note\"\r\n\"ann\",\"a \"\"b\"\", c\"\r\n\"<b>\",\"two\nlines\"\r\n",
	} {
		if diff := cmp.Diff(want, write(t, f, rows...)); diff != "" {
			t.Errorf("%s:\n%s", f, diff)
		}
	}
	if got := write(t, sheet.CSV); got != "\"name\",\"note\"\r\n" {
		t.Errorf("CSV without rows: %q", got)
	}
	if got := write(t, sheet.JSONLines); got != "" {
		t.Errorf("JSON lines without rows: %q", got)
	}
}

// Cases J01 to J06: no cell is a formula, and what is none is not changed.
func TestFormulas(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://evil.example\")", "＝1", "＋1", "－1", "＠x",
	} {
		if got := sheet.Inert(text); got != "'"+text {
			t.Errorf("Inert(%q) = %q", text, got)
		}
	}
	for _, text := range []string{"", "ann", "a=1", "1-1", "'", "é=", " =1", `"=1`} {
		if got := sheet.Inert(text); got != text {
			t.Errorf("Inert(%q) = %q", text, got)
		}
	}
	// A program that separates at semicolons finds no cell inside another one.
	if got := write(t, sheet.CSV, row{"a;=1", "b"}); !strings.Contains(got, `"a;=1","b"`) {
		t.Errorf("not quoted: %q", got)
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]sheet.Format{"jsonl": sheet.JSONLines, "csv": sheet.CSV, "xml": "", "": "", "CSV": ""} {
		got, err := sheet.ParseFormat(name)
		if got != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, sheet.ErrFormat) {
			t.Errorf("ParseFormat(%q) = %q, %v", name, got, err)
		}
	}
}

// full takes nothing.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAnErrorIsReturned(t *testing.T) {
	t.Parallel()
	for _, f := range []sheet.Format{sheet.JSONLines, sheet.CSV} {
		w := sheet.NewWriter(full{}, f, "name", "note")
		err := w.Write(row{Note: strings.Repeat("x", 1<<16)})
		if !errors.Is(err, errFull) || !errors.Is(w.Flush(), errFull) {
			t.Errorf("%s: %v, then %v", f, err, w.Flush())
		}
	}
}

// What is written as CSV is read as the same cells, but for the apostrophe.
func FuzzCSV(f *testing.F) {
	f.Add("ann", "=1")
	f.Add("\"", "\n")
	f.Fuzz(func(t *testing.T, name, note string) {
		var out bytes.Buffer
		w := sheet.NewWriter(&out, sheet.CSV, "name", "note")
		if err := errors.Join(w.Write(row{name, note}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Fatalf("%q: %v", rows, err)
		}
		// The reader makes one line end of two, and drops a carriage return before one.
		plain := strings.NewReplacer("\r\n", "\n")
		for i, want := range []string{sheet.Inert(name), sheet.Inert(note)} {
			if rows[1][i] != plain.Replace(want) {
				t.Errorf("%q is read as %q", want, rows[1][i])
			}
		}
	})
}
