package actions

import (
	"errors"
	"runtime/metrics"
	"sync"
	"time"
)

// errMemory interrupts an execution when the heap has grown too much.
var errMemory = errors.New("the Action used too much memory")

// tick is how often the heap is looked at while Actions run. Reading it costs about a microsecond.
const tick = 5 * time.Millisecond

// watchdog looks at executions that take longer than a moment. It interrupts them when the process's live heap grows too much while they
// run. Go does not tell which goroutine allocated what, so all of those are interrupted that have been running for more than one
// tick and have used more than a moment of processor time: an ordinary execution takes a hundredth of that. Soft ones it says to be slow long
// before, so that they move.
//
// It counts ticks, not time, and asks the meter: on a machine that is busy with something else, time passes in which nothing runs.
type watchdog struct {
	limit uint64

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
	return &watchdog{limit: uint64(limit), active: make(map[*execution]span)}
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

// slow tells the one who waits for x that it takes long, once.
func (w *watchdog) slow(x *execution) {
	if !x.slow {
		x.slow = true
		x.done <- errSlow
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
	for x, s := range w.active {
		if x.meter.resting() {
			w.active[x] = span{s.began, w.now}
			continue
		}
		w.judge(x, w.now-s.woke, h.held > w.held+softMemory)
	}
	w.held = h.held
	if !h.exceeds(w.base + w.limit) {
		return len(w.active) > 0
	}
	// What only waits is innocent, unless nobody else is there: it may be one that takes memory between two waits.
	if !w.interrupt(func(s span) uint64 { return s.woke }) && !w.interrupt(func(s span) uint64 { return s.began }) {
		w.base = max(w.base, h.live) // something else grew: a cache, another part of this process
	}
	return len(w.active) > 0
}

// judge looks at an execution that has been running for some ticks without waiting.
func (w *watchdog) judge(x *execution, age uint64, grows bool) {
	if age <= 1 || age <= softTicks && !grows {
		return
	}
	x.program.strain.slow()
	spent := x.meter.spent()
	if x.meter.exact && (spent >= softTime || grows && spent >= busyTime) || !x.meter.exact && (age > patientTicks || grows && age > softTicks) {
		w.slow(x)
	}
	switch {
	case spent < hardTime:
	case x.stopped.Load() != nil && age > stuckTicks:
		x.program.strain.stuck()
	case age >= hardTicks && !x.strained:
		x.strained = true
		x.program.strain.moved()
	}
}

// interrupt stops what has been there for more than a tick since a moment of its span, and was not idle; it reports whether anything was. For
// the strain on the Action that is as much as a move.
func (w *watchdog) interrupt(since func(span) uint64) (any bool) {
	for x, s := range w.active {
		if since(s)+1 < w.now && x.meter.spent() >= busyTime {
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
