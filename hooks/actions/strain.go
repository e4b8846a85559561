package actions

import "sync/atomic"

// strain remembers whether an Action's executions have had to move of late. One that runs away for one user in a thousand still begins in
// the server's process, where it is fast; one that runs away for everybody begins in a worker process. The zero value has seen
// nothing.
type strain struct {
	level  atomic.Int32
	lasted atomic.Bool
}

const (
	strainOfMove = 50  // that one move adds; an execution that did not have to takes one off
	strainLimit  = 150 // from which on executions begin in a worker process
	strainMax    = 200
)

// confined reports whether executions begin in a worker process.
func (s *strain) confined() bool { return s.lasted.Load() || s.level.Load() >= strainLimit }

// moved notes an execution that had to move, or should have.
func (s *strain) moved() {
	if s.level.Add(strainOfMove) > strainMax {
		s.level.Store(strainMax)
	}
}

// easy notes an execution that was over in a moment.
func (s *strain) easy() {
	if s.level.Load() > 0 {
		s.level.Add(-1)
	}
}

// stuck notes an execution that could not be stopped: the Action has had its last one here.
func (s *strain) stuck() { s.lasted.Store(true) }
