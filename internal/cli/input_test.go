package cli

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/password"
)

func TestReadPasswordTakesOffTheNewlineAlone(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", password.MaxBytes)
	for given, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", " two words \n": " two words ",
		"\ttab\n": "\ttab", "päss\n": "päss", longest: longest, longest + "\n": longest, longest + "\r\n": longest,
	} {
		got, err := readPassword(iotest.OneByteReader(strings.NewReader(given)))
		if err != nil || got.Reveal() != want {
			t.Errorf("%q: %q, %v", given, got.Reveal(), err)
		}
	}
	for _, given := range []string{
		"", "\n", "\r\n", "a\nb", "a\nb\n", "a\n\n", "a\rb", longest + "x", longest + "x\n", longest + longest, "a\x00b", "\xff",
	} {
		if got, err := readPassword(strings.NewReader(given)); err == nil {
			t.Errorf("%q was taken as %q", given, got.Reveal())
		}
	}
	if _, err := readPassword(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken pipe: %v", err)
	}
}

func FuzzReadPassword(f *testing.F) {
	for _, s := range []string{"", "a", "a\n", "a\r\n", "\r", "a\nb", "\xff", "é\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got, err := readPassword(strings.NewReader(given))
		if err != nil {
			if !got.IsZero() {
				t.Error("a password beside an error")
			}
			return
		}
		text := got.Reveal()
		if given != text && given != text+"\n" && given != text+"\r\n" {
			t.Errorf("%q became %q", given, text)
		}
		if text == "" || len(text) > password.MaxBytes || !utf8.ValidString(text) {
			t.Errorf("%q was taken", text)
		}
	})
}

// answering is an invocation whose terminal types these lines.
func answering(lines string) (*invocation, *strings.Builder) {
	var said strings.Builder
	return &invocation{env: Env{
		Stdin: terminal{Reader: strings.NewReader(lines)}, Stdout: io.Discard, Stderr: &said, Terminal: isTerminal,
	}}, &said
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]error{
		"yes\n": nil, " yes \r\n": nil, "yes": nil, "y\n": errDeclined, "\n": errDeclined, "YES\n": errDeclined, "": errNoAnswer,
	} {
		in, _ := answering(lines)
		if err := in.confirm(false, "This deletes."); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", lines, err, want)
		}
	}
	in, said := answering("")
	if err := in.confirm(true, "This deletes."); err != nil || said.Len() > 0 {
		t.Errorf("with --yes: %v, said %q", err, said)
	}
}

// The line of one question is not read by the one before it, and no answer is
// read without end.
func TestQuestionsReadTheirOwnLine(t *testing.T) {
	t.Parallel()
	in, _ := answering("first\nsecond\n")
	for _, want := range []string{"first", "second"} {
		if got, err := in.prompt("? "); err != nil || got != want {
			t.Errorf("prompt = %q, %v", got, err)
		}
	}
	if _, err := in.prompt("? "); !errors.Is(err, errNoAnswer) {
		t.Errorf("at the end: %v", err)
	}
	in, _ = answering(strings.Repeat("x", 1<<20))
	if _, err := in.prompt("? "); err == nil {
		t.Error("a line of a mebibyte was taken")
	}
}
