package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/countersign/countersign/internal/access"
)

// The exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// Env is all that a command may touch of the world outside, besides the files and
// the database that the configuration names.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Environ is the environment as os.Environ returns it.
	Environ []string

	// Terminal reports whether one of the three streams is a terminal; nil is
	// IsTerminal.
	Terminal func(stream any) bool
}

// IsTerminal reports whether a stream is a file that is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// invocation is one run of the program.
type invocation struct {
	env Env
}

// Main runs one command line, without the program's name, and returns the exit
// status: 0 done, 1 failed, 2 not understood. It returns when the command has
// ended; a second SIGINT or SIGTERM makes serve return at once, so the caller
// must exit.
func Main(ctx context.Context, args []string, env Env) int {
	if env.Terminal == nil {
		env.Terminal = IsTerminal
	}
	in := &invocation{env: env}
	root := in.root()
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for the process's own
	cmd, err := root.ExecuteContextC(ctx)
	return in.report(cmd, err)
}

// root makes the tree of commands.
func (in *invocation) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "countersign",
		Short: "Countersign signs people in and issues the tokens that other services verify.",
		Long: "Countersign signs people in and issues the tokens that other services verify.\n" +
			"To begin: countersign serve",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(in.env.Stdin)
	root.SetOut(in.env.Stdout)
	root.SetErr(in.env.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.SetHelpCommand(helpCommand())
	settingFlags(root)
	root.AddCommand(
		in.serve(), in.migrate(), in.createSuperuser(),
		in.users(), in.roles(), in.permissions(), in.access(), in.sessions(), in.keys(),
		in.audit(), in.importUsers(), in.exportUsers(), in.config(), in.version(),
	)
	return root
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	cmd.AddCommand(commands...)
	return cmd
}

// unknownCommand is what runs when no command of a group was named.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{cmd.CommandPath() + " wants a command"}
	}
	text := fmt.Sprintf("%s has no command %s", cmd.CommandPath(), quote(args[0]))
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError{text}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show how a command is used",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(about, rest)
			}
			return about.Help()
		},
	}
}

// operator is the caller for the use cases: whoever runs the command, by the name
// of their account on this machine.
func operator() access.Caller {
	name := "command line"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = shorten(clean(u.Username), maxOperator)
	}
	return access.Command(name)
}

const maxOperator = 150 // code points
