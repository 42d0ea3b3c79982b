// Command countersign is the server and its command line.
package main

import (
	"context"
	"os"

	"github.com/countersign/countersign/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	return cli.Main(context.Background(), os.Args[1:], cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Terminal: cli.IsTerminal,
	})
}
