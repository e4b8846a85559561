package isolate

import (
	"context"
	"time"
)

func (p *Pool) stock(slow bool) *stock {
	if slow {
		return &p.slow
	}
	return &p.fast
}

// take returns a worker that waits, one that has become free, or a fresh one. The error is ErrBusy, when ctx ends before there is one,
// ErrClosed or a *StartError.
func (p *Pool) take(ctx context.Context, slow bool) (w *worker, fresh bool, err error) {
	for w == nil && err == nil {
		var free chan *worker
		var pause time.Duration
		w, free, pause, err = p.takeNow(slow)
		switch {
		case w != nil || err != nil:
		case pause > 0:
			w, err = p.wait(ctx, slow, free, pause)
		default:
			w, err = p.start(slow)
			return w, true, err
		}
	}
	return w, false, err
}

// wait waits for a worker that becomes free. It returns nil when it is time to look again.
func (p *Pool) wait(ctx context.Context, slow bool, free chan *worker, pause time.Duration) (w *worker, err error) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case w := <-free:
		return w, nil
	case <-timer.C:
	case <-ctx.Done():
		err = ErrBusy
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.stock(slow).giveUp(free); w != nil {
		return w, nil
	}
	return nil, err
}

// takeNow returns a worker that waits; else how long to wait for one that becomes free. Zero: a process may be started.
func (p *Pool) takeNow(slow bool) (w *worker, free chan *worker, pause time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, 0, ErrClosed
	}
	s := p.stock(slow)
	if w := s.get(); w != nil {
		return w, nil, 0, nil
	}
	if pause = s.pause(); pause > 0 {
		free = s.wait()
	} else {
		s.starts()
	}
	return nil, free, pause, nil
}
