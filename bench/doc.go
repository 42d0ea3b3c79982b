// Command bench measures what an operator notices first: how long a start on an
// empty directory takes until the first request is served, how much memory the
// process holds then, and how large the binary is. Each figure stands beside that
// of a bare net/http server from the same run, because machines differ and are
// noisy; compare ratios, not absolute times.
//
// It builds both programs, starts each of them Rounds times on loopback, ends
// what it started, and prints the medians as a table and as JSON.
package main
