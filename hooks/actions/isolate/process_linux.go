package isolate

import "syscall"

// childAttributes: a process group of its own, so that a signal for the terminal's does not reach it, and so that its priority can be set;
// and death with the parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
