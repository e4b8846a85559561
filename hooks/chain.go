package hooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/keepsake/models"
)

// DefaultTimeout is how long all the hooks of one trigger may take together (contract 3.9).
const DefaultTimeout = 20 * time.Second

// Error classes of a failed execution, as the log schema has them.
const (
	ClassActionError   = "action_error"
	ClassActionTimeout = "action_timeout"
	ClassPlatformError = "platform_error"
	ClassRateLimited   = "rate_limited"
)

// Chain runs hooks in order. The zero value with Hooks set works.
//
// The rules are (contract 3.2): one hook after another; a denial or a revocation lets the running hook finish and skips the
// later ones; an error, a panic or the deadline fails the transaction at once; a suspension makes the later ones wait; Event
// and Outcome accumulate from hook to hook.
type Chain struct {
	Hooks []Hook
	// Timeout is for the whole run; zero means DefaultTimeout.
	Timeout time.Duration
	// MaxLog is how many characters of console output each execution keeps; zero means models.MaxExecutionLog.
	MaxLog int
	// Logger gets the console output; nil means none.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Cache is what api.cache keeps. It outlives the chain when whoever makes chains keeps it; nil means one of the chain's own.
	Cache *Cache

	cacheOnce sync.Once
	ownCache  *Cache
}

func (c *Chain) sharedCache() cacheStore {
	if c.Cache != nil {
		return c.Cache
	}
	c.cacheOnce.Do(func() { c.ownCache = NewCache(c.Now) })
	return c.ownCache
}

// Run runs the hooks on event. The Outcome is never nil. The error is nil, a *DeniedError, a *FailedError or a *SuspendedError.
// After the first two the Outcome holds only what survives that: executions, and after a denial the user's metadata. The third has
// the state to go on with (Resume), which owns the Outcome.
func (c *Chain) Run(ctx context.Context, event *Event) (*Outcome, error) {
	out := &Outcome{}
	if len(c.Hooks) == 0 {
		return out, nil
	}
	return c.run(ctx, event, out, 0, false, nil)
}

// run runs the hooks from the first one on. continuing says that the first one has run already and now continues. Those whose keys are among
// ran are left out otherwise.
func (c *Chain) run(ctx context.Context, event *Event, out *Outcome, first int, continuing bool, ran []string) (*Outcome, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	for i := first; i < len(c.Hooks); i++ {
		continues := continuing && i == first
		if !continues && len(ran) > 0 && contains(ran, keyOf(infoOf(c.Hooks[i]))) {
			continue
		}
		denied, err := c.runOne(ctx, c.Hooks[i], event, out, continues)
		switch {
		case err != nil:
			out.discard()
			return out, err
		case denied != nil:
			out.discardTokens()
			return out, denied
		case out.Suspension != nil:
			return out, &SuspendedError{State: c.suspend(event, out, i, ran)}
		}
	}
	return out, nil
}

func (c *Chain) runOne(ctx context.Context, h Hook, event *Event, out *Outcome, continuing bool) (*DeniedError, error) {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	maxLog := c.MaxLog
	if maxLog == 0 {
		maxLog = models.MaxExecutionLog
	}
	info := infoOf(h)
	api := newAPI(event, out, info.Name)
	api.continuing, api.now, api.cache = continuing, now, c.sharedCache
	api.console = console{ctx: ctx, max: maxLog, logger: c.Logger, hook: info.Name}
	result := models.ExecutionResult{
		ActionID: info.ID, ActionName: info.Name, BindingID: info.BindingID, Version: info.Version, StartedAt: now(),
	}
	err := call(ctx, h, event, api)
	if continuing && errors.Is(err, ErrNotHandled) {
		return nil, nil
	}
	if err == nil {
		err = api.aborted
	}
	if err == nil {
		err = ctx.Err() // a hook may have finished without looking at its deadline
	}
	if err == nil {
		err = checkClaims(out)
	}
	api.settle()
	result.EndedAt = now()
	result.Logs = api.console.kept.String()
	if err != nil {
		cause := causeOf(ctx, err, info)
		result.Error = &cause
		out.Results = append(out.Results, result)
		return nil, &FailedError{Info: info, Cause: cause}
	}
	out.Results = append(out.Results, result)
	return api.denied, nil
}

// call keeps a panic of a hook inside its own transaction.
func call(ctx context.Context, h Hook, event *Event, api *API) (err error) {
	defer func() {
		if p := recover(); p != nil {
			api.console.internal(fmt.Sprintf("panic: %v", p), "stack", string(debug.Stack()))
			err = &ThrownError{models.ExecutionError{Class: ClassPlatformError, Name: "Error", Message: "The Action stopped unexpectedly."}}
		}
	}()
	if continuer, ok := h.(Continuer); ok && api.continuing {
		return continuer.ContinuePostLogin(ctx, event, api)
	}
	return h.PostLogin(ctx, event, api)
}

// infoOf leaves a panic to the call that follows.
func infoOf(h Hook) (info Info) {
	defer func() { _ = recover() }()
	return h.Info()
}

func causeOf(ctx context.Context, err error, info Info) models.ExecutionError {
	var thrown *ThrownError
	switch {
	case errors.As(err, &thrown):
		return thrown.ExecutionError
	case ctx.Err() == nil || !errors.Is(err, ctx.Err()):
		return models.ExecutionError{Class: ClassActionError, Name: "Error", Message: err.Error()}
	case errors.Is(err, context.Canceled): // the client went away, or the server is stopping
		return models.ExecutionError{Class: ClassPlatformError, Name: "AbortError", Message: fmt.Sprintf("The request ended before the Action %q did.", info.Name)}
	}
	return models.ExecutionError{Class: ClassActionTimeout, Name: "TimeoutError", Message: fmt.Sprintf("The Action %q did not finish in time.", info.Name)}
}

// console takes what a hook prints: to the server's log in full, to the execution's record cut.
type console struct {
	ctx    context.Context
	logger *slog.Logger
	hook   string
	max    int
	count  int
	kept   strings.Builder
}

func (c *console) write(level slog.Level, text string) {
	if c.logger != nil {
		c.tell(level, text)
	}
	if c.count > 0 && c.count < c.max {
		c.kept.WriteByte('\n')
		c.count++
	}
	for _, r := range text {
		if c.count >= c.max {
			return
		}
		c.kept.WriteRune(r)
		c.count++
	}
}

// tell writes a line to the server's log. The handler gets it directly: the logger would find out where in Go's source it was written, and it
// was written in the hook's.
func (c *console) tell(level slog.Level, text string) {
	handler := c.logger.Handler()
	if !handler.Enabled(c.ctx, level) {
		return
	}
	record := slog.NewRecord(time.Now(), level, text, 0)
	record.AddAttrs(slog.String("action", c.hook))
	_ = handler.Handle(c.ctx, record) // as the logger does
}

// internal writes about the hook to the server's log only.
func (c *console) internal(text string, more ...any) {
	if c.logger != nil {
		c.logger.Log(c.ctx, slog.LevelError, text, append([]any{"action", c.hook}, more...)...)
	}
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
