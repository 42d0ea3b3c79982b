package webui_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium with one page, spoken to by the DevTools protocol
// over two pipes.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	id      int
	session string
	// seen are the addresses that the page asked for, and said what it complained
	// of: violations of its policy among them.
	seen, said []string
	// saved are the files that were downloaded to the end.
	saved []string
}

// newBrowser starts a browser that ends with the test. Without one it returns nil:
// there is nothing to test then, unless COUNTERSIGN_TEST_REQUIRE names chromium.
// The name setup.test leads to the loopback.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("COUNTERSIGN_TEST_REQUIRE"), ","), "chromium") {
			t.Fatalf("chromium is required here: %v", err)
		}
		t.Logf("left out: %v", err)
		return nil
	}
	theirIn, ourOut, err := os.Pipe()
	must(t, err)
	ourIn, theirOut, err := os.Pipe()
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	cmd := exec.CommandContext(ctx, path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--user-data-dir="+t.TempDir(),
		"--host-resolver-rules=MAP setup.test 127.0.0.1", "--disable-features=HttpsUpgrades", "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	must(t, cmd.Start())
	_, _ = theirIn.Close(), theirOut.Close()
	b := &browser{t: t, to: ourOut, from: bufio.NewReader(ourIn)}
	t.Cleanup(func() {
		b.call("Browser.close", nil, nil)
		_ = cmd.Wait() // how it ended does not matter
		cancel()
		_, _ = ourOut.Close(), ourIn.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page.enable", "Network.enable", "Runtime.enable", "Log.enable"} {
		b.call(domain, nil, nil)
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// message is what comes back: an answer, or an event.
type message struct {
	ID     int
	Method string
	Params struct {
		Request     struct{ URL string }
		Entry       struct{ Level, Source, Text string }
		Args        json.RawMessage
		State, GUID string // of a download
	}
	Result json.RawMessage
	Error  *struct{ Message string }
}

// next reads one message and remembers what it says of the page.
func (b *browser) next() message {
	b.t.Helper()
	raw, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("the browser ended: %v", err)
	}
	var m message
	must(b.t, json.Unmarshal(bytes.TrimRight(raw, "\x00"), &m))
	switch m.Method {
	case "Network.requestWillBeSent":
		b.seen = append(b.seen, m.Params.Request.URL)
	case "Log.entryAdded":
		b.entry(m.Params.Entry.Level, m.Params.Entry.Source, m.Params.Entry.Text)
	case "Browser.downloadProgress":
		if m.Params.State == "completed" {
			b.saved = append(b.saved, m.Params.GUID)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening":
		b.said = append(b.said, m.Method+" "+string(m.Params.Args))
	}
	return m
}

// entry remembers an error of the page's console. That an answer has a status beyond
// 399 is none: pages of failures have. Nor is it one that a header is good for HTTPS
// alone, on the page that says that there is no HTTPS.
func (b *browser) entry(level, source, text string) {
	if strings.HasPrefix(text, "The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy.") {
		return
	}
	if level == "error" && source != "network" || strings.Contains(text, "Content Security Policy") {
		b.said = append(b.said, text)
	}
}

// send asks and does not wait.
func (b *browser) send(method string, params map[string]any) {
	b.t.Helper()
	b.id++
	raw, err := json.Marshal(map[string]any{"id": b.id, "method": method, "params": params, "sessionId": b.session})
	must(b.t, err)
	if b.session == "" || strings.HasPrefix(method, "Browser.") {
		raw = bytes.Replace(raw, fmt.Appendf(nil, `,"sessionId":%q`, b.session), nil, 1)
	}
	if _, err := b.to.Write(append(raw, 0)); err != nil {
		b.t.Fatalf("the browser ended: %v", err)
	}
}

// call asks and waits for the answer.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.send(method, params)
	for {
		m := b.next()
		if m.ID != b.id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			must(b.t, json.Unmarshal(m.Result, result))
		}
		return
	}
}

// loaded does what leads to a page and waits until it is there. What it does may not
// wait for an answer, which can come after the page.
func (b *browser) loaded(do func()) {
	b.t.Helper()
	do()
	for b.next().Method != "Page.loadEventFired" {
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.loaded(func() { b.send("Page.navigate", map[string]any{"url": url}) })
}

// text evaluates an expression of the page's own world.
func (b *browser) text(expression string) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails)
	}
	return fmt.Sprint(got.Result.Value)
}

// tab presses the Tab key and waits until the focus is where it goes: what is
// typed after it goes there.
func (b *browser) tab(to string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}, nil)
	}
	b.focused(to)
}

// focused waits until the element with this id, or else of this kind, has the
// focus. A browser that is busy moves it later than it answers.
func (b *browser) focused(want string) {
	b.t.Helper()
	var got string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if got = b.text("document.activeElement.id || document.activeElement.tagName"); got == want {
			return
		}
	}
	b.t.Errorf("the focus is on %q, want %q", got, want)
}

// enter presses Enter, which sends the form that has the focus. It does not wait:
// the page that answers is another one.
func (b *browser) enter() {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.send("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"})
	}
}

// typed types into the field that has the focus.
func (b *browser) typed(text string) {
	b.t.Helper()
	b.call("Input.insertText", map[string]any{"text": text}, nil)
}

// show sets the colours that the person prefers and the width of their screen.
func (b *browser) show(scheme string, width, height int) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}, nil)
}

// picture keeps what the page looks like, where pictures are kept: with -artifacts.
func (b *browser) picture(name string) {
	b.t.Helper()
	if flag.Lookup("test.artifacts").Value.String() != "true" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true, "optimizeForSpeed": true}, &shot)
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	must(b.t, err)
	must(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), raw, 0o644))
}
