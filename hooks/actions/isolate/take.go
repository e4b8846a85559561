package isolate

import (
	"context"
	"time"
)

// stock is where the workers of a kind are.
func (p *Pool) stock(slow bool) *stock {
	if slow {
		return &p.slow
	}
	return &p.fast
}

// take returns a worker that waits, one that has become free, or a fresh one. The error is ErrBusy, when ctx ends before there is one,
// ErrClosed or a *StartError.
func (p *Pool) take(ctx context.Context, slow bool) (w *worker, fresh bool, err error) {
	for {
		w, mine, err := p.takeNow(slow)
		switch {
		case w != nil || err != nil:
			return w, false, err
		case mine == nil:
			w, err = p.start(slow)
			return w, true, err
		}
		if w, err = p.await(ctx, slow, mine); w != nil || err != nil {
			return w, false, err
		}
	}
}

// takeNow returns a worker that waits, or the turn for which its job has to wait; neither: it is to start one.
func (p *Pool) takeNow(slow bool) (*worker, *turn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrClosed
	}
	if w := p.stock(slow).get(); w != nil {
		return w, nil, nil
	}
	return nil, p.stock(slow).wait(), nil
}

// await returns the worker that becomes free; nil: it is time to look again. The error is ErrBusy, when ctx ends.
func (p *Pool) await(ctx context.Context, slow bool, mine *turn) (*worker, error) {
	timer := time.NewTimer(mine.pause)
	defer timer.Stop()
	select {
	case w := <-mine.worker:
		return w, nil
	case <-timer.C:
		w, _ := p.leave(slow, mine)
		return w, nil
	case <-ctx.Done():
		if w, called := p.leave(slow, mine); called {
			p.pass(slow, w)
		}
		return nil, ErrBusy
	}
}

func (p *Pool) leave(slow bool, mine *turn) (*worker, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stock(slow).leave(mine)
}

// pass gives on what a job was called with that needs it no more.
func (p *Pool) pass(slow bool, w *worker) {
	if w != nil {
		p.put(w)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stock(slow).call(nil)
}
