package actions

import (
	"runtime"
	"sync"
	"time"
)

// meter measures how much processor time an execution has used, so that one that merely waits for its turn on a busy machine is not taken
// for a runaway. Go tells no goroutine's processor time, but the operating system tells a thread's: so an exact meter gives the goroutine a
// thread to itself from start to stop. That costs an exchange some 15 µs, because the scheduler has to go by it. So only those executions
// have one of whose Action that is not known to be quick (see strain.go); for others time takes the place of processor time.
type meter struct {
	exact bool

	mu      sync.Mutex
	running bool
	thread  thread
	began   time.Duration // of the clock, at start
	used    time.Duration // before that
}

// start notes that the calling goroutine begins, or goes on.
func (m *meter) start() {
	if m.exact {
		runtime.LockOSThread()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = true
	if m.exact {
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

// resting reports whether the goroutine waits for something. Any goroutine may ask.
func (m *meter) resting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.running
}

// spent is how much processor time the goroutine has used. Any goroutine may ask.
func (m *meter) spent() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used + m.sinceStart()
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
