package actions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// engine runs Programs. It is what the hooks of one Registry share: places for a bounded number of executions, and the
// watch over their memory.
type engine struct {
	places  chan struct{}
	workers workers
	memory  *watchdog
	client  *egress.Client
	logger  *slog.Logger
	now     func() time.Time
	trace   func(Command)
}

func newEngine(o Options) *engine {
	return &engine{
		places:  make(chan struct{}, o.MaxConcurrency),
		workers: make(workers, o.MaxConcurrency),
		memory:  newWatchdog(o.MemoryLimit),
		client:  egress.NewClient(o.Network),
		logger:  o.Logger,
		now:     o.Now,
		trace:   o.Trace,
	}
}

// job is one execution's input.
type job struct {
	program *Program
	secrets map[string]string
	event   *hooks.Event
	api     *hooks.API
	// continues asks for onContinuePostLogin instead of onExecutePostLogin.
	continues bool
}

// handler is the name of the function to run.
func (j job) handler() string {
	if j.continues {
		return continueHandler
	}
	return executeHandler
}

// run runs a Program to its end, to the end of ctx, or shortly after. It returns nil, a *hooks.ThrownError, or ctx's error
// wrapped.
//
// The execution has a goroutine of its own because goja can't be stopped inside a built-in function: when it does not stop
// after an interrupt, run leaves it behind. From then on it can't reach the job's event and api any more.
func (e *engine) run(ctx context.Context, j job) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	leave := func() { <-e.places }
	x, err := e.prepare(j)
	if err != nil {
		leave()
		return err
	}
	done := make(chan error, 1)
	e.workers.run(func() {
		defer leave()
		e.memory.add(x)
		defer e.memory.remove(x)
		done <- e.runSafely(ctx, x)
	})

	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	x.interrupt(ctx.Err())
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-done:
		var failed *hooks.ThrownError
		if !errors.As(err, &failed) || failed.Class != hooks.ClassActionTimeout {
			return err // it ended by itself before the interrupt reached it
		}
	case <-timer.C:
		x.abandon()
		e.logger.ErrorContext(ctx, "an Action did not stop at its deadline and was left behind", "action", j.program.name)
	}
	return fmt.Errorf("run the Action: %w", ctx.Err())
}

func (e *engine) enter(ctx context.Context) error {
	select {
	case e.places <- struct{}{}:
		return nil
	default:
	}
	select {
	case e.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return thrown(hooks.ClassRateLimited, "Error", "Too many Actions are running at once.")
	}
}

// prepare makes the execution on the caller's goroutine, while nobody else can change the event.
func (e *engine) prepare(j job) (x *execution, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("make the Action's event: %v", p)
		}
	}()
	x = newExecution(j, e.now)
	x.trace = e.trace
	x.client = e.client
	return x, nil
}

// runSafely keeps a Go panic of a binding, or of the engine, inside its own transaction.
func (e *engine) runSafely(ctx context.Context, x *execution) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		var interrupted *goja.InterruptedError
		if cause, ok := p.(error); ok && errors.As(cause, &interrupted) {
			err = x.failure(cause)
		} else {
			e.logger.ErrorContext(ctx, "panic in an Action", "action", x.program.name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = thrown(hooks.ClassPlatformError, "Error", "The Action stopped unexpectedly.")
		}
	}()
	return x.run(ctx)
}

func thrown(class, name, message string) error {
	return &hooks.ThrownError{ExecutionError: models.ExecutionError{Class: class, Name: name, Message: message}}
}
