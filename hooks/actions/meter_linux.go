package actions

import (
	"time"

	"golang.org/x/sys/unix"
)

// thread is a thread's id.
type thread int32

// currentThread is the calling goroutine's thread.
func currentThread() thread { return thread(unix.Gettid()) }

// used returns the processor time that the thread has used; zero when it is gone. A thread's clock is its id's complement and, in the last three
// bits, the kind of clock (Linux's MAKE_THREAD_CPUCLOCK).
func (t thread) used() time.Duration {
	const perThread, scheduled = 4, 2
	var now unix.Timespec
	if err := unix.ClockGettime(^int32(t)<<3|perThread|scheduled, &now); err != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
