package webui_test

import (
	"encoding/json"
	"testing"

	"github.com/countersign/countersign/internal/webui"
)

func FuzzMomentAsked(f *testing.F) {
	for _, text := range []string{"", "2026-01-31", "2026-01-31T08:30", "2026-01-31 08:30:01", "2026-01-31T08:30:01.5+02:00", "yesterday", "0000-01-01", "9999-12-31"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := webui.MomentAsked(text)
		if !ok || text == "" {
			return
		}
		if at.Year() < 1 || at.Year() > 9998 {
			t.Errorf("%q is %v", text, at)
		}
		if again, ok := webui.MomentAsked(at.Format("2006-01-02T15:04:05.999999999Z07:00")); !ok || !again.Equal(at) {
			t.Errorf("%q is %v, and written again %v", text, at, again)
		}
	})
}

// Whatever a detail is, a page shows a bounded part of it.
func FuzzDetail(f *testing.F) {
	for _, text := range []string{`{}`, `null`, `[1]`, `{"before":{"a":1},"after":{"a":2}}`, `{"before":null,"x":{"y":{"z":[1,{"a":"b"}]}}}`, `{"a":1e999,"\u0000":"\ud800"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return // Event.DetailJSON gives JSON alone
		}
		if rows, characters := webui.ReadDetail(text); rows > 400 || characters > 8001+400*2*501 {
			t.Errorf("%d rows and %d characters of %q", rows, characters, text)
		}
	})
}
