package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
)

// demoCmd plays the whole feature against a server.
type demoCmd struct {
	Target string `placeholder:"URL" help:"A running server with the demo tenant to play against. Default: one of its own, in a temporary folder."`
}

// Help is shown under "keepsake demo --help".
func (*demoCmd) Help() string {
	return `Plays both use cases of refresh token metadata from the outside, as a browser, an application and an operator would: it signs in on the login page, exchanges and refreshes tokens at /oauth/token, and reads, patches and revokes over /api/v2. It shows every request and answer, checks each against the documented behaviour, and ends with exit code 1 if one differs.

A server to play against with --target must serve the demo tenant: "keepsake serve" on this machine does.`
}

// Run plays the demo.
func (cmd *demoCmd) Run(ctx context.Context, h host) (err error) {
	target := cmd.Target
	if target == "" {
		var stop func() error
		if target, stop, err = startDemoServer(ctx, h); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	base, err := url.Parse(target)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return fmt.Errorf("--target %q is not the URL of a server", target)
	}
	p := newPlayer(base.JoinPath("/"), h.stdout)
	p.play(ctx)
	return p.conclude()
}

// startDemoServer starts a server in a temporary folder, on a free port of loopback. Stop ends it and removes the folder.
func startDemoServer(ctx context.Context, h host) (issuer string, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "keepsake-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the demo: %w", err)
	}
	flags := serveFlags{
		Listen: "127.0.0.1:0", DatabaseURL: "sqlite:" + filepath.Join(dir, "keepsake.db"), TrustedProxies: "127.0.0.0/8",
		LogRetention: "30d", ActionIsolation: "auto",
		actionFlags: actionFlags{ActionTimeout: hooks.DefaultTimeout.String(), ActionNetwork: egress.Off().String()}, ActionLogLimit: strconv.Itoa(models.MaxExecutionLog),
		LogFormat: "text", LogLevel: "error",
	}
	problems := &checker{}
	noEnvironment := func(string) (string, bool) { return "", false }
	a, err := newApp(ctx, flags.settings(noEnvironment, problems), problems, host{stdout: h.stdout, stderr: h.stderr, lookupEnv: noEnvironment})
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start the demo's server: %w", err), os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- a.serve(ctx) }()
	return a.issuer, func() error {
		cancel()
		return errors.Join(<-done, os.RemoveAll(dir))
	}, nil
}
