package actions

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
)

// Bindings tell what is bound to the post-login trigger now. The pointer changes when, and only when, the bindings
// or an Action change.
type Bindings interface {
	PostLoginActions(ctx context.Context) (*models.BoundActions, error)
}

// Isolation says in which process Actions run.
type Isolation int

const (
	// IsolationNone runs every Action in this process.
	IsolationNone Isolation = iota
	// IsolationAuto begins in this process whatever can be stopped there, moves what takes more than a moment to a worker process, and
	// runs there from the beginning what has shown that it belongs there.
	IsolationAuto
	// IsolationProcess runs every Action in a worker process.
	IsolationProcess
)

// Options say how Actions run. The zero value works for New; NewRegistry needs a Source.
type Options struct {
	// Source tells a Registry what is bound. New does not use it.
	Source Bindings
	// GoHooks run before the Actions of a Registry, in order.
	GoHooks []hooks.Hook
	// Timeout is for all the hooks of one trigger together. Zero means hooks.DefaultTimeout; more than MaxTimeout means
	// MaxTimeout.
	Timeout time.Duration
	// MaxLog is how many characters of console output an execution's record keeps; zero means models.MaxExecutionLog.
	MaxLog int
	// MaxConcurrency is how many Actions may run at once; further ones wait. Zero means eight per processor, at least 64.
	MaxConcurrency int
	// MemoryLimit is by how many bytes the process's live heap may grow while Actions run; zero means DefaultMemoryLimit.
	MemoryLimit int64
	// Network is where Actions may connect to; nil: nowhere.
	Network *egress.Policy
	// Isolation says where Actions run; the zero value is IsolationNone.
	Isolation Isolation
	// Worker is the program, and its arguments, that calls ServeWorker: what Isolation other than IsolationNone needs.
	Worker []string
	// MaxWorkers is how many short executions worker processes do at once; zero means four per processor, at least 8. There may be twice as many long
	// ones beside them, and one more of each Action.
	MaxWorkers int
	// StepAside is called when an Action waits for a timer, the network, a worker process or a place to run, and what it returns when it goes on:
	// meanwhile the caller counts for nothing in limits of another kind. nil means none.
	StepAside func() (back func())
	// Logger gets console output and what went wrong inside; nil means none.
	Logger *slog.Logger
	// Now is the clock, also that of Date in JavaScript; nil means time.Now.
	Now func() time.Time
	// StandingClock says that Now stands still while an Action runs, as a manual clock does. Then Date stands still in worker processes too,
	// which otherwise count on from Now.
	StandingClock bool
	// Trace is told of every call of api, in order, from the goroutine of the execution; nil means nobody is. It goes with
	// IsolationNone only.
	Trace func(Command)
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 || o.Timeout > MaxTimeout {
		o.Timeout = MaxTimeout
	}
	if o.MaxConcurrency <= 0 {
		o.MaxConcurrency = max(minConcurrency, 8*runtime.GOMAXPROCS(0))
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = DefaultMemoryLimit
	}
	if o.MaxWorkers <= 0 {
		o.MaxWorkers = max(minWorkers, 4*runtime.GOMAXPROCS(0))
	}
	if o.StepAside == nil {
		o.StepAside = func() func() { return func() {} }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
