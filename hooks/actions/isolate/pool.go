package isolate

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"
)

// Options say what a Pool starts.
type Options struct {
	// Command is the program and its arguments; it must call Serve.
	Command []string
	// Max is how many short jobs are done at once; there are up to twice as many long ones beside them, and one more of each key.
	Max int
	// Memory is how many bytes the heap of one may take.
	Memory int64
	// Logger gets what is started and what went wrong; nil means none.
	Logger *slog.Logger
}

// Pool keeps worker processes: those that have the priority of this process, and slow ones that give way to everything. It starts them when
// they are needed, and keeps one more than that warm. Any number of goroutines may use it.
type Pool struct {
	opts  Options
	env   []string
	seats *seats

	mu     sync.Mutex
	fast   stock
	slow   stock // of workers that give way to others
	all    map[*worker]bool
	closed bool
	timer  *time.Timer // ends workers that nobody uses
	starts chan func() // to the thread that starts processes; nil: none yet
	// waiting are those who have something started, or wait for the end of a process.
	waiting sync.WaitGroup
}

// New returns a pool. Nothing is started yet.
func New(o Options) *Pool {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	closeOnExec()
	return &Pool{opts: o, env: environment(o.Memory), seats: newSeats(o.Max), all: make(map[*worker]bool)}
}

// passedOn are the variables of this process's environment that a worker gets: what its clock and its certificates depend on.
var passedOn = []string{"TZ", "ZONEINFO", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// environment is that of a worker. One job runs at a time, on one thread; the runtime collects garbage harder before the limit is reached.
func environment(memory int64) []string {
	env := []string{memoryVariable + "=" + strconv.FormatInt(memory, 10), "GOMAXPROCS=1", "GOMEMLIMIT=" + strconv.FormatInt(memory, 10), "GOTRACEBACK=none"}
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Run has a worker do a task. It returns when the task is done, the worker is gone, or ctx is done: then at once, with ctx's error, and
// the worker is killed. Other errors are ErrMemory, ErrStack, ErrBusy, ErrClosed, *StartError, *ExitError, and what went wrong between
// the processes.
func (p *Pool) Run(ctx context.Context, t Task) (Result, error) {
	place, err := p.seats.enter(ctx, t.Key)
	if err != nil {
		return Result{}, err
	}
	for {
		w, fresh, err := p.take(ctx, t.Slow)
		if err != nil {
			place.leave()
			return Result{}, err
		}
		if ctx.Err() != nil { // it would be killed for nothing
			p.put(w)
			place.leave()
			return Result{}, ctx.Err()
		}
		r, err := p.do(ctx, w, t, place)
		if fresh || !errors.Is(err, errNotDelivered) {
			return r, err
		}
		// It died while nobody used it; the place is still ours.
	}
}

func (p *Pool) do(ctx context.Context, w *worker, t Task, place *seat) (Result, error) {
	place.begin()
	stop := context.AfterFunc(ctx, w.kill)
	defer func() {
		if cause := recover(); cause != nil { // of Task.Note or Task.Call
			stop()
			p.replace(w, place)
			panic(cause)
		}
	}()
	r, worn, err := w.do(t, func() { p.ready(w) })
	worn = worn || w.unitSize > p.opts.Memory/unitPart
	alive := stop() // false: it was killed, or is about to be
	switch {
	case alive && err == nil && !worn:
		place.leave()
		p.put(w)
		return r, nil
	case alive && err == nil:
		p.replace(w, place)
		return r, nil
	case !alive:
		p.replace(w, place)
		if err == nil {
			return r, nil // it was done in the last moment
		}
		return r, ctx.Err()
	}
	if errors.Is(err, errNotDelivered) && w.hasWaited() {
		p.drop(w)
		return r, err
	}
	cause := w.ending(err)
	if p.isClosed() {
		cause = ErrClosed // which has killed it
	}
	p.replace(w, place)
	return r, cause
}
