package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestE2EWorkerProcesses plays the seed's Actions in worker processes, which have nothing of the server's and end with it, even when
// it is killed.
func TestE2EWorkerProcesses(t *testing.T) {
	t.Parallel()
	for _, end := range []struct {
		name string
		do   func(p *process)
	}{
		{"a clean stop", (*process).stop},
		{"a kill", func(p *process) {
			p.stopped.Do(func() {
				_ = p.cmd.Process.Kill()
				<-p.ended
			})
		}},
	} {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			o := onSQLite(t)
			o.Env = append(o.Env, secretEnv+"="+testSecret, twinOf("action-isolation")+"=process")
			p := startProcess(t, o)
			playDevice(t, p)
			playTokenErrors(t, p)
			workers := workersOf(t, p.cmd.Process.Pid)
			if len(workers) == 0 {
				t.Fatal("the server has no worker processes")
			}
			for _, pid := range workers {
				environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(environment, []byte(testSecret)) || bytes.Contains(environment, []byte(secretEnv)) {
					t.Errorf("a worker process has the server's secret: %q", environment)
				}
			}
			end.do(p)
			for _, pid := range workers {
				awaitEnd(t, pid)
			}
		})
	}
}

// workersOf returns the children of a process that are worker processes.
func workersOf(t *testing.T, parent int) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		status, err := os.ReadFile("/proc/" + e.Name() + "/status")
		if err != nil || !bytes.Contains(status, []byte("\nPPid:\t"+strconv.Itoa(parent)+"\n")) {
			continue
		}
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err == nil && strings.HasSuffix(string(line), "\x00"+workerArg+"\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// awaitEnd waits until a process is gone.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(stopTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		// A process that nobody has waited for yet has no command line any more.
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		if errors.Is(err, fs.ErrNotExist) || (err == nil && !bytes.Contains(line, []byte(workerArg))) {
			return
		}
	}
	t.Errorf("worker process %d lives", pid)
}
