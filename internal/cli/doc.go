// Package cli is the command line: a file a command, each of which calls use
// cases through package app.
//
// Main takes the arguments and everything a command may touch of the world
// outside (Env), and returns the exit status: 0 when the command did its work, 1
// when it could not, 2 when it was not understood. An error is one line on
// standard error, with the problems of single fields or settings on lines of their
// own; a command that was not understood is followed by how it is used.
//
// Output for people are tables; --json prints the same for programs, with keys
// that do not change and times as RFC 3339. Whoever runs a command holds the
// database and the instance secret and may therefore do everything; what they do
// is recorded with the name of their account on the machine.
//
// Commands work beside running servers on the same database. One that takes trust
// away returns after its event is sealed, so that every server knows of it within
// a second.
//
// Invariants
//
//   - No password, token or secret is an argument, which every process on the
//     machine can read: passwords come from a terminal without echo, from
//     standard input or from a variable.
//   - No secret is printed or logged. The one-time setup link goes to a terminal,
//     or to a file that its owner alone can read; a reset link is printed to who
//     asks for one.
//   - What destroys asks first, or is told --yes.
//   - What others wrote (a browser's name, a role's) is printed without the
//     characters that steer a terminal.
//
// The attacks it answers: the password in the process list or the shell's history,
// the setup link in a log that others read (H05), the terminal that is steered by
// a user agent.
package cli
