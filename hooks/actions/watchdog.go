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

// watchdog interrupts executions when the process's live heap grows too much while they run. Go does not tell which
// goroutine allocated what, so all of those are interrupted that have been running for more than one tick: an ordinary
// execution takes a hundredth of that.
type watchdog struct {
	limit uint64

	mu      sync.Mutex
	active  map[*execution]uint64 // the tick at which it began
	now     uint64
	running bool
	base    uint64
}

func newWatchdog(limit int64) *watchdog {
	return &watchdog{limit: uint64(limit), active: make(map[*execution]uint64)}
}

func (w *watchdog) add(x *execution) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active[x] = w.now
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

// watch runs while there are executions, and for one idle tick more, so that a busy server does not start it for each.
func (w *watchdog) watch() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	w.rebase(liveHeap(sample))
	for idle := false; ; {
		<-ticker.C
		if w.look(liveHeap(sample), &idle) {
			return
		}
	}
}

func (w *watchdog) rebase(live uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = live
}

// look judges one sample; it reports whether the watch is over.
func (w *watchdog) look(live uint64, idle *bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now++
	if len(w.active) == 0 {
		if *idle {
			w.running = false
			return true
		}
		*idle = true
		return false
	}
	*idle = false
	w.base = min(w.base, live)
	if live <= w.base+w.limit {
		return false
	}
	suspects := 0
	for x, began := range w.active {
		if began+1 < w.now {
			x.interrupt(errMemory)
			suspects++
		}
	}
	if suspects == 0 { // something else grew: a cache, another server in this process
		w.base = live
	}
	return false
}

// liveHeap is what the last garbage collection found alive. A runaway drives collections by itself, as they come whenever
// the heap has doubled.
func liveHeap(sample []metrics.Sample) uint64 {
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
