package isolate

import (
	"runtime"
	"slices"
	"time"
)

// startPatience is how long a process may take to get ready before another one is started nevertheless.
const startPatience = 250 * time.Millisecond

// stock is the workers of one kind that nobody uses, and the jobs that wait for one. It belongs to Pool.mu.
type stock struct {
	idle  []*worker // the one that was used last is the last
	queue []*turn   // who has been waiting for longest is the first
	// starting is how many are not ready yet, and started when the last one was.
	starting int
	started  time.Time
}

// turn is the place of a job among those that wait for a worker.
type turn struct {
	worker chan *worker  // gets one; nil: it is time to look again
	pause  time.Duration // after it, it is time to look again in any case
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
	if !s.call(w) {
		s.idle = append(s.idle, w)
	}
}

// call ends the first one's wait, if anybody waits: with a worker, or with nil.
func (s *stock) call(w *worker) bool {
	if len(s.queue) == 0 {
		return false
	}
	s.queue[0].worker <- w
	s.queue = slices.Delete(s.queue, 0, 1)
	return true
}

// wait enters a job that no worker is there for. It returns nil if a process is to be started for it at once; the process is counted then.
// To start and to get ready takes a process a hundred times the processor time of a job: one job for each processor has one started, for the
// others it is better to wait for that.
func (s *stock) wait() *turn {
	pause := startPatience - time.Since(s.started)
	if s.starting < runtime.GOMAXPROCS(0) || pause <= 0 {
		s.starts()
		return nil
	}
	mine := &turn{worker: make(chan *worker, 1), pause: pause}
	s.queue = append(s.queue, mine)
	return mine
}

// leave takes back what wait has entered, of a job that looks again by itself or gives up. It returns the worker that has come in the last
// moment, if any; called is whether it was called.
func (s *stock) leave(mine *turn) (w *worker, called bool) {
	if i := slices.Index(s.queue, mine); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
		return nil, false
	}
	return <-mine.worker, true
}

// starts counts a process that is started.
func (s *stock) starts() {
	s.starting++
	s.started = time.Now()
}

// ready counts one that is ready, or gone. Who has been waiting for longest looks again.
func (s *stock) ready() {
	s.starting--
	s.call(nil)
}

// trim gives away workers that have been idle for long, but for some that are kept.
func (s *stock) trim(kept int, away func(*worker)) {
	for len(s.idle) > kept && time.Since(s.idle[0].idle) >= idleTime {
		away(s.idle[0])
		s.idle = slices.Delete(s.idle, 0, 1)
	}
}
