package isolate

import (
	"runtime"
	"slices"
	"time"
)

// startPatience is how long a process may take to get ready before another one is started nevertheless.
const startPatience = 250 * time.Millisecond

// stock is the workers of one kind that nobody uses, and who waits for one. It belongs to Pool.mu.
type stock struct {
	idle    []*worker // the one that was used last is the last
	waiting []chan *worker
	// starting is how many are not ready yet, and started when the last one was.
	starting int
	started  time.Time
}

// get returns the worker that was used last; nil: there is none.
func (s *stock) get() *worker {
	n := len(s.idle) - 1
	if n < 0 {
		return nil
	}
	w := s.idle[n]
	s.idle = s.idle[:n]
	return w
}

// put keeps a worker that is ready, or gives it to who has been waiting for longest.
func (s *stock) put(w *worker) {
	w.idle = time.Now()
	if len(s.waiting) == 0 {
		s.idle = append(s.idle, w)
		return
	}
	s.give(w)
}

func (s *stock) give(w *worker) {
	s.waiting[0] <- w
	s.waiting = s.waiting[1:]
}

// pause is how long a job waits before a process is started for it; it may be nothing. To start and to get ready takes a process a hundred times
// the processor time of a job: one job for each processor gets one at once, for the others it is better to wait for that.
func (s *stock) pause() time.Duration {
	if s.starting < runtime.GOMAXPROCS(0) {
		return 0
	}
	return max(0, startPatience-time.Since(s.started))
}

// starts counts a process that is started.
func (s *stock) starts() {
	s.starting++
	s.started = time.Now()
}

// ready counts one that is ready, or gone. Who has been waiting for longest looks again.
func (s *stock) ready() {
	s.starting--
	if len(s.waiting) > 0 {
		s.give(nil)
	}
}

// wait enters somebody who waits for a worker.
func (s *stock) wait() chan *worker {
	mine := make(chan *worker, 1)
	s.waiting = append(s.waiting, mine)
	return mine
}

// giveUp takes back what wait has entered; it returns the worker that has come in the last moment, if any.
func (s *stock) giveUp(mine chan *worker) *worker {
	s.waiting = slices.DeleteFunc(s.waiting, func(other chan *worker) bool { return other == mine })
	select {
	case w := <-mine:
		return w
	default:
		return nil
	}
}

// trim gives away workers that have been idle for long, but for some that are kept.
func (s *stock) trim(kept int, away func(*worker)) {
	for len(s.idle) > kept && time.Since(s.idle[0].idle) >= idleTime {
		away(s.idle[0])
		s.idle = slices.Delete(s.idle, 0, 1)
	}
}
