package actions

import (
	"sync"
	"time"
)

// meter measures how much processor time an execution has used, so that one that merely waits for its turn on a busy machine is not taken
// for a runaway. Go tells no goroutine's processor time. The operating system tells a thread's, and a goroutine stays on its thread until it
// waits or has kept it for about 10 ms: so what the thread has used since then is what the goroutine has used, or is at least that when it
// was made to leave the thread. Where that can't be told, time takes its place.
type meter struct {
	mu      sync.Mutex
	running bool
	thread  thread
	began   time.Duration // the thread's processor time when it began, or went on
	used    time.Duration // before that
}

// start notes that the calling goroutine begins, or goes on.
func (m *meter) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = true
	m.thread, m.began = currentThread()
}

// rest notes that the goroutine waits for something.
func (m *meter) rest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += m.sinceBegan()
	m.running = false
}

// resting reports whether the goroutine waits for something.
func (m *meter) resting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.running
}

// spent is how much processor time the goroutine has used. Any goroutine may ask.
func (m *meter) spent() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used + m.sinceBegan()
}

func (m *meter) sinceBegan() time.Duration {
	if !m.running {
		return 0
	}
	return m.thread.used() - m.began
}
