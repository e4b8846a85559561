package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The first signal asks for a clean stop; a second one kills at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "keepsake-bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == floorCommand {
		return runFloor(ctx, os.Stdin, os.Stdout)
	}
	o, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	if o.List {
		for _, c := range o.cells() {
			fmt.Println(c)
		}
		o.listStudies(os.Stdout)
		return nil
	}
	return bench(ctx, o, os.Stdout)
}
