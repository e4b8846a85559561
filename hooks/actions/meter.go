package actions

import (
	"runtime"
	"sync"
	"time"
)

// meter measures how much processor time an execution has used, so that one that merely waits for its turn on a busy machine is not taken
// for a runaway. Go tells no goroutine's processor time, but the operating system tells a thread's: so an exact meter gives the goroutine a
// thread to itself from start to stop. That costs an exchange some 15 µs, because the scheduler has to go by it. So only those executions
// have one of whose Action it is not known that it is quick (see strain.go), and those that can't move any more; for others time takes the place of
// processor time.
type meter struct {
	mu      sync.Mutex
	exact   bool
	running bool
	thread  thread
	began   time.Duration // of the clock, at start
	used    time.Duration // before that
}

// meterKind says what a reading of a meter is worth.
type meterKind int

const (
	meterRests meterKind = iota // the goroutine waits for something
	meterRough                  // it runs, or waits for its turn
	meterExact
)

// start notes that the calling goroutine begins, or goes on.
func (m *meter) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = true
	m.begin()
}

func (m *meter) begin() {
	if m.exact {
		runtime.LockOSThread()
		m.thread = currentThread()
	}
	m.began = m.clock()
}

// stop notes that the goroutine waits for something, or is done.
func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += m.sinceStart()
	m.running = false
	if m.exact {
		runtime.UnlockOSThread()
	}
}

// sharpen makes the meter exact from now on, in the calling goroutine, which is running. What was not measured does not count.
func (m *meter) sharpen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.exact {
		m.exact, m.used = true, 0
		m.begin()
	}
}

// read is how much processor time the goroutine has used, and what it is doing. Any goroutine may ask.
func (m *meter) read() (spent time.Duration, kind meterKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !m.running:
		return m.used, meterRests
	case m.exact:
		kind = meterExact
	default:
		kind = meterRough
	}
	return m.used + m.sinceStart(), kind
}

func (m *meter) sinceStart() time.Duration {
	if !m.running {
		return 0
	}
	return m.clock() - m.began
}

func (m *meter) clock() time.Duration {
	if m.exact {
		return m.thread.used()
	}
	return time.Since(processStart)
}

// processStart is where time begins that takes the place of processor time.
var processStart = time.Now()
