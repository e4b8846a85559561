package actions

import (
	"errors"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// errMemory interrupts an execution when the heap has grown too much.
var errMemory = errors.New("the Action used too much memory")

// tick is how often the heap is looked at while Actions run. Reading it costs about a microsecond.
const tick = 2 * time.Millisecond

// watchdog looks at executions that take longer than a moment. It interrupts them when the process's live heap grows too much while they
// run. Go does not tell which goroutine allocated what, so all of those are interrupted that have been running for more than one
// tick and have used more than a moment of processor time: an ordinary execution takes a hundredth of that. Soft ones it says to be slow long
// before, so that they move. Of those without an exact meter none fails: all of them are soft, and the oldest moves.
//
// It counts ticks, not time, and asks the meter: on a machine that is busy with something else, time passes in which nothing runs.
type watchdog struct {
	limit  uint64
	growth uint64 // bytes in one tick

	mu      sync.Mutex
	active  map[*execution]span
	now     uint64
	running bool
	base    uint64 // live bytes to which the limit is added
	held    uint64 // bytes of all objects at the last tick
}

// span is the tick at which an execution began, and the one at which it did, or last waited for something.
type span struct{ began, woke uint64 }

func newWatchdog(limit int64) *watchdog {
	return &watchdog{limit: uint64(limit), growth: softMemory * uint64(runtime.GOMAXPROCS(0)), active: make(map[*execution]span)}
}

func (w *watchdog) add(x *execution) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active[x] = span{w.now, w.now}
	if !w.running {
		w.running = true
		go w.watch()
	}
}

func (w *watchdog) remove(x *execution) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.active, x)
}

// watch runs while there are executions, and for an idle tick more, so that a busy server does not start it for each.
func (w *watchdog) watch() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	heap := newHeap()
	w.rebase(heap.read())
	for idle := 0; idle < 2; {
		<-ticker.C
		if w.look(heap.read()) {
			idle = 0
		} else {
			idle++
		}
	}
	w.stop()
}

func (w *watchdog) rebase(h reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base, w.held = h.live, h.held
}

// slow tells the one who waits for x that it is to be taken away, once. As that one may have to wait for its turn first, x is stopped here if that is
// possible at once. measured says that it is known to have taken long.
func (w *watchdog) slow(x *execution, measured bool) {
	if x.slow {
		return
	}
	x.slow, x.measured = true, measured
	x.done <- errSlow // before x can end because of what follows
	if x.mu.TryLock() {
		defer x.mu.Unlock()
		if x.soft {
			x.closed = true
			x.interrupt(errSlow)
		}
	}
}

// stop ends the watch, or goes on with a new one if an execution has begun in between.
func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = len(w.active) > 0
	if w.running {
		go w.watch()
	}
}

// look judges one reading; it reports whether anything is running.
func (w *watchdog) look(h reading) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now++
	w.base = min(w.base, h.live)
	full := h.exceeds(w.base + w.limit)
	grows := full || h.held > w.held+w.growth
	w.held = h.held
	var suspect *execution
	for x, s := range w.active {
		spent, how := x.meter.read()
		switch {
		case how == meterRests:
			w.active[x] = span{s.began, w.now}
		case w.now-s.woke <= 1:
		case how == meterExact:
			w.judge(x, spent, w.now-s.woke, grows)
		default:
			if age := w.now - s.woke; w.doubt(x, age, grows) && (suspect == nil || age > w.now-w.active[suspect].woke) {
				suspect = x
			}
		}
	}
	// What only waits is innocent, unless nobody else is there: it may be one that takes memory between two waits.
	switch {
	case full && w.interrupt(func(s span) uint64 { return s.woke }):
	case suspect != nil: // the one that has been there for longest; if it is innocent, the next one is judged in the next tick
		w.slow(suspect, false)
	case full && !w.interrupt(func(s span) uint64 { return s.began }):
		w.base = max(w.base, h.live) // something else grew: a cache, another part of this process
	}
	return len(w.active) > 0
}

// judge looks at an execution of which the processor time is known.
func (w *watchdog) judge(x *execution, spent time.Duration, age uint64, grows bool) {
	if spent < busyTime {
		return
	}
	x.program.strain.slow()
	if spent >= softTime || grows {
		w.slow(x, true)
	}
	switch {
	case spent < hardTime:
	case x.stopped.Load() != nil:
		if x.deaf++; x.deaf > stuckTicks {
			x.program.strain.stuck()
		}
	case age >= hardTicks && !x.strained:
		x.strained = true
		x.program.strain.moved()
	}
}

// doubt looks at an execution that is there for long, at work or waiting for its turn. If that is very long it goes; it reports whether it may be the
// one that takes memory.
func (w *watchdog) doubt(x *execution, age uint64, grows bool) bool {
	if age <= longTicks {
		return false
	}
	x.program.strain.slow()
	if age > patientTicks {
		w.slow(x, false)
	}
	return grows && !x.slow
}

// interrupt stops what has been there for more than a tick since a moment of its span, and was not idle; it reports whether anything was. For
// the strain on the Action that is as much as a move.
func (w *watchdog) interrupt(since func(span) uint64) (any bool) {
	for x, s := range w.active {
		spent, how := x.meter.read()
		canMove := how == meterRough && x.host
		if since(s)+1 < w.now && spent >= busyTime && !canMove {
			w.slow(x, how == meterExact) // if it can move, it does, and counts by that
			if x.stopped.Load() == nil {
				x.program.strain.moved()
			}
			x.interrupt(errMemory)
			any = true
		}
	}
	return any
}

// reading is the state of the heap.
type reading struct {
	live  uint64  // bytes that the last garbage collection found alive
	held  uint64  // bytes of all objects, garbage included
	ratio float64 // what held may be of live before the next collection: 2 with GOGC=100; 0 when it is off
}

// exceeds reports whether more than limit is alive. A runaway drives collections by itself, as they come whenever the heap
// has doubled; but one that doubles a string outruns them, so it counts too when there is more than a collection would
// have left standing.
func (r reading) exceeds(limit uint64) bool {
	return r.live > limit || (r.ratio > 0 && float64(r.held) > r.ratio*float64(limit))
}

// heap reads the runtime's numbers. It does not stop the world.
type heap []metrics.Sample

func newHeap() heap {
	return heap{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/gogc:percent"}}
}

func (h heap) read() reading {
	metrics.Read(h)
	var n [3]uint64
	for i := range n {
		if h[i].Value.Kind() == metrics.KindUint64 {
			n[i] = h[i].Value.Uint64()
		}
	}
	r := reading{live: n[0], held: n[1]}
	if n[2] <= 1000 { // else it is off, or as good as off
		r.ratio = 1 + float64(n[2])/100
	}
	return r
}
