package actions

import (
	"time"

	"golang.org/x/sys/unix"
)

// thread is a thread's id.
type thread int32

// currentThread returns the calling goroutine's thread, and the processor time that it has used.
func currentThread() (thread, time.Duration) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0, 0
	}
	return thread(unix.Gettid()), time.Duration(t.Nano())
}

// threadEnded is more than any thread has used.
const threadEnded = 1 << 62

// used returns the processor time that the thread has used; threadEnded when it has ended, because then the goroutine has left it.
func (t thread) used() time.Duration {
	// A thread's clock has its id's complement and, in the last three bits, the kind of the clock (Linux's MAKE_THREAD_CPUCLOCK).
	const perThread, scheduled = 4, 2
	var now unix.Timespec
	if err := unix.ClockGettime(^int32(t)<<3|perThread|scheduled, &now); err != nil {
		return threadEnded
	}
	return time.Duration(now.Nano())
}
