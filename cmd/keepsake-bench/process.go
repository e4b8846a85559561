package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopTimeout is how long a process may take to end after SIGTERM before it is killed.
const stopTimeout = 10 * time.Second

// process is a server under measurement.
type process struct {
	cmd     *exec.Cmd
	address string // that it listens on
	ended   chan struct{}
	err     error // of the process; to be read once ended is closed
	once    sync.Once
}

// startProcess starts a command that is stopped with stop, and dies with this program.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.SysProcAttr = dieWithParent()
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock: the kernel ends the process with the thread that started it
		defer close(p.ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process. A second call does nothing.
func (p *process) stop() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		select {
		case <-p.ended:
		case <-time.After(stopTimeout):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	})
}

// startTimeout is how long a server may take until it says where it listens.
const startTimeout = time.Minute

// errNoAddress is for a process that ended, or closed its output, before it said where it listens.
var errNoAddress = errors.New("it did not say where it listens")

// listen starts a server and waits for the line of its output that find takes an address from. What else it prints goes
// nowhere; its log goes to a file in folder.
func listen(ctx context.Context, cmd *exec.Cmd, folder string, find func(line string) (address string, ok bool)) (*process, string, error) {
	log, err := os.CreateTemp(folder, "server-*.log")
	if err != nil {
		return nil, "", err
	}
	defer log.Close() // the process has its own
	cmd.Stderr = log
	out, in, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	cmd.Stdout = in
	p, err := startProcess(cmd)
	in.Close()
	if err != nil {
		out.Close()
		return nil, "", err
	}
	address := make(chan string, 1)
	go func() {
		defer out.Close()
		defer close(address)
		scanLines(out, address, find)
	}()
	select {
	case a, ok := <-address:
		if ok {
			p.address = a
			return p, a, nil
		}
		err = errNoAddress
	case <-time.After(startTimeout):
		err = errNoAddress
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.stop()
	text, _ := os.ReadFile(log.Name()) // for the message; without it there is less of one
	return nil, "", fmt.Errorf("start %s: %w: %s", cmd.Path, err, strings.TrimSpace(string(text)))
}

// scanLines sends the first address that is found and reads on, so that the process is not held up.
func scanLines(r io.Reader, address chan<- string, find func(string) (string, bool)) {
	found := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if a, ok := find(lines.Text()); ok && !found {
			found = true
			address <- a
		}
	}
}
