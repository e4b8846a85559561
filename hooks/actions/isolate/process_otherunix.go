//go:build unix && !linux

package isolate

import "syscall"

func closeOnExec() {}

// childAttributes: a process group of its own, so that a signal for the terminal's does not reach it, and so that its priority can be set.
// It dies with its parent because its standard input ends.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
