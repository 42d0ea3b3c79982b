package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
)

// tries is how often a question is asked.
const tries = 3

const maxAnswer = 4096 // bytes of a line that is typed

var (
	errTries       = errors.New("three answers were not accepted; nothing was changed")
	errDeclined    = errors.New("nothing was changed")
	errInterrupted = errors.New("interrupted; nothing was changed")
	errNoAnswer    = errors.New("the input ended before the question was answered; nothing was changed")
)

// interactive reports whether somebody can be asked.
func (in *invocation) interactive() bool { return in.env.Terminal(in.env.Stdin) }

// yesFlag adds --yes to a command that destroys, which without it needs somebody
// to ask.
func (in *invocation) yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "do it without asking")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !*yes && !in.interactive() {
			return usageError{"without a terminal to ask on, this needs --yes"}
		}
		return nil
	}
}

// confirm asks before something is destroyed, unless yes was said already.
func (in *invocation) confirm(yes bool, what string) error {
	if yes {
		return nil
	}
	answer, err := in.prompt(what + " This cannot be undone. Type yes to go on: ")
	if err != nil {
		return err
	}
	if strings.TrimSpace(answer) != "yes" {
		return errDeclined
	}
	return nil
}

// ask asks until check has no complaint, three times at most.
func (in *invocation) ask(question string, check func(string) ([]string, error)) (string, error) {
	for range tries {
		answer, err := in.prompt(question)
		if err != nil {
			return "", err
		}
		problems, err := check(answer)
		if err != nil {
			return "", err
		}
		if len(problems) == 0 {
			return answer, nil
		}
		in.objections(problems)
	}
	return "", errTries
}

func (in *invocation) objections(problems []string) {
	for _, p := range problems {
		fmt.Fprintln(in.env.Stderr, "Error: "+p)
	}
}

// prompt asks on standard error, which leaves standard output to the result, and
// returns the line that is typed.
func (in *invocation) prompt(question string) (string, error) {
	fmt.Fprint(in.env.Stderr, question)
	return in.readLine()
}

// readLine reads a line byte by byte: what follows belongs to the next question.
func (in *invocation) readLine() (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) <= maxAnswer {
		n, err := in.env.Stdin.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return strings.TrimSuffix(string(line), "\r"), nil
			}
			line = append(line, one[0])
		}
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case errors.Is(err, io.EOF):
			return "", errNoAnswer
		case err != nil:
			return "", fmt.Errorf("read the answer: %w", err)
		}
	}
	return "", fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
}

// askPassword asks for a new password twice, without echo, until check has no
// complaint, three times at most.
func (in *invocation) askPassword(check func(secret.Text) []string) (secret.Text, error) {
	for range tries {
		first, err := in.promptHidden("Password: ")
		if err != nil {
			return secret.Text{}, err
		}
		second, err := in.promptHidden("Password (again): ")
		if err != nil {
			return secret.Text{}, err
		}
		var problems []string
		switch {
		case !first.Equal(second):
			problems = []string{"Your passwords didn't match."}
		case first.IsZero():
			problems = []string{"Blank passwords aren't allowed."}
		default:
			problems = check(first)
		}
		if len(problems) == 0 {
			return first, nil
		}
		in.objections(problems)
	}
	return secret.Text{}, errTries
}

// promptHidden asks without echo.
func (in *invocation) promptHidden(question string) (secret.Text, error) {
	file, ok := in.env.Stdin.(*os.File)
	if !ok {
		line, err := in.prompt(question)
		return secret.New(line), err
	}
	fmt.Fprint(in.env.Stderr, question)
	defer fmt.Fprintln(in.env.Stderr) // the newline that was typed is hidden too
	line, err := readHidden(int(file.Fd()))
	return secret.New(line), err
}

// readHidden reads a line from a terminal without echo. A signal would end the
// process and leave the terminal mute, so it is caught until the line is read.
func readHidden(fd int) (string, error) {
	state, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read a password from the terminal: %w", err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	type line struct {
		text []byte
		err  error
	}
	// After a signal nobody waits for the read, which only the end of the process
	// can interrupt; that is what follows.
	typed := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		typed <- line{text, err}
	}()
	select {
	case <-signals:
		return "", errors.Join(errInterrupted, term.Restore(fd, state))
	case l := <-typed:
		if errors.Is(l.err, io.EOF) {
			return "", errNoAnswer
		}
		return string(l.text), l.err
	}
}

// passwordFlag adds --password-stdin to a command that sets a password, which
// without it needs somebody to ask.
func (in *invocation) passwordFlag(cmd *cobra.Command) {
	const name = "password-stdin"
	fromStdin := cmd.Flags().Bool(name, false, "read the password from standard input")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !*fromStdin && !in.interactive() {
			return usageError{"without a terminal to ask on, this needs --" + name}
		}
		return nil
	}
}

// newPassword reads a new password: from the terminal without echo, else one line
// of standard input. The policy is the use case's to check.
func (in *invocation) newPassword() (secret.Text, error) {
	if in.interactive() {
		return in.askPassword(func(secret.Text) []string { return nil })
	}
	return readPassword(in.env.Stdin)
}

// readPassword reads one line and takes nothing off it but the newline.
func readPassword(r io.Reader) (secret.Text, error) {
	const newline = 2 // bytes, at most
	raw, err := io.ReadAll(io.LimitReader(r, password.MaxBytes+newline+1))
	if err != nil {
		return secret.Text{}, fmt.Errorf("read the password from standard input: %w", err)
	}
	text := string(raw)
	if cut, ok := strings.CutSuffix(text, "\n"); ok {
		text = strings.TrimSuffix(cut, "\r")
	}
	switch {
	case strings.ContainsAny(text, "\r\n"):
		return secret.Text{}, errors.New("the password on standard input has more than one line")
	case len(text) > password.MaxBytes:
		return secret.Text{}, fmt.Errorf("the password on standard input is longer than %d bytes", password.MaxBytes)
	case text == "":
		return secret.Text{}, errors.New("there is no password on standard input")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return secret.Text{}, errors.New("the password on standard input is not UTF-8 text, so nobody could sign in with it")
	}
	return secret.New(text), nil
}
