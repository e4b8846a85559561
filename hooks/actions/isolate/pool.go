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
	// Max is how many processes there are at most.
	Max int
	// Memory is how many bytes the heap of one may take.
	Memory int64
	// Logger gets what is started and what went wrong; nil means none.
	Logger *slog.Logger
}

// Pool keeps worker processes. It starts them when they are needed, and keeps one more than that warm. Any number of goroutines
// may use it.
type Pool struct {
	opts   Options
	env    []string
	places chan struct{}

	mu     sync.Mutex
	shares map[string]*share
	idle   []*worker
	all    map[*worker]bool
	closed bool
	timer  *time.Timer // ends workers that nobody uses
	starts chan func() // to the thread that starts processes; nil: none yet
	// waiting are those who have something started, or wait for the end of a process.
	waiting sync.WaitGroup
}

// share is what one key has of the places.
type share struct {
	places chan struct{}
	users  int
}

// New returns a pool. Nothing is started yet.
func New(o Options) *Pool {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	closeOnExec()
	return &Pool{
		opts: o, env: environment(o.Memory), places: make(chan struct{}, o.Max),
		shares: make(map[string]*share), all: make(map[*worker]bool),
	}
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
	leave, err := p.enter(ctx, t.Key)
	if err != nil {
		return Result{}, err
	}
	for {
		w, fresh, err := p.take()
		if err != nil {
			leave()
			return Result{}, err
		}
		r, err := p.do(ctx, w, t, leave)
		if fresh || !errors.Is(err, errNotDelivered) {
			return r, err
		}
		// It died while nobody used it; the place is still ours.
	}
}

func (p *Pool) do(ctx context.Context, w *worker, t Task, leave func()) (Result, error) {
	stop := context.AfterFunc(ctx, w.kill)
	r, worn, err := w.do(t)
	alive := stop() // false: it was killed, or is about to be
	switch {
	case alive && err == nil && !worn:
		p.put(w)
		leave()
		return r, nil
	case alive && err == nil:
		p.replace(w, leave)
		return r, nil
	case !alive:
		p.replace(w, leave)
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
	p.replace(w, leave)
	return r, cause
}

// enter takes a place of the key's share and one of the pool's.
func (p *Pool) enter(ctx context.Context, key string) (leave func(), err error) {
	p.mu.Lock()
	s := p.shares[key]
	if s == nil {
		s = &share{places: make(chan struct{}, max(1, p.opts.Max/2))}
		p.shares[key] = s
	}
	s.users++
	p.mu.Unlock()
	release := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(p.shares, key)
		}
	}
	for _, places := range []chan struct{}{s.places, p.places} {
		select {
		case places <- struct{}{}:
			continue
		case <-ctx.Done():
		}
		if places == p.places {
			<-s.places
		}
		release()
		return nil, ErrBusy
	}
	return func() {
		<-p.places
		<-s.places
		release()
	}, nil
}
