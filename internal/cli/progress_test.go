package cli

import (
	"strings"
	"testing"
	"time"
)

// watched is a progress whose clock the test moves.
func watched(tty bool) (*progress, *strings.Builder, func(time.Duration)) {
	var out strings.Builder
	at := time.UnixMilli(1_800_000_000_000)
	p := newProgress(&out, tty, "users")
	p.now = func() time.Time { return at }
	p.began, p.told = at, at
	return p, &out, func(d time.Duration) { at = at.Add(d) }
}

func TestProgress_lines_where_nobody_watches(t *testing.T) {
	t.Parallel()
	p, out, pass := watched(false)
	p.expect(4000)
	p.add(200)
	pass(10 * time.Second)
	p.add(800)
	p.add(1000)
	p.say("line 7: \x1b[31mbad")
	pass(10 * time.Second)
	p.add(1900)
	p.add(100)
	p.done()
	p.done()
	const want = "1000 of 4000 users, 25%, 100/s\nline 7: \ufffd[31mbad\n3900 of 4000 users, 97%, 195/s\n4000 of 4000 users, 100%, 200/s\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
}

func TestProgress_says_nothing_of_a_short_work(t *testing.T) {
	t.Parallel()
	p, out, _ := watched(false)
	p.add(3)
	p.done()
	if out.Len() != 0 {
		t.Errorf("%q", out)
	}
}

func TestProgress_bar_on_a_terminal(t *testing.T) {
	t.Parallel()
	p, out, pass := watched(true)
	p.expect(3)
	p.add(1) // too soon to draw
	pass(time.Second)
	p.add(1)
	p.say("line 2: bad")
	p.add(1)
	p.done()
	first := "\r[" + strings.Repeat("#", 20) + strings.Repeat("-", 10) + "] 2 of 3 users, 66%, 2/s"
	blank := strings.Repeat(" ", len(first)-1)
	last := "\r[" + strings.Repeat("#", 30) + "] 3 of 3 users, 100%, 3/s\n"
	if want := first + "\r" + blank + "\rline 2: bad\n" + last; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
}

// What was longer does not stay behind what is shorter.
func TestProgress_covers_the_longer_text(t *testing.T) {
	t.Parallel()
	p, out, pass := watched(true)
	pass(time.Second)
	p.add(1000)
	pass(99 * time.Second)
	p.add(0)
	if want := "\r1000 users, 1000/s\r1000 users, 10/s  "; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
}
