package actions

import (
	"errors"
	"log/slog"

	"github.com/dop251/goja"
)

// An execution that is soft can be taken back and begun anew in a worker process, because nothing outside has seen it: what it did to
// event and outcome can be rolled back, and what it printed is kept. It moves when it takes longer than a moment, uses more memory
// than an Action has a reason to, or asks a built-in function for much. So the server's own process bears no more of a
// runaway than that moment.

// errMove ends an execution that goes on elsewhere.
var errMove = errors.New("the Action moves to a worker process")

// errSlow is no end: it says that an execution has run for more than a moment.
var errSlow = errors.New("the Action takes longer than a moment")

// errElsewhere ends an execution that should have moved and can't any more.
var errElsewhere = errors.New("the Action belongs into a worker process")

// line is a line of console output that is kept.
type line struct {
	level slog.Level
	text  string
}

// move ends a soft execution from inside: the code does what belongs into a worker process, and would do it every time.
func (x *execution) move() {
	x.moving = true
	x.rt.Interrupt(errMove)
	panic(&goja.InterruptedError{})
}

// elsewhere is called when the code gets at what nothing can bound in this process. An execution that may not move any more ends here, as one
// of which nobody can say what it does: the Action begins in a worker process the next time.
func (x *execution) elsewhere() {
	switch {
	case x.soft:
		x.move()
	case x.host:
		x.program.strain.stuck()
		x.interrupt(errElsewhere)
		panic(&goja.InterruptedError{})
	default:
		x.armAll()
	}
}

// harden is called before something outside sees the execution, or before it waits for something: from now on it stays here. It is called
// on Go's side (enter).
func (x *execution) harden() {
	if x.soft {
		x.soft = false
		x.meter.sharpen() // if it runs away, nobody else must be taken for it
	}
	x.flush()
}

// goOutside is harden from the side of JavaScript.
func (x *execution) goOutside() {
	x.enter(func() error {
		x.harden()
		return nil
	})
}

// waits is told when the execution begins to wait for something, and when it goes on: once it is its turn again.
func (x *execution) waits(waiting bool) {
	if waiting {
		x.goOutside()
		x.meter.stop()
		x.back = x.stepAside()
		return
	}
	x.back()
	x.meter.start()
}

// takeAway closes an execution, unless it must stay here.
func (x *execution) takeAway() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.soft {
		x.closed = true
	}
	return x.soft
}

// finish writes what an execution that ends here has printed.
func (x *execution) finish() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.flush()
}

func (x *execution) flush() {
	for _, l := range x.lines {
		x.log(l.level, l.text)
	}
	x.lines = nil
}
