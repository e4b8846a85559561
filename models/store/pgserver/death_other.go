//go:build unix && !linux

package pgserver

import "syscall"

// dieWithParent does nothing where the kernel can't: a server outlives a program that is killed.
func dieWithParent(*syscall.SysProcAttr) {}
