package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line. Each command is a field with a Run method.
type cli struct {
	Serve       serveCmd       `cmd:"" help:"Run the server."`
	Demo        demoCmd        `cmd:"" help:"Play the whole feature against a server and check every answer."`
	Tenant      tenantCmd      `cmd:"" help:"Work with tenant files."`
	Actions     actionsCmd     `cmd:"" help:"Write and test Actions."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it is ready."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// host is what a command has of the world around the process.
type host struct {
	stdout    io.Writer
	stderr    io.Writer
	lookupEnv func(string) (string, bool)
}

func main() {
	if code, is := runWorker(os.Args, os.Stderr); is {
		os.Exit(code)
	}
	// The first signal asks for a clean stop; after it the default is back, so that a second one kills at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], host{stdout: os.Stdout, stderr: os.Stderr, lookupEnv: os.LookupEnv}))
}

// run parses args, runs the command that they name and returns the exit code.
func run(ctx context.Context, args []string, h host) int {
	exited := -1
	var c cli
	parser, err := newParser(ctx, &c, h, func(code int) { exited = code })
	if err != nil {
		fmt.Fprintf(h.stderr, "keepsake: %v\n", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	switch {
	case exited >= 0: // --help has printed
		return exited
	case err != nil:
		fmt.Fprintf(h.stderr, "keepsake: %v\nRun \"keepsake --help\" for how it is used.\n", err)
		return exitUsage
	}
	return exitCode(command.Run(), h.stderr)
}

// newParser returns the parser of the command line. Exit is called with 0 once a help text was printed.
func newParser(ctx context.Context, c *cli, h host, exit func(code int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("keepsake"),
		kong.Description("An OAuth 2.0 and OpenID Connect server whose refresh tokens remember: it runs Auth0 post-login Actions at every login and refresh, and keeps the metadata they set."),
		kong.Writers(h.stdout, h.stderr),
		kong.Exit(exit),
		kong.Vars{
			"action_timeout":   hooks.DefaultTimeout.String(),
			"action_log_limit": strconv.Itoa(models.MaxExecutionLog),
		},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(helpWithTwin),
		kong.Resolvers(twins(h.lookupEnv)),
		kong.Bind(h),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
}

// exitCode prints err and says how the process ends.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	if quiet := new(quietError); errors.As(err, &quiet) {
		return quiet.code
	}
	fmt.Fprintf(stderr, "keepsake: %v\n", err)
	if wrong := new(configError); errors.As(err, &wrong) {
		return exitUsage
	}
	return exitFailed
}
