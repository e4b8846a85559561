package isolate

import (
	"errors"
	"runtime"
	"slices"
	"time"
)

// idleTime is how long a worker is kept that nobody uses. One is kept in any case.
const idleTime = time.Minute

// take returns a worker that waits, or a fresh one.
func (p *Pool) take() (w *worker, fresh bool, err error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, false, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
		p.mu.Unlock()
		return w, false, nil
	}
	p.mu.Unlock()
	w, err = p.start()
	return w, true, err
}

func (p *Pool) start() (*worker, error) {
	w, err := p.startOnThread()
	if errors.Is(err, ErrClosed) {
		return nil, err
	}
	if err != nil {
		p.opts.Logger.Error("a worker process for Actions could not be started", "command", p.opts.Command, "error", err)
		return nil, &StartError{err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		w.kill()
		go w.reap()
		return nil, ErrClosed
	}
	p.all[w] = true
	return w, nil
}

// startOnThread starts a process from a thread that lives as long as the pool: Linux tells a child of the end of the thread that has
// started it, as if it were the process's.
func (p *Pool) startOnThread() (w *worker, err error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if p.starts == nil {
		p.starts = make(chan func(), 1)
		go serveThread(p.starts)
	}
	done := make(chan struct{})
	p.waiting.Add(1)
	starts := p.starts
	p.mu.Unlock()
	starts <- func() {
		w, err = start(p.opts.Command, p.env)
		close(done)
	}
	<-done
	p.waiting.Done()
	return w, err
}

// serveThread runs what it is sent on a thread of its own.
func serveThread(starts <-chan func()) {
	runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
	for f := range starts {
		f()
	}
}

// put takes back a worker that is ready for the next job.
func (p *Pool) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		w.kill()
		go w.reap()
		return
	}
	w.idle = time.Now()
	p.idle = append(p.idle, w)
	if p.timer == nil {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// trim ends the workers that have been idle for long, but one.
func (p *Pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = nil
	for len(p.idle) > 1 && time.Since(p.idle[0].idle) >= idleTime { // the one that was used last is the first to be used again
		p.forget(p.idle[0])
		p.idle = slices.Delete(p.idle, 0, 1)
	}
	if len(p.idle) > 1 && !p.closed {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// forget ends a worker. p.mu is held.
func (p *Pool) forget(w *worker) {
	delete(p.all, w)
	w.kill()
	go w.reap()
}

// drop ends a worker.
func (p *Pool) drop(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(w)
}

// replace ends a worker and leaves its place once it is gone. If nobody waits in its stead, another one is made ready.
func (p *Pool) replace(w *worker, place *seat) {
	p.mu.Lock()
	delete(p.all, w)
	awaited := !p.closed
	if awaited {
		p.waiting.Add(1)
	}
	p.mu.Unlock()
	w.kill()
	go func() {
		w.reap()
		if awaited {
			p.waiting.Done()
		}
		p.warm()
		place.leave()
	}()
}

// warm sees to it that a worker waits, so that the next job need not wait for a process to start.
func (p *Pool) warm() {
	p.mu.Lock()
	waiting := len(p.idle) > 0 || p.closed
	p.mu.Unlock()
	if waiting {
		return
	}
	if w, err := p.start(); err == nil {
		p.put(w)
	}
}

// Warm starts a worker if there is none, so that the first job need not wait for it.
func (p *Pool) Warm() {
	p.mu.Lock()
	none := len(p.all) == 0
	p.mu.Unlock()
	if none {
		p.warm()
	}
}

// Close kills the workers and waits until they are gone. Jobs that are being done fail.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	all, starts := p.all, p.starts
	p.all, p.idle, p.starts = make(map[*worker]bool), nil, nil
	p.mu.Unlock()
	for w := range all {
		w.kill()
	}
	for w := range all {
		w.reap()
	}
	p.waiting.Wait()
	if starts != nil {
		close(starts)
	}
}

// reap waits until the process is gone and frees what the parent has of it.
func (w *worker) reap() {
	<-w.exited
	w.close()
}

func (w *worker) hasWaited() bool { return !w.idle.IsZero() }
