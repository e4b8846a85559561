package actions

import "sync/atomic"

// strain remembers how an Action's executions have been of late. One that runs away for one user in a thousand still begins in
// the server's process, where it is fast; one that runs away for everybody begins in a worker process. One that has always been over in a
// moment needs no exact meter. The zero value has seen nothing.
type strain struct {
	level  atomic.Int32
	lasted atomic.Bool
	quick  atomic.Int32 // executions in a row that were over in a moment, up to quickLimit
	wild   atomic.Bool  // one has had to move
}

const (
	strainOfMove = 50 // that one move adds; an execution that did not have to takes one off
	strainMax    = 200
	quickLimit   = 1000 // from which on an Action counts as quick
	// strainLimit is that of three moves in a row, from which on executions begin in a worker process. One that should have moved, and could not,
	// takes one off at its end like any other.
	strainLimit = 3*strainOfMove - 3
)

// confined reports whether executions begin in a worker process.
func (s *strain) confined() bool { return s.lasted.Load() || s.level.Load() >= strainLimit }

// metered reports whether executions need an exact meter.
func (s *strain) metered() bool { return s.wild.Load() || s.quick.Load() < quickLimit }

// moved notes an execution that had to move, or should have.
func (s *strain) moved() {
	s.wild.Store(true)
	if s.level.Add(strainOfMove) > strainMax {
		s.level.Store(strainMax)
	}
}

// easy notes an execution that was over in a moment.
func (s *strain) easy() {
	if s.level.Load() > 0 {
		s.level.Add(-1)
	}
	if s.quick.Load() < quickLimit {
		s.quick.Add(1)
	}
}

// slow notes an execution that takes longer than a moment, whatever the reason: the next ones are metered.
func (s *strain) slow() { s.quick.Store(0) }

// stuck notes an execution that could not be stopped: the Action has had its last one here.
func (s *strain) stuck() { s.lasted.Store(true) }
