package isolate

import (
	"os"
	"strconv"
	"syscall"
)

// closeOnExec keeps from the workers what this process itself was given by the one that started it. All that Go opens is kept
// from them already.
func closeOnExec() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return // there is nothing to go by
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// childAttributes: a process group of its own, so that a signal for the terminal's does not reach it, and so that its priority can be set;
// and death with the parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
