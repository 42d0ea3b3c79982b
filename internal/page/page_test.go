package page_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/page"
)

var (
	cursors  = page.NewCursors(bytes.Repeat([]byte{7}, 32))
	position = page.Position{At: time.UnixMilli(1_700_000_000_123).UTC(), ID: "0190-abc"}
)

func TestCursorRoundTrip(t *testing.T) {
	got, err := cursors.Decode("users", cursors.Encode("users", position))
	if err != nil || got != position {
		t.Errorf("Decode = %v, %v, want %v", got, err, position)
	}
	if cursors.Encode("users", page.Position{}) != "" {
		t.Error("the zero position has no cursor")
	}
}

// Case L16: a forged cursor is refused.
func TestForeignCursorsAreRefused(t *testing.T) {
	good := cursors.Encode("users", position)
	for name, decode := range map[string]func() (page.Position, error){
		"another list":         func() (page.Position, error) { return cursors.Decode("roles", good) },
		"another installation": func() (page.Position, error) { return page.NewCursors(make([]byte, 32)).Decode("users", good) },
		"one byte changed":     func() (page.Position, error) { return cursors.Decode("users", "B"+good[1:]) },
		"cut":                  func() (page.Position, error) { return cursors.Decode("users", good[:20]) },
		"a line end inside":    func() (page.Position, error) { return cursors.Decode("users", good[:9]+"\n"+good[9:]) },
		"padding":              func() (page.Position, error) { return cursors.Decode("users", good+"=") },
		"garbage":              func() (page.Position, error) { return cursors.Decode("users", "' OR 1=1--") },
	} {
		if _, err := decode(); !errors.Is(err, page.ErrCursor) {
			t.Errorf("%s: %v, want ErrCursor", name, err)
		}
	}
}

func TestOf(t *testing.T) {
	at := func(n int) page.Position { return page.Position{ID: string(rune('a' + n))} }
	full := page.Of([]int{1, 2, 3}, page.Request{Limit: 2}, at)
	if len(full.Items) != 2 || full.Next.ID != "c" {
		t.Errorf("with a row too many: %v", full)
	}
	last := page.Of([]int{1, 2}, page.Request{Limit: 2}, at)
	if len(last.Items) != 2 || !last.Next.IsZero() {
		t.Errorf("the last page: %v", last)
	}
}

// Case K15: a limit is bounded.
func TestRows(t *testing.T) {
	for asked, want := range map[int]int{0: 50, -1: 50, 7: 7, 200: 200, 1_000_000_000: 200} {
		if got := (page.Request{Limit: asked}).Rows(); got != want {
			t.Errorf("Rows of %d = %d, want %d", asked, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(cursors.Encode("users", position))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := cursors.Decode("users", cursor)
		if err == nil && cursor != "" && cursors.Encode("users", p) != cursor {
			t.Errorf("%q decodes to %v, which has another cursor", cursor, p)
		}
	})
}
