package isolate

import (
	"errors"
	"fmt"
	"time"
)

// Task is one job, and how its questions are answered.
type Task struct {
	// Key says whose job it is. Jobs of one key have half of the places at most, and every key has one of its own, so that they can't keep others
	// waiting.
	Key string
	// UnitID names Unit: what jobs have in common, which goes to each worker once.
	UnitID string
	Unit   []byte
	Job    []byte
	// Slow says that the job is known to take long: a worker does it that gives way to others from the beginning.
	Slow bool
	// Note takes what the job says along the way. It is called on Run's goroutine, as Call is.
	Note func(tag byte, text []byte)
	// Call answers what the job asks; nil: it can't ask. The error's text goes to the job.
	Call func(name string, data []byte) ([]byte, error)
}

// Result is what a job has brought.
type Result struct {
	Answer []byte
	// CPU is how much processor time the worker has used for it since Caller.Begin.
	CPU time.Duration
}

// What ends a job besides its context.
var (
	// ErrMemory says that the worker went beyond its memory.
	ErrMemory = errors.New("the worker process used too much memory")
	// ErrStack says that the worker's stack overflowed.
	ErrStack = errors.New("the worker process recursed too deeply")
	// ErrBusy says that no worker became free in time.
	ErrBusy = errors.New("no worker process was free in time")
	// ErrClosed says that the pool is closed.
	ErrClosed = errors.New("the worker processes are stopped")
)

// StartError says that a worker process could not be started.
type StartError struct{ Err error }

// Error names the cause.
func (e *StartError) Error() string { return "start a worker process: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

// ExitError says that a worker process ended in the middle of a job.
type ExitError struct {
	// State is how it ended, Output the end of what it wrote to its standard error.
	State, Output string
}

// Error names both.
func (e *ExitError) Error() string {
	return fmt.Sprintf("the worker process ended (%s): %s", e.State, e.Output)
}
