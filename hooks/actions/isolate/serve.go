package isolate

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// memoryVariable tells a worker how many bytes its heap may take. Without it a process is no worker.
const memoryVariable = "KEEPSAKE_WORKER_MEMORY"

// slowVariable tells a worker that it does slow jobs: it gives way to others as soon as it is ready.
const slowVariable = "KEEPSAKE_WORKER_SLOW"

// exitMemory is the exit code of a worker that uses too much memory.
const exitMemory = 86

// Handler does one job in a worker. It must not panic, and calls c.Begin when it is ready.
type Handler func(unitID string, unit, job []byte, c *Caller) (answer []byte)

// IsWorker reports whether this process was started by a Pool.
func IsWorker() bool { return os.Getenv(memoryVariable) != "" }

// Serve is the whole life of a worker process: it does jobs until its parent closes the pipe or is gone. It returns an error
// if this process is no worker, or does not understand its parent.
func Serve(handle Handler) error {
	memory, err := strconv.ParseInt(os.Getenv(memoryVariable), 10, 64)
	if err != nil || memory <= 0 {
		return errors.New("this command is for Keepsake itself: a server starts it as a worker process")
	}
	restrict(memory)
	debug.SetMaxStack(maxStack)
	s := &server{
		handle: handle, out: os.Stdout, frames: make(chan frame, 1), units: make(map[string][]byte),
		watch: newWatch(memory, os.Getenv(slowVariable) != ""),
	}
	go s.read(os.Stdin)
	return s.serve()
}

// retainedPart is which part of the memory that it may use a worker keeps from the system when it has nothing to do: an eighth.
const retainedPart = 8

// maxStack is how large a goroutine's stack may become.
const maxStack = 64 << 20

type frame struct {
	kind    kind
	payload []byte
}

type server struct {
	handle Handler
	frames chan frame
	units  map[string][]byte
	watch  *watch
	ready  bool // the parent knows that this process is ready

	mu  sync.Mutex // for out
	out io.Writer
}

// read goes on while a job is being done, so that the end of the parent is the end of this process at any time.
func (s *server) read(in io.Reader) {
	r := bufio.NewReader(in)
	for {
		k, payload, err := readFrame(r)
		if err != nil {
			os.Exit(0) // nobody is left to tell
		}
		s.frames <- frame{k, payload}
	}
}

func (s *server) serve() error {
	for f := range s.frames {
		id, data, ok := bytes.Cut(f.payload, []byte{0})
		switch {
		case f.kind == kindUnit && ok:
			s.units[string(id)] = data
		case f.kind == kindJob && ok:
			if err := s.job(string(id), data); err != nil {
				return err
			}
		default:
			return fmt.Errorf("a frame of kind %q from the parent", f.kind)
		}
	}
	return nil
}

func (s *server) job(id string, data []byte) error {
	s.watch.begin()
	answer := s.handle(id, s.units[id], data, &Caller{s})
	cpu, slowed := s.watch.end()
	usage := make([]byte, 1, usageSize)
	if slowed {
		usage[0] = 1
	}
	usage = binary.BigEndian.AppendUint64(usage, uint64(cpu))
	err := s.write(kindAnswer, usage, answer)
	if heapSize() > s.watch.memory/retainedPart {
		debug.FreeOSMemory() // nobody may ask for the next job for long
	}
	return err
}

func (s *server) write(k kind, parts ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.out.Write(appendFrame(nil, k, parts...)); err != nil {
		return fmt.Errorf("write to the parent: %w", err)
	}
	return nil
}

// Caller is a job's way to its parent. One goroutine at a time may use it.
type Caller struct{ s *server }

// Begin says that the worker is ready and the job proper begins. The processor time from here on is that of the result, and what the process's
// priority goes by.
func (c *Caller) Begin() {
	if !c.s.ready {
		c.s.ready = true
		_ = c.s.write(kindReady) // the answer fails likewise
		if c.s.watch.slow {
			setPriority(0, lowestPriority)
		}
	}
	c.s.watch.count()
}

// Note tells the parent something that needs no reply.
func (c *Caller) Note(tag byte, text string) error {
	return c.s.write(kindNote, []byte{tag}, []byte(text))
}

// Call asks the parent. The error is the parent's text, or that the parent can't be reached.
func (c *Caller) Call(name string, data []byte) ([]byte, error) {
	if err := c.s.write(kindCall, []byte(name), []byte{0}, data); err != nil {
		return nil, err
	}
	f := <-c.s.frames
	if f.kind != kindReply || len(f.payload) == 0 {
		return nil, fmt.Errorf("a frame of kind %q in the place of a reply", f.kind)
	}
	if f.payload[0] == 'e' {
		return nil, errors.New(string(f.payload[1:]))
	}
	return f.payload[1:], nil
}

// watch looks after this process while a job is being done.
type watch struct {
	memory int64
	slow   bool // it has given way already

	mu     sync.Mutex
	busy   bool
	counts bool          // the job proper has begun
	cpu    time.Duration // of the process at that moment
	slowed bool
	crawls bool
	start  chan struct{}
}

// watchTick is how often a worker looks at itself. After slowTime of processor time for one job its process gives way to others, after
// crawlTime still more, as one for slow jobs does from the beginning. It gets something in any case, on a busy machine, too.
const (
	watchTick = 5 * time.Millisecond
	slowTime  = 20 * time.Millisecond
	crawlTime = 100 * time.Millisecond
)

func newWatch(memory int64, slow bool) *watch {
	w := &watch{memory: memory, slow: slow, start: make(chan struct{}, 1)}
	go w.run()
	return w
}

func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = true
	select {
	case w.start <- struct{}{}:
	default:
	}
}

func (w *watch) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts, w.cpu = true, processorTime()
}

func (w *watch) end() (cpu time.Duration, slowed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counts {
		cpu = processorTime() - w.cpu
	}
	w.busy, w.counts = false, false
	return cpu, w.slowed
}

// run sleeps while there is no job.
func (w *watch) run() {
	ticker := time.NewTicker(watchTick)
	defer ticker.Stop()
	for range w.start {
		for w.look() {
			<-ticker.C
		}
	}
}

// look reports whether a job is being done. It ends the process when the heap is too large: what could be interrupted was
// interrupted before.
func (w *watch) look() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy && heapSize() > w.memory { // else what is left will be given back before the next job
		os.Exit(exitMemory)
	}
	if w.counts {
		w.giveWay(processorTime() - w.cpu)
	}
	return w.busy
}

// giveWay lowers the process's priority by steps.
func (w *watch) giveWay(used time.Duration) {
	switch {
	case w.slow:
	case used > crawlTime && !w.crawls:
		w.slowed, w.crawls = true, true
		setPriority(0, lowestPriority)
	case used > slowTime && !w.slowed:
		w.slowed = true
		setPriority(0, lowPriority)
	}
}

// Priorities as nice(1) has them: beside one process that wants all of a processor, a quarter of it is left, and a twenty-fifth.
const (
	lowPriority    = 5
	lowestPriority = 14 // of a worker for slow jobs, all the time
)
