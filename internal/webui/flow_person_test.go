package webui_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// found is JavaScript that finds what a person means by a text: a button, a link or
// the summary of a disclosure that is on the page to be seen, by its text or label.
const found = `(text => [...document.querySelectorAll('button, a, summary')].find(e =>
	(e.innerText.trim() === text || e.getAttribute('aria-label') === text) && e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length))`

// labelled is JavaScript that finds a field by its label, whether it is optional or not.
const labelled = `(text => [...document.querySelectorAll('label')].find(e => e.checkVisibility() && e.innerText.replace(/ optional$/, '').trim() === text)?.control)`

// at moves what an expression finds into view and returns where its middle is. What
// lies under something else cannot be clicked.
func (b *browser) at(what, expression string) (x, y float64) {
	b.t.Helper()
	raw := b.text(`(() => { const e = ` + expression + `; if (!e) return ''; e.scrollIntoView({block: 'center'});
		const r = e.getClientRects()[0], x = r.x + r.width / 2, y = r.y + r.height / 2, on = document.elementFromPoint(x, y);
		return JSON.stringify({x, y, hidden: !(on && (e.contains(on) || on.contains(e)))}) })()`)
	if raw == "" {
		b.t.Fatalf("there is no %q on the page: %s", what, b.text("document.body.innerText"))
	}
	var p struct {
		X, Y   float64
		Hidden bool
	}
	must(b.t, json.Unmarshal([]byte(raw), &p))
	if p.Hidden {
		b.t.Fatalf("%q lies under something else", what)
	}
	return p.X, p.Y
}

// click presses the button of the mouse on what has this text, and waits for nothing.
func (b *browser) click(text string) {
	b.t.Helper()
	b.clickAt(b.at(text, found+"("+quoted(text)+")"))
}

func (b *browser) clickAt(x, y float64) {
	b.t.Helper()
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		b.send("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1})
	}
}

// follow clicks on what has this text and waits for the page that comes.
func (b *browser) follow(text string) {
	b.t.Helper()
	b.loaded(func() { b.click(text) })
}

// unfold clicks on what opens something on the page, and waits until the text is there.
func (b *browser) unfold(text, shows string) {
	b.t.Helper()
	b.click(text)
	b.until(text, found+"("+quoted(shows)+") ? 'true' : 'false'", "true")
}

// until waits for an expression to be what is wanted.
func (b *browser) until(what, expression, want string) {
	b.t.Helper()
	var got string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if got = b.text(expression); got == want {
			return
		}
	}
	b.t.Fatalf("%s: %s is %q, want %q", what, expression, got, want)
}

// write clicks into the field with this label and types over what is there.
func (b *browser) write(label, text string) {
	b.t.Helper()
	field := labelled + "(" + quoted(label) + ")"
	b.clickAt(b.at(label, field))
	b.until("the click on "+label, "document.activeElement === "+field, "true")
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "a", "code": "KeyA", "windowsVirtualKeyCode": 65, "modifiers": 2, "commands": []string{"selectAll"}}, nil)
	}
	b.typed(text)
}

// reads checks that the page says a text.
func (b *browser) reads(what string) {
	b.t.Helper()
	if page := b.text("document.body.innerText"); !strings.Contains(page, what) {
		b.t.Errorf("the page does not say %q: %s", what, page)
	}
}

// goTo follows an entry of the navigation, which is a menu on a telephone.
func (b *browser) goTo(place string) {
	b.t.Helper()
	if b.text("document.querySelector('.menu').checkVisibility()") == "true" {
		b.unfold("Menu", place)
	}
	b.follow(place)
}

// tabTo presses Tab until what has this text, or the field with this label, has the
// focus, which can be seen.
func (b *browser) tabTo(text string) {
	b.t.Helper()
	want := "(e => e !== document.body && (e === " + labelled + "(" + quoted(text) + ") || e.innerText?.trim() === " + quoted(text) + "))(document.activeElement)"
	for range 80 {
		if b.text(want) == "true" {
			if got := b.text("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"); got != "solid3px" {
				b.t.Errorf("the focus on %q is shown by %q", text, got)
			}
			return
		}
		for _, kind := range []string{"keyDown", "keyUp"} {
			b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}, nil)
		}
	}
	b.t.Fatalf("Tab does not lead to %q: %s", text, b.text("document.body.innerText"))
}

// download does what saves a file and returns it.
func (b *browser) download(do func()) string {
	b.t.Helper()
	dir := b.t.TempDir()
	b.call("Browser.setDownloadBehavior", map[string]any{"behavior": "allowAndName", "downloadPath": dir, "eventsEnabled": true}, nil)
	b.saved = nil
	do()
	for len(b.saved) == 0 {
		b.next()
	}
	raw, err := os.ReadFile(filepath.Join(dir, b.saved[0]))
	must(b.t, err)
	return string(raw)
}

// back goes back in the history of the browser.
func (b *browser) back() {
	b.t.Helper()
	var history struct {
		CurrentIndex int
		Entries      []struct{ ID int }
	}
	b.call("Page.getNavigationHistory", nil, &history)
	if history.CurrentIndex == 0 {
		b.t.Fatal("there is nothing to go back to")
	}
	b.send("Page.navigateToHistoryEntry", map[string]any{"entryId": history.Entries[history.CurrentIndex-1].ID})
	for b.next().Method != "Page.frameNavigated" { // one that was kept whole does not load again
	}
	b.until("back", "document.readyState", "complete")
}
