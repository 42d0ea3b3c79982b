package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Reference returns the page of the guide about every command, in Markdown.
func Reference() string {
	in := &invocation{env: Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Terminal: IsTerminal}}
	root := in.root()
	var page strings.Builder
	page.WriteString(referenceHead)
	flags(&page, root)
	for _, cmd := range runnable(root) {
		about := cmd.Long // which begins with what Short says
		if about == "" {
			about = cmd.Short + "."
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s\n", cmd.CommandPath(), about)
		fmt.Fprintf(&page, "\n    %s\n", cmd.UseLine())
		for _, alias := range cmd.Aliases {
			fmt.Fprintf(&page, "\nAlso called `%s`.\n", alias)
		}
		flags(&page, cmd)
		if cmd.Example != "" {
			fmt.Fprintf(&page, "\nFor example:\n\n%s\n", indent(cmd.Example))
		}
	}
	return page.String()
}

// runnable lists the commands that do something, in the order of their names.
func runnable(cmd *cobra.Command) []*cobra.Command {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	var found []*cobra.Command
	for _, sub := range cmd.Commands() {
		found = append(found, runnable(sub)...)
	}
	return found
}

// flags writes the flags that belong to the command itself.
func flags(page *strings.Builder, cmd *cobra.Command) {
	own := cmd.LocalFlags()
	if usages := own.FlagUsages(); usages != "" {
		fmt.Fprintf(page, "\n%s\n", indent(strings.TrimRight(usages, "\n")))
	}
}

// indent makes a block of text a code block.
func indent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = "    " + strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

const referenceHead = `# Command line

This page is generated from the program.

    countersign COMMAND [ARGUMENTS] [FLAGS]

The exit status is 0 when the command did its work, 1 when it could not, and 2 when it was not understood. Errors are on
standard error. Lists and what is made are tables and sentences for people; with ` + "`--json`" + ` they are
JSON for programs, whose keys do not change: an array for a list, an object for one thing, times as RFC 3339.

Commands use the same [configuration](configuration.md) as the server and work beside it on the same database. One that
takes trust away (disable, delete, set-password, revoke, unassign, sessions end) returns when that is committed and sealed: every
server refuses the tokens within a second.

Passwords are never arguments. They are asked for on a terminal, or are one line of standard input: the newline at its
end is taken off and nothing else. What destroys asks first on a terminal and needs ` + "`--yes`" + ` elsewhere.

A user is named by username or by id, a role and a permission by name.

These flags belong to every command:
`
