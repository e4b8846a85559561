package pgserver

import "syscall"

// dieWithParent has the kernel end a process when the thread that started it ends.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
