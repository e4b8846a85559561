//go:build unix

package isolate

import (
	"os"
	"runtime/metrics"
	"syscall"
	"time"
)

// restrict has the operating system bound what this process may do. What can't be set stays as it is: the watch bounds memory, too.
func restrict(memory int64) {
	if !underRaceDetector {
		setLimit(syscall.RLIMIT_DATA, uint64(memory)+overhead)
	}
	setLimit(syscall.RLIMIT_CORE, 0)
	setLimit(syscall.RLIMIT_FSIZE, 0) // no files
}

// overhead is what a Go program maps besides its heap; its heap grows by 64 MiB at a time.
const overhead = 128 << 20

func setLimit(resource int, value uint64) {
	limit := syscall.Rlimit{Cur: value, Max: value}
	_ = syscall.Setrlimit(resource, &limit)
}

// setPriority is for all threads of a worker, which is alone in its group; 0 is this process. There is no way back to a higher one, so that
// a process for ordinary jobs that was lowered has to be replaced.
func setPriority(group, nice int) { _ = syscall.Setpriority(syscall.PRIO_PGRP, group, nice) }

// processorTime is how long this process has been running on processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// heapSize is the bytes of all objects, garbage included.
func heapSize() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// isMemoryKill reports whether the operating system has killed a process: nothing but a lack of memory makes it do that.
func isMemoryKill(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
