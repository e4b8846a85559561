//go:build !linux

package main

import "syscall"

// dieWithParent does nothing where the kernel can't: a server outlives tests that are killed.
func dieWithParent() *syscall.SysProcAttr { return nil }
