package actions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// engine runs Programs. It is what the hooks of one Registry share: places for a bounded number of executions, the watch over their
// memory, and the worker processes.
type engine struct {
	places      chan struct{}
	workers     workers
	memory      *watchdog
	client      *egress.Client
	processes   *processes // nil: everything runs here
	always      bool       // everything runs in a worker process
	alone       bool       // this is a worker process
	checkpoints sync.Pool
	stepAside   func() (back func())
	logger      *slog.Logger
	now         func() time.Time
	trace       func(Command)
}

func newEngine(o Options) *engine {
	e := &engine{
		places:      make(chan struct{}, o.MaxConcurrency),
		workers:     make(workers, o.MaxConcurrency),
		memory:      newWatchdog(o.MemoryLimit),
		client:      egress.NewClient(o.Network),
		always:      o.Isolation == IsolationProcess,
		checkpoints: sync.Pool{New: func() any { return new(hooks.Checkpoint) }},
		stepAside:   o.StepAside,
		logger:      o.Logger,
		now:         o.Now,
		trace:       o.Trace,
	}
	if o.Isolation != IsolationNone {
		e.processes = newProcesses(o)
	}
	return e
}

// close stops the worker processes.
func (e *engine) close() {
	if e.processes != nil {
		e.processes.pool.Close()
	}
}

// expect makes a worker process ready if the program will need one.
func (e *engine) expect(p *Program) {
	if e.processes != nil && (e.always || p.wild != "") {
		go e.processes.pool.Warm()
	}
}

// job is one execution's input.
type job struct {
	program *Program
	secrets map[string]string
	event   *hooks.Event
	api     *hooks.API
	// log takes console output; nil: api does.
	log func(level slog.Level, text string)
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

// run runs a Program to its end, to the end of ctx, or shortly after. It returns nil, hooks.ErrNotHandled, a *hooks.ThrownError, or ctx's
// error wrapped.
func (e *engine) run(ctx context.Context, j job) error {
	switch {
	case e.processes == nil:
		defer j.program.strain.easy()
		return e.runHere(ctx, j, false)
	case e.always || j.program.wild != "" || j.program.strain.confined():
		return e.runElsewhere(ctx, j, false)
	}
	before := e.checkpoints.Get().(*hooks.Checkpoint)
	j.api.Checkpoint(before)
	err := e.runHere(ctx, j, true)
	if err == errMove || err == errSlow {
		j.api.Rollback(before)
		err = e.runElsewhere(ctx, j, err == errSlow)
	} else {
		j.program.strain.easy()
	}
	e.checkpoints.Put(before)
	return err
}

// runElsewhere runs a Program in a worker process. There are few of those, whatever the limits of this process are.
func (e *engine) runElsewhere(ctx context.Context, j job, slow bool) error {
	defer e.stepAside()()
	return e.processes.run(ctx, j, slow)
}

// runHere runs a Program in this process. A soft one may end with errMove or errSlow: then it belongs into a worker process.
//
// The execution has a goroutine of its own because goja can't be stopped inside a built-in function: when it does not stop
// after an interrupt, runHere leaves it behind. From then on it can't reach the job's event and api any more.
func (e *engine) runHere(ctx context.Context, j job, soft bool) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	leave := func() { <-e.places }
	x, err := e.prepare(j, soft)
	if err != nil {
		leave()
		return err
	}
	e.workers.run(func() {
		defer leave()
		x.meter.start()
		defer x.meter.stop()
		e.memory.add(x)
		defer e.memory.remove(x)
		x.done <- e.runSafely(ctx, x)
	})
	for {
		select {
		case err := <-x.done:
			if err == errSlow {
				if !x.takeAway() {
					continue
				}
				x.interrupt(errSlow)
				if x.measured { // else it may be innocent
					j.program.strain.moved()
				}
				return errSlow
			}
			return e.ended(x, err)
		case <-ctx.Done():
			return e.expired(ctx, x)
		}
	}
}

// ended is for an execution that has come to its end.
func (e *engine) ended(x *execution, err error) error {
	if x.moving {
		x.program.strain.moved()
		return errMove
	}
	x.finish()
	return err
}

// expired stops an execution at the end of ctx.
func (e *engine) expired(ctx context.Context, x *execution) error {
	x.interrupt(ctx.Err())
	timer := time.NewTimer(grace)
	defer timer.Stop()
	for {
		select {
		case err := <-x.done:
			if err == errSlow {
				continue
			}
			var failed *hooks.ThrownError
			if !errors.As(err, &failed) || failed.Class != hooks.ClassActionTimeout {
				return e.ended(x, err) // it ended by itself before the interrupt reached it
			}
			x.finish()
		case <-timer.C:
			x.abandon()
			x.finish()
			if _, how := x.meter.read(); how == meterRests {
				break // it only waits for its turn to hear that it is over
			}
			x.program.strain.stuck()
			e.logger.ErrorContext(ctx, "an Action did not stop at its deadline and was left behind", "action", x.program.name)
		}
		return fmt.Errorf("run the Action: %w", ctx.Err())
	}
}

func (e *engine) enter(ctx context.Context) error {
	select {
	case e.places <- struct{}{}:
		return nil
	default:
	}
	defer e.stepAside()()
	select {
	case e.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errBusy()
	}
}

func errBusy() error {
	return thrown(hooks.ClassRateLimited, "Error", "Too many Actions are running at once.")
}

// prepare makes the execution on the caller's goroutine, while nobody else can change the event.
func (e *engine) prepare(j job, soft bool) (x *execution, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("make the Action's event: %v", p)
		}
	}()
	x = newExecution(j, e.now)
	x.trace = e.trace
	x.client = e.client
	x.stepAside = e.stepAside
	x.host = e.processes != nil
	x.meter.exact = !e.alone && (!soft || j.program.strain.metered())
	if x.soft = soft; soft {
		j.api.OnOutside(x.harden)
	}
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
