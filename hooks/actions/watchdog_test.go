package actions

import (
	"testing"
	"time"

	"github.com/dop251/goja"
)

// begun is an execution that runs, in a process that has worker processes, with the calling goroutine's time.
func begun(t *testing.T, exact bool) *execution {
	t.Helper()
	x := &execution{job: job{program: new(Program)}, rt: goja.New(), done: make(chan error, 2), soft: true, host: true}
	x.meter.exact = exact
	x.meter.start()
	t.Cleanup(x.meter.stop)
	return x
}

// newStillWatchdog looks only when it is told to.
func newStillWatchdog(watched ...*execution) *watchdog {
	w := newWatchdog(DefaultMemoryLimit)
	w.running = true
	for _, x := range watched {
		w.add(x)
	}
	return w
}

func (w *watchdog) lookTimes(n int, h reading, growth uint64) {
	for range n {
		h.held += growth
		w.look(h)
	}
}

// Nobody knows which of the executions without an exact meter takes the memory: the one that has been there for longest goes first, and it does
// not count against its Action.
func TestTheOldestIsSuspectedFirst(t *testing.T) {
	t.Parallel()
	old := begun(t, false)
	w := newStillWatchdog(old)
	w.lookTimes(1, reading{}, 0)
	young := begun(t, false)
	w.add(young)
	w.lookTimes(longTicks, reading{}, w.growth+1)
	if !old.slow || young.slow {
		t.Fatalf("after %d ticks the old one was taken away: %t, the young one: %t", longTicks, old.slow, young.slow)
	}
	if err := <-old.done; err != errSlow || !old.closed || old.measured {
		t.Errorf("the old one: %v, closed %t, measured %t", err, old.closed, old.measured)
	}
	w.lookTimes(1, reading{held: (longTicks + 1) * w.growth}, w.growth+longTicks)
	if !young.slow {
		t.Error("the young one stays although the heap goes on growing")
	}
	if old.program.strain.level.Load() != 0 || !old.program.strain.metered() {
		t.Error("what nobody has measured counts, or is not measured from now on")
	}
}

// Without growth an execution has time, as it may wait for its turn.
func TestTheWatchdogIsPatient(t *testing.T) {
	t.Parallel()
	x := begun(t, false)
	w := newStillWatchdog(x)
	w.lookTimes(patientTicks, reading{}, 0)
	if x.slow {
		t.Fatal("it was taken away before its time")
	}
	w.lookTimes(1, reading{}, 0)
	if !x.slow {
		t.Error("it was not taken away")
	}
}

// When the memory is full, those end that have certainly been at work; nobody fails because it was there at the same time.
func TestWhoIsNotMeasuredDoesNotFail(t *testing.T) {
	t.Parallel()
	innocent := begun(t, false)
	innocent.meter.began -= time.Second
	runaway := begun(t, true)
	w := newStillWatchdog(innocent, runaway)
	for spent := time.Duration(0); spent < busyTime; spent, _ = runaway.meter.read() { // at work
	}
	w.lookTimes(1, reading{}, 0)
	w.lookTimes(1, reading{live: 2 * DefaultMemoryLimit}, 0)
	if cause := runaway.stopped.Load(); cause == nil {
		t.Error("the runaway goes on")
	}
	if innocent.stopped.Load() != nil || innocent.slow {
		t.Error("the innocent one was stopped")
	}
	w.remove(runaway)
	w.lookTimes(longTicks, reading{}, 0)
	w.lookTimes(1, reading{live: 2 * DefaultMemoryLimit}, 0)
	if cause := innocent.stopped.Load(); !innocent.slow || cause == nil || *cause != errSlow {
		t.Error("if nobody else is there, it goes to a worker process")
	}
}

// One that can't move any more is measured from then on, so that it is not taken for a runaway.
func TestWhatCannotMoveIsMeasured(t *testing.T) {
	t.Parallel()
	x := begun(t, false)
	if _, kind := x.meter.read(); kind != meterRough {
		t.Fatalf("the meter is of kind %d", kind)
	}
	x.harden()
	if _, kind := x.meter.read(); kind != meterExact {
		t.Errorf("the meter is of kind %d", kind)
	}
}

// One that stops as soon as it is told to is not taken for one that can't be stopped, however long it has been there.
func TestWhoStopsIsNotStuck(t *testing.T) {
	t.Parallel()
	x := begun(t, true)
	x.soft = false
	w := newStillWatchdog(x)
	for spent := time.Duration(0); spent < hardTime; spent, _ = x.meter.read() { // at work
	}
	w.lookTimes(2*hardTicks, reading{}, 0)
	x.interrupt(errMemory)
	w.lookTimes(stuckTicks, reading{}, 0)
	if x.program.strain.lasted.Load() {
		t.Fatal("it has not had its time to stop")
	}
	w.lookTimes(1, reading{}, 0)
	if !x.program.strain.lasted.Load() {
		t.Error("one that does not stop begins here again")
	}
}

// One that can still move does so when the memory is full, also if the watchdog learns just then that it is at work.
func TestWhoCanMoveDoesNotFail(t *testing.T) {
	t.Parallel()
	x := begun(t, true)
	w := newStillWatchdog(x)
	w.now = 10
	for spent := time.Duration(0); spent < busyTime; spent, _ = x.meter.read() { // at work
	}
	if !w.interrupt(func(s span) uint64 { return s.woke }) {
		t.Fatal("nobody was stopped")
	}
	if cause := *x.stopped.Load(); cause != errSlow || len(x.done) != 1 || !x.closed {
		t.Errorf("it was stopped by %q, heard %d times of it, closed %t", cause, len(x.done), x.closed)
	}
}
