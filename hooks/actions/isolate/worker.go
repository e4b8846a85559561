package isolate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// worker is a child process, seen from its parent. One goroutine at a time uses it.
type worker struct {
	cmd    *exec.Cmd
	slow   bool // it gives way to others
	in     *os.File
	out    *os.File
	reader *bufio.Reader
	units  map[string]bool
	stderr *complaint
	exited chan struct{} // closed when the process has been reaped

	unitSize int64     // bytes of the units' text
	idle     time.Time // since when nobody uses it
	starting bool      // it has not said that it is ready; belongs to Pool.mu
}

// start starts a process. It does not wait for it to be ready: its first job does.
func start(command, env []string, slow bool) (*worker, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a pipe: %w", err), childIn.Close(), in.Close())
	}
	w := &worker{slow: slow, starting: true, in: in, out: out, reader: bufio.NewReader(out), units: make(map[string]bool), stderr: &complaint{}, exited: make(chan struct{})}
	w.cmd = exec.Command(command[0], command[1:]...)
	w.cmd.Args[0] = os.Args[0]                           // by which people know it
	w.cmd.Env, w.cmd.Dir = env, string(os.PathSeparator) // a folder that is there whatever else is not
	if slow {
		w.cmd.Env = append(slices.Clip(env), slowVariable+"=1")
	}
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = childIn, childOut, w.stderr
	w.cmd.SysProcAttr = childAttributes()
	w.cmd.WaitDelay = reapTime
	err = w.cmd.Start()
	_, _ = childIn.Close(), childOut.Close() // the child has its own
	if err != nil {
		_, _ = in.Close(), out.Close()
		return nil, err
	}
	go func() {
		_ = w.cmd.Wait() // how it ended is in ProcessState
		close(w.exited)
	}()
	return w, nil
}

// kill ends the process, whatever it is doing, and whoever waits for its answer.
func (w *worker) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.out.SetReadDeadline(time.Unix(1, 0))
	_ = w.in.SetWriteDeadline(time.Unix(1, 0))
}

// close frees what the parent has of a process that is gone or was killed.
func (w *worker) close() { _, _ = w.in.Close(), w.out.Close() }

// maxUnits is how many units a worker gets before it is replaced, so that what nobody uses any more does not pile up in it; with unitPart, they are
// replaced at that part of their memory, too: a compiled unit takes some twenty times the memory of its text.
const (
	maxUnits = 64
	unitPart = 64
)

// errNotDelivered says that the worker was dead before the job reached it.
var errNotDelivered = errors.New("the job was not delivered")

// do has the worker do a task. ready is called when the worker is known to be. worn says that the worker is to be replaced.
func (w *worker) do(t Task, ready func()) (r Result, worn bool, err error) {
	var request []byte
	if !w.units[t.UnitID] {
		request = appendFrame(request, kindUnit, []byte(t.UnitID), []byte{0}, t.Unit)
		w.unitSize += int64(len(t.Unit))
	}
	request = appendFrame(request, kindJob, []byte(t.UnitID), []byte{0}, t.Job)
	if _, err := w.in.Write(request); err != nil {
		return r, false, errors.Join(errNotDelivered, err)
	}
	w.units[t.UnitID] = true
	for {
		k, payload, err := readFrame(w.reader)
		if err != nil {
			return r, false, err
		}
		switch {
		case k == kindReady:
			ready()
		case k == kindNote && len(payload) > 0:
			t.Note(payload[0], payload[1:])
		case k == kindCall:
			if _, err := w.in.Write(appendFrame(nil, kindReply, t.reply(payload))); err != nil {
				return r, false, err
			}
		case k == kindAnswer && len(payload) >= usageSize:
			ready()
			r.CPU = time.Duration(binary.BigEndian.Uint64(payload[1:]))
			r.Answer = payload[usageSize:]
			return r, payload[0] != 0 || len(w.units) >= maxUnits, nil
		default:
			return r, false, fmt.Errorf("a frame of kind %q from a worker", k)
		}
	}
}

// usageSize is the length of what comes before the answer: whether the worker was slowed down, and its processor time in
// nanoseconds.
const usageSize = 9

func (t Task) reply(payload []byte) []byte {
	name, data, _ := bytes.Cut(payload, []byte{0})
	if t.Call == nil {
		return []byte("enot available in a worker process")
	}
	answer, err := t.Call(string(name), data)
	if err != nil {
		return append([]byte("e"), err.Error()...)
	}
	return append([]byte("o"), answer...)
}

// reapTime is how long a process may take to be gone once its pipe is closed.
const reapTime = 2 * time.Second

// ending tells why the process is gone.
func (w *worker) ending(cause error) error {
	timer := time.NewTimer(reapTime)
	defer timer.Stop()
	select {
	case <-w.exited:
	case <-timer.C: // it has closed its output and lives on
		w.kill()
		return fmt.Errorf("talk to a worker process: %w", cause)
	}
	output := w.stderr.String()
	switch state := w.cmd.ProcessState; {
	case state.ExitCode() == exitMemory, isMemoryKill(state), contains(output, memoryCrashes):
		return ErrMemory
	case contains(output, stackCrashes):
		return ErrStack
	case errors.Is(cause, io.EOF), errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, errNotDelivered):
		return &ExitError{State: state.String(), Output: output}
	}
	return fmt.Errorf("talk to a worker process: %w", cause)
}

// What a Go program says that ends because it gets no more memory, or no more stack. Its garbage collector does not look whether it
// gets what it asks for, and ends with a segmentation violation then; nothing else in a worker can cause one. A thread's stack is memory, too.
var (
	memoryCrashes = []string{"out of memory", "cannot allocate memory", "SIGSEGV: segmentation violation", "failed to create new OS thread", "pthread_create failed"}
	stackCrashes  = []string{"stack overflow", "stack exceeds"}
)

func contains(output string, any []string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(output, s) })
}

// complaint keeps the beginning of what a process writes to its standard error: where a Go program says why it ends.
type complaint struct {
	mu   sync.Mutex
	kept []byte
}

const maxComplaint = 2 << 10

// Write implements io.Writer.
func (t *complaint) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[:min(len(p), maxComplaint-len(t.kept))]...)
	return len(p), nil
}

// String returns what is kept.
func (t *complaint) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}
