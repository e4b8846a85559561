package nodejs

import (
	"container/heap"
	"context"
	"time"

	"github.com/dop251/goja"
)

// loop keeps what will call into JavaScript later: timers, and answers from the network.
type loop struct {
	env     *Env
	timers  timerHeap
	byID    map[int64]*timer
	lastID  int64
	inbox   chan func() // what other goroutines have for this one
	pending int         // requests whose answer will come to the inbox
}

func newLoop(e *Env) *loop {
	return &loop{env: e, byID: make(map[int64]*timer), inbox: make(chan func(), maxRequests)}
}

// timer is one of setTimeout, setInterval or setImmediate.
type timer struct {
	id    int64
	order int64 // among timers of the same instant
	when  time.Time
	every time.Duration // 0: once
	call  goja.Callable
	args  []goja.Value
	unref bool // it keeps nothing waiting
	at    int  // in the heap; -1: not in it
}

// timerHeap has the timers, the next one first.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].when.Equal(h[j].when) {
		return h[i].order < h[j].order
	}
	return h[i].when.Before(h[j].when)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push implements heap.Interface.
func (h *timerHeap) Push(v any) {
	t := v.(*timer)
	t.at = len(*h)
	*h = append(*h, t)
}

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	t.at = -1
	*h = old[:len(old)-1]
	return t
}

// post hands fn to the execution's goroutine. It never blocks for longer than the execution lasts.
func (l *loop) post(ctx context.Context, fn func()) {
	select {
	case l.inbox <- fn:
	case <-ctx.Done():
	}
}

// Wait runs callbacks until done, or until nothing is left that could call back. The error is what a callback threw, or the
// context's.
func (e *Env) Wait(done func() bool) error {
	l := e.loop
	for !done() {
		if err := e.Context.Err(); err != nil {
			return err
		}
		next, ok, err := l.next()
		if err != nil || !ok {
			return err
		}
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// next waits for what comes first. False: nothing will come.
func (l *loop) next() (func() error, bool, error) {
	select {
	case fn := <-l.inbox:
		return l.answer(fn), true, nil
	default:
	}
	var expired <-chan time.Time
	if len(l.timers) > 0 {
		wait := time.Until(l.timers[0].when)
		if wait <= 0 {
			return l.fire, true, nil
		}
		if l.pending == 0 && !l.awaited() {
			return nil, false, nil
		}
		t := time.NewTimer(wait)
		defer t.Stop()
		expired = t.C
	} else if l.pending == 0 {
		return nil, false, nil
	}
	l.env.waits(true)
	defer l.env.waits(false)
	select {
	case fn := <-l.inbox:
		return l.answer(fn), true, nil
	case <-expired:
		return l.fire, true, nil
	case <-l.env.Context.Done():
		return nil, false, l.env.Context.Err()
	}
}

// awaited reports whether a timer is there that was not unref'd.
func (l *loop) awaited() bool {
	for _, t := range l.timers {
		if !t.unref {
			return true
		}
	}
	return false
}

// answer runs fn as JavaScript does, with the promises' jobs after it.
func (l *loop) answer(fn func()) func() error {
	return func() error {
		f, _ := goja.AssertFunction(l.env.rt.ToValue(func(goja.FunctionCall) goja.Value {
			fn()
			return goja.Undefined()
		}))
		_, err := f(goja.Undefined())
		return err
	}
}

// fire calls the first timer.
func (l *loop) fire() error {
	t := l.timers[0]
	if t.every > 0 {
		l.lastID++
		t.when, t.order = time.Now().Add(t.every), l.lastID
		heap.Fix(&l.timers, 0)
	} else {
		heap.Pop(&l.timers)
		delete(l.byID, t.id)
	}
	_, err := t.call(goja.Undefined(), t.args...)
	return err
}
