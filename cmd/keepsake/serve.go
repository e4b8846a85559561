package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// Limits of the HTTP server. A client that is slow, idle or talkative costs no more than these.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second // bodies are small
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	// writeMargin is what an answer may take beside the Actions that it waits for.
	writeMargin = 30 * time.Second
	// drainTimeout is how long a stop waits for what is in flight. With closeTimeout it stays below 10 s, the time that
	// container engines leave before they kill.
	drainTimeout = 7 * time.Second
	closeTimeout = 2 * time.Second
)

// serveCmd runs the server until it is told to stop.
type serveCmd struct {
	serveFlags
}

// Help is shown under "keepsake serve --help".
func (*serveCmd) Help() string {
	return `With no flags at all the server keeps its data in keepsake.db in the working directory, makes its own secret beside it, loads the demo tenant and listens on loopback.

Every flag has an environment variable; the flag wins over it. The server's secret comes from the environment only: $` + secretEnv + `, or a file named by $` + secretFileEnv + `, with at least 32 bytes. It is required with PostgreSQL; with SQLite it is made on first start. To replace it, put the new one first and keep the old ones on further lines of the file, or in $` + secretPreviousEnv + ` (separated by commas).

SIGTERM or Ctrl-C lets what is in flight finish and then ends the process.`
}

// gcPercent is how much the heap may grow between collections, unless $GOGC says otherwise. What lives from request to request is a few
// megabytes; with Go's default of 100 an exchange with an Action spends a seventh of its time collecting, for megabytes that
// nobody misses.
const gcPercent = 200

// Run serves until ctx is done. Its error is a *configError when nothing was started.
func (cmd *serveCmd) Run(ctx context.Context, h host) error {
	if _, set := h.lookupEnv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	problems := &checker{}
	s := cmd.settings(h.lookupEnv, problems)
	a, err := newApp(ctx, s, problems, h)
	if err != nil {
		return err
	}
	if err := a.announce(h.stdout); err != nil {
		return errors.Join(fmt.Errorf("announce the server: %w", err), a.close())
	}
	return a.serve(ctx)
}

// serve answers requests until ctx is done, then lets what is in flight finish and closes everything. A stop is no error,
// even when it had to cut requests off.
func (a *app) serve(ctx context.Context) error {
	// Requests and background work outlive ctx: a stop lets them end.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	srv := a.httpServer(base)

	background := make(chan struct{})
	backgroundCtx, stopBackground := context.WithCancel(base)
	defer stopBackground()
	go func() {
		defer close(background)
		var work sync.WaitGroup
		defer work.Wait()
		if a.watch != nil {
			work.Go(func() { a.watch.run(backgroundCtx) })
		}
		a.store.Run(backgroundCtx)
	}()

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(a.listener) }()

	var err error
	select {
	case serveErr := <-failed:
		err = fmt.Errorf("serve: %w", serveErr)
	case <-ctx.Done():
		a.drain(srv, cut)
	}
	stopBackground()
	a.wait(background)
	return errors.Join(err, a.close())
}

func (a *app) httpServer(base context.Context) *http.Server {
	return &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      a.settings.ActionTimeout + writeMargin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       baseContext(base),
		ErrorLog:          httpErrorLog(a.logger),
	}
}

// drain takes no new requests and waits for those in flight; what is left after a.drainTimeout is cut off.
func (a *app) drain(srv *http.Server, cut context.CancelFunc) {
	a.logger.Info("stopping: finishing what is in flight")
	ctx, cancel := context.WithTimeout(context.Background(), a.drainTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		a.logger.Warn("stopping: requests were cut off", "error", err)
		cut()
		srv.Close()
	}
}

// wait gives the background work a moment to notice that it is over.
func (a *app) wait(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(closeTimeout):
		a.logger.Warn("stopping: background work did not end in time")
	}
}
