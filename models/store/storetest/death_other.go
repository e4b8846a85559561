//go:build unix && !linux

package storetest

import "syscall"

// dieWithParent does nothing where the kernel can't: a server outlives tests that are killed.
func dieWithParent(*syscall.SysProcAttr) {}
