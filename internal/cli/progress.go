package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	progressRedraw = 100 * time.Millisecond // between two states of the bar
	progressLine   = 10 * time.Second       // between two lines without a terminal
	progressWidth  = 30                     // columns of the bar
)

// progress tells on standard error how far a long work is: with a bar on a
// terminal, with a line now and then elsewhere. It is for one goroutine.
type progress struct {
	w    io.Writer
	tty  bool
	what string
	now  func() time.Time

	total int // 0: not known
	count int
	began time.Time
	told  time.Time
	shown int // the count that was shown last
	drawn int // columns of the terminal's line that are in use
}

// newProgress begins to tell of things that are called what: "users".
func newProgress(w io.Writer, tty bool, what string) *progress {
	p := &progress{w: w, tty: tty, what: what, now: time.Now}
	p.began = p.now()
	p.told = p.began
	return p
}

// expect says how many things there are; 0 for nobody knows.
func (p *progress) expect(total int) { p.total = total }

// add counts n more things that are done.
func (p *progress) add(n int) {
	p.count += n
	pause := progressLine
	if p.tty {
		pause = progressRedraw
	}
	if now := p.now(); now.Sub(p.told) >= pause {
		p.told = now
		p.show()
	}
}

// say prints a line of its own above the bar.
func (p *progress) say(line string) {
	p.wipe()
	fmt.Fprintln(p.w, clean(line))
}

// done shows the last state and leaves it standing. Where nobody watches, a work that
// ended before anything was shown is not told of.
func (p *progress) done() {
	if !p.tty && (p.told.Equal(p.began) || p.shown == p.count) {
		return
	}
	p.show()
	if p.tty {
		fmt.Fprintln(p.w)
		p.drawn = 0
	}
}

func (p *progress) show() {
	p.shown = p.count
	text := p.text()
	if !p.tty {
		fmt.Fprintln(p.w, text)
		return
	}
	if p.total > 0 {
		full := min(progressWidth, progressWidth*p.count/p.total)
		text = "[" + strings.Repeat("#", full) + strings.Repeat("-", progressWidth-full) + "] " + text
	}
	fmt.Fprint(p.w, "\r", text, strings.Repeat(" ", max(0, p.drawn-len(text))))
	p.drawn = len(text)
}

// wipe takes the bar off the terminal.
func (p *progress) wipe() {
	if p.drawn > 0 {
		fmt.Fprint(p.w, "\r", strings.Repeat(" ", p.drawn), "\r")
		p.drawn = 0
	}
}

// text is how far the work is: "1200 of 5000 users, 24%, 400/s".
func (p *progress) text() string {
	text := fmt.Sprintf("%d %s", p.count, p.what)
	if p.total > 0 {
		text = fmt.Sprintf("%d of %d %s, %d%%", p.count, p.total, p.what, min(100, 100*p.count/p.total))
	}
	if took := p.now().Sub(p.began).Seconds(); took >= 1 {
		text += fmt.Sprintf(", %.0f/s", float64(p.count)/took)
	}
	return text
}
