package isolate

import (
	"errors"
	"runtime"
	"time"
)

// idleTime is how long a worker is kept that nobody uses. One that is not slow is kept in any case.
const idleTime = time.Minute

// start starts a process that the stock has counted.
func (p *Pool) start(slow bool) (w *worker, err error) {
	defer func() {
		if err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.stock(slow).ready()
		}
	}()
	w, err = p.startOnThread(slow)
	if errors.Is(err, ErrClosed) {
		return nil, err
	}
	if err != nil {
		p.opts.Logger.Error("a worker process for Actions could not be started", "command", p.opts.Command, "error", err)
		return nil, &StartError{err}
	}
	if !p.enroll(w) {
		w.kill()
		go w.reap()
		return nil, ErrClosed
	}
	return w, nil
}

// enroll counts a worker among those of the pool, unless that was closed; it reports whether it could.
func (p *Pool) enroll(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.all[w] = true
	}
	return !p.closed
}

// ready notes that a worker is ready for jobs, or gone.
func (p *Pool) ready(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noteReady(w)
}

func (p *Pool) noteReady(w *worker) {
	if w.starting {
		w.starting = false
		p.stock(w.slow).ready()
	}
}

// startOnThread starts a process from a thread that lives as long as the pool: Linux tells a child of the end of the thread that has
// started it, as if it were the process's.
func (p *Pool) startOnThread(slow bool) (w *worker, err error) {
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
		w, err = start(p.opts.Command, p.env, slow)
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
	p.stock(w.slow).put(w)
	if p.timer == nil {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// trim ends the workers that have been idle for long.
func (p *Pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = nil
	p.fast.trim(1, p.forget)
	p.slow.trim(0, p.forget)
	if (len(p.fast.idle) > 1 || len(p.slow.idle) > 0) && !p.closed {
		p.timer = time.AfterFunc(idleTime, p.trim)
	}
}

// forget ends a worker. p.mu is held.
func (p *Pool) forget(w *worker) {
	delete(p.all, w)
	p.noteReady(w)
	w.kill()
	go w.reap()
}

// drop ends a worker.
func (p *Pool) drop(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(w)
}

// replace ends a worker and leaves its place once it is gone. If none of its kind waits in its stead, another one is made ready.
func (p *Pool) replace(w *worker, place *seat) {
	p.mu.Lock()
	delete(p.all, w)
	p.noteReady(w)
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
		p.warm(w.slow)
		place.leave()
	}()
}

// warm sees to it that a worker waits, so that the next job need not wait for a process to start.
func (p *Pool) warm(slow bool) {
	p.mu.Lock()
	s := p.stock(slow)
	waiting := len(s.idle) > 0 || p.closed
	if !waiting {
		s.starts()
	}
	p.mu.Unlock()
	if !waiting {
		p.startWarm(slow)
	}
}

// startWarm starts a process that the stock has counted and that nobody waits for.
func (p *Pool) startWarm(slow bool) {
	if w, err := p.start(slow); err == nil {
		if slow {
			setPriority(w.cmd.Process.Pid, lowestPriority) // nobody waits for it to be ready
		}
		p.put(w)
	}
}

// Warm starts a worker if there is none for ordinary jobs, so that the first one need not wait for it.
func (p *Pool) Warm() {
	p.mu.Lock()
	none := p.fast.starting == 0 && !p.closed
	for w := range p.all {
		none = none && w.slow
	}
	if none {
		p.fast.starts()
	}
	p.mu.Unlock()
	if none {
		p.startWarm(false)
	}
}

func (p *Pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// Close kills the workers and waits until they are gone. Jobs that are being done fail.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	all, starts := p.all, p.starts
	p.all, p.fast.idle, p.slow.idle, p.starts = make(map[*worker]bool), nil, nil, nil // those who wait find out by themselves
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
