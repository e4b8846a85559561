package actions

import (
	"runtime"
	"sync"
	"time"
)

// meter measures how much processor time an execution has used, so that one that merely waits for its turn on a busy machine is not taken
// for a runaway. Go tells no goroutine's processor time, but the operating system tells a thread's: so the goroutine has a thread to itself
// from start to stop. That costs nothing as long as it keeps running, as an ordinary execution does. Where a thread's time can't be told, or where
// an execution is alone in its process, time takes its place.
type meter struct {
	alone bool

	mu      sync.Mutex
	running bool
	thread  thread
	began   time.Duration // the thread's processor time at start
	used    time.Duration // before that
}

// start notes that the calling goroutine begins, or goes on.
func (m *meter) start() {
	if !m.alone {
		runtime.LockOSThread()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = true
	if m.alone {
		m.began = time.Since(processStart)
	} else {
		m.thread, m.began = currentThread()
	}
}

// stop notes that the goroutine waits for something, or is done.
func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += m.sinceStart()
	m.running = false
	if !m.alone {
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
	switch {
	case !m.running:
		return 0
	case m.alone:
		return time.Since(processStart) - m.began
	}
	return m.thread.used() - m.began
}

// processStart is where time begins that takes the place of processor time.
var processStart = time.Now()
