package main

import (
	"fmt"
	"io"
	"os"

	"example.com/keepsake/hooks/actions"
)

// workerArg is the hidden command of the processes that a server starts to run Actions in.
const workerArg = "action-worker"

// runWorker is such a process, if this is one.
func runWorker(args []string, stderr io.Writer) (code int, is bool) {
	if len(args) != 2 || args[1] != workerArg || !actions.IsWorker() {
		return 0, false
	}
	return exitCode(actions.ServeWorker(), stderr), true
}

// selfLink is this process's program on Linux, also when its file was replaced or deleted since.
const selfLink = "/proc/self/exe"

// workerCommand starts such a process: this program.
func workerCommand() ([]string, error) {
	if _, err := os.Stat(selfLink); err == nil {
		return []string{selfLink, workerArg}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start worker processes: %w", err)
	}
	return []string{self, workerArg}, nil
}

// isolations are the values of --action-isolation.
var isolations = map[string]actions.Isolation{
	"auto": actions.IsolationAuto, "process": actions.IsolationProcess, "none": actions.IsolationNone,
}
