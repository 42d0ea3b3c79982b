package userfile_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/userfile"
)

// drain reads to the end, which must come: every row is a line at least.
func drain(t *testing.T, r userfile.Reader, lines int) (rows []userfile.Row, bad int) {
	t.Helper()
	last := 0
	for n := 0; ; n++ {
		row, err := r.Read()
		wrong, ok := errors.AsType[*userfile.RowError](err)
		at := row.Line
		switch {
		case ok:
			at, bad = wrong.Line, bad+1
		case err != nil:
			return rows, bad
		default:
			rows = append(rows, row)
		}
		if at <= last || n > lines {
			t.Fatalf("line %d after line %d", at, last)
		}
		last = at
	}
}

// What the standard parser reads without an error is read here as the same cells.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		everythingCSV, "username\na\n\"b\"\n", "username,email\n\"a\",\"x\ny\"\n", "username\n\"", "username,email\n\"a\"\"\",\"\"\n\r\n,", "\xef\xbb\xbfusername\r\n\"a\r\nb\"\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := userfile.NewCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		rows, bad := drain(t, r, strings.Count(text, "\n")+1)
		std := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		all, err := std.ReadAll()
		if err != nil || !utf8.ValidString(text) {
			return
		}
		if len(rows)+bad != len(all)-1 {
			t.Fatalf("%d rows and %d bad ones, and the standard parser has %d", len(rows), bad, len(all)-1)
		}
		if bad > 0 {
			return
		}
		for i, name := range all[0] {
			if strings.TrimSpace(name) == "username" {
				for n, row := range rows {
					if row.Username != all[n+1][i] {
						t.Errorf("row %d: %q, want %q", n, row.Username, all[n+1][i])
					}
				}
			}
		}
	})
}

// What is read is what the standard decoder reads.
func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{everythingJSON, "{}\n{\"username\":\"a\"}\n", `{"roles":["a","b"]}`, `{"id":1e3}`, "{\"username\":\"\\ud83d\\ude00\"}\n[", `{"id":null}`, "{}\v"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, _ := drain(t, userfile.NewJSONLines(strings.NewReader(text)), strings.Count(text, "\n")+1)
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		for _, row := range rows {
			var want struct {
				Username string   `json:"username"`
				Roles    []string `json:"roles"`
			}
			d := json.NewDecoder(strings.NewReader(lines[row.Line-1]))
			if err := d.Decode(&want); err != nil {
				t.Fatalf("line %d: the standard decoder says %v", row.Line, err)
			}
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				t.Errorf("line %d: something follows the object", row.Line)
			}
			if want.Username != row.Username || len(row.Roles) > len(want.Roles) {
				t.Errorf("line %d: %+v, want %+v", row.Line, row, want)
			}
		}
	})
}
